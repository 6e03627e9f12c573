/** Files in messages: pictures, players, and everything else as something to save; with a viewer for pictures. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type TimelineMessage } from "moleculer-chat-client";
import { headOf, linkTo, type Loaded, loadFile, ownFile, saveAs } from "../app/files";
import { sizeOf, t } from "../app/i18n";
import { attempt } from "../app/toasts";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";

export const viewed = signal<{ readonly path: string; readonly name: string } | undefined>(undefined);

export function Attachments({ message }: { message: TimelineMessage }) {
  if (message.state !== "sent") return <Waiting files={message.files} progress={message.progress} />;
  return (
    <>
      {message.attachments.map((url) => (
        <Attachment key={url} url={url} isImage={message.type === "image"} />
      ))}
    </>
  );
}

/** On their way: named at once, with how far they are. */
function Waiting({ files, progress }: { files: readonly Blob[]; progress: number | undefined }) {
  if (files.length === 0) return null;
  return (
    <div class="file">
      <Icon name="file" />
      <span dir="auto">{files.map((file) => ("name" in file ? String(file.name) : t("file"))).join(", ")}</span>
      {progress !== undefined && <progress max={1} value={progress} aria-label={t("uploading")} />}
    </div>
  );
}

function Attachment({ url, isImage }: { url: string; isImage: boolean }) {
  const path = ownFile(url);
  if (!path)
    return (
      <a class="file" href={/^https?:/.test(url) ? url : undefined} target="_blank" rel="noopener noreferrer nofollow">
        <Icon name="link" />
        <span>{url}</span>
      </a>
    );
  return isImage ? <Picture path={path} /> : <OtherFile path={path} />;
}

function useLoaded<T>(load: () => Promise<T>, key: string): T | "gone" | undefined {
  const [state, setState] = useState<T | "gone">();
  useEffect(() => {
    let live = true;
    load().then(
      (value) => live && setState(value),
      () => live && setState("gone"),
    );
    return () => void (live = false);
  }, [key]);
  return state;
}

const Gone = () => <span class="file gone">{t("fileGone")}</span>;

function Picture({ path }: { path: string }) {
  const file = useLoaded<Loaded>(() => loadFile(`${path}?variant=preview`), path);
  if (file === "gone") return <Gone />;
  return (
    <button
      type="button"
      class="picture plain"
      aria-label={t("openPicture")}
      onClick={() => (viewed.value = { path, name: file?.name ?? "" })}
    >
      {file ? <img src={file.src} alt={file.name} loading="lazy" /> : <span class="placeholder" />}
    </button>
  );
}

function OtherFile({ path }: { path: string }) {
  const head = useLoaded(() => headOf(path), path);
  if (head === "gone") return <Gone />;
  if (head?.mime.startsWith("video/") || head?.mime.startsWith("audio/"))
    return <Player path={path} mime={head.mime} name={head.name} />;
  const save = async (): Promise<void> => {
    const { src, name } = await loadFile(path);
    saveAs(src, name);
  };
  return (
    <button type="button" class="file" onClick={() => attempt(save())}>
      <Icon name="file" />
      <span dir="auto">{head?.name ?? t("file")}</span>
      {head && head.size > 0 && <em>{sizeOf(head.size)}</em>}
    </button>
  );
}

/** Fetched in parts by the player itself, over a link that runs out. */
function Player({ path, mime, name }: { path: string; mime: string; name: string }) {
  const src = useLoaded(() => linkTo(path), path);
  if (src === "gone") return <Gone />;
  if (mime.startsWith("audio/")) return <audio controls preload="metadata" src={src} aria-label={name} />;
  return <video controls preload="metadata" src={src} aria-label={name} />;
}

export function Viewer() {
  const now = viewed.value;
  const file = useLoaded<Loaded>(() => (now ? loadFile(now.path) : new Promise(() => undefined)), now?.path ?? "");
  if (!now) return null;
  const close = (): void => void (viewed.value = undefined);
  return (
    <Dialog title={now.name || t("photo")} onClose={close} class="viewer">
      {file === "gone" ? <Gone /> : file && <img src={file.src} alt={file.name} />}
      {file && file !== "gone" && (
        <div class="buttons">
          <button type="button" onClick={() => saveAs(file.src, file.name)}>
            {t("save")}
          </button>
        </div>
      )}
    </Dialog>
  );
}
