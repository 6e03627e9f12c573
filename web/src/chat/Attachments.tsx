/** Files in messages: pictures and players in their size before they are loaded, everything else as something to save. */
import { type Conversation, type MessageFile, type PendingMessage, type TimelineMessage } from "moleculer-chat-client";
import { headOf, linkTo, type Loaded, loadFile, ownFile, saveAs } from "../app/files";
import { numberOf, sizeOf, t } from "../app/i18n";
import { attempt } from "../app/toasts";
import { Icon, IconButton } from "../ui/Icon";
import { useLoaded } from "./loaded";
import { type Picture, view } from "./Viewer";

interface Props {
  readonly message: TimelineMessage;
  readonly conversation: Conversation;
}
export function Attachments({ message, conversation }: Props) {
  if (message.state !== "sent") return <Waiting message={message} conversation={conversation} />;
  const known = new Map(message.files?.map((file) => [file.url, file]));
  const all = message.attachments.map((url) => ({ url, file: known.get(url) }));
  const isPicture = ({ url, file }: (typeof all)[number]): boolean =>
    ownFile(url) !== undefined && (file?.mime.startsWith("image/") ?? message.type === "image");
  const pictures = all.filter(isPicture);
  const views = pictures.map(({ url, file }) => ({ path: ownFile(url) as string, name: file?.name ?? "" }));
  return (
    <>
      {pictures.length > 0 && (
        <div class={`pictures ${pictures.length > 1 ? "many" : ""}`}>
          {pictures.map(({ url, file }, i) => (
            <Thumbnail key={url} views={views} at={i} file={file} alone={pictures.length === 1} />
          ))}
        </div>
      )}
      {all
        .filter((one) => !isPicture(one))
        .map(({ url, file }) => (
          <Other key={url} url={url} file={file} />
        ))}
    </>
  );
}

/** On their way: named at once, with how far they are and a way to stop them. */
function Waiting({ message, conversation }: { message: PendingMessage; conversation: Conversation }) {
  const { files, progress, clientId, state } = message;
  if (files.length === 0) return null;
  const percent = Math.floor((progress ?? 0) * 100);
  return (
    <div class="file waiting">
      <Icon name="file" />
      <span class="words">
        <span dir="auto">{files.map((file) => ("name" in file ? String(file.name) : t("file"))).join(", ")}</span>
        <em>
          {sizeOf(files.reduce((sum, { size }) => sum + size, 0))}
          {state === "sending" && ` · ${numberOf(percent)} %`}
        </em>
        {state === "sending" && <progress max={100} value={percent} aria-label={t("uploading")} />}
      </span>
      {state !== "failed" && (
        <IconButton icon="close" label={t("cancelUpload")} onClick={() => conversation.outgoing(clientId)?.discard()} />
      )}
    </div>
  );
}

const Gone = () => <span class="file gone">{t("fileGone")}</span>;

/** A picture's place, in pixels: never larger than this, never so flat or narrow that it can't be pressed. */
const WIDEST = 352;
const HIGHEST = 320;
const LEAST = 96;
function placeOf(file: MessageFile | undefined): { width: string; aspectRatio: string } {
  const { width = 4, height = 3 } = file ?? {};
  const by = Math.min(1, WIDEST / width, HIGHEST / height);
  const shown = [file?.width ? width * by : WIDEST, file?.height ? height * by : (WIDEST * 3) / 4] as const;
  const [w, h] = [Math.max(LEAST, shown[0]), Math.max(LEAST / 2, shown[1])];
  return { width: `${Math.round(w)}px`, aspectRatio: `${Math.round(w)} / ${Math.round(h)}` };
}

interface ThumbnailProps {
  readonly views: readonly Picture[];
  readonly at: number;
  readonly file: MessageFile | undefined;
  readonly alone: boolean;
}
function Thumbnail({ views, at, file, alone }: ThumbnailProps) {
  const path = views[at]?.path ?? "";
  const loaded = useLoaded<Loaded>(() => loadFile(`${path}?variant=preview`), path);
  if (loaded === "gone") return <Gone />;
  const name = file?.name ?? loaded?.name ?? "";
  return (
    <button
      type="button"
      class="picture plain"
      style={alone ? placeOf(file) : undefined}
      aria-label={name ? `${t("openPicture")}: ${name}` : t("openPicture")}
      onClick={() => view(views, at)}
    >
      {loaded && <img src={loaded.src} alt="" />}
    </button>
  );
}

function Other({ url, file }: { url: string; file: MessageFile | undefined }) {
  const path = ownFile(url);
  if (!path)
    return (
      <a class="file" href={/^https?:/.test(url) ? url : undefined} target="_blank" rel="noopener noreferrer nofollow">
        <Icon name="link" />
        <span>{url}</span>
      </a>
    );
  return file ? <Known path={path} file={file} /> : <Unknown path={path} />;
}

/** Sent before messages told of their files: the file itself is asked. */
function Unknown({ path }: { path: string }) {
  const head = useLoaded(() => headOf(path), path);
  if (head === "gone") return <Gone />;
  return <Known path={path} file={{ mime: "", name: t("file"), size: 0, ...head }} />;
}

type Described = Pick<MessageFile, "name" | "mime" | "size" | "width" | "height">;

function Known({ path, file }: { path: string; file: Described }) {
  if (/^(video|audio)\//.test(file.mime)) return <Player path={path} file={file} />;
  const save = async (): Promise<void> => {
    const { src, name } = await loadFile(path);
    saveAs(src, name);
  };
  return (
    <button type="button" class="file" onClick={() => attempt(save())}>
      <Icon name="file" />
      <span class="words">
        <span dir="auto">{file.name}</span>
        {file.size > 0 && <em>{sizeOf(file.size)}</em>}
      </span>
    </button>
  );
}

/** Fetched in parts by the player itself, over a link that runs out. */
function Player({ path, file }: { path: string; file: Described }) {
  const src = useLoaded(() => linkTo(path), path);
  if (src === "gone") return <Gone />;
  const { mime, name, width, height } = file;
  if (mime.startsWith("audio/")) return <audio controls preload="metadata" src={src} aria-label={name} />;
  const shape = width && height ? { aspectRatio: `${width} / ${height}` } : undefined;
  return <video controls preload="metadata" src={src} aria-label={name} style={shape} />;
}
