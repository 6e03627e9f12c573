/** Looks at the pictures of a message one by one, in full; arrows and buttons lead from one to the next. */
import { signal } from "@preact/signals";
import { type Loaded, loadFile, saveAs } from "../app/files";
import { t } from "../app/i18n";
import { Dialog } from "../ui/Dialog";
import { IconButton } from "../ui/Icon";
import { useLoaded } from "./loaded";

export interface Picture {
  readonly path: string;
  readonly name: string;
}
const viewed = signal<{ readonly pictures: readonly Picture[]; readonly at: number } | undefined>(undefined);
export const view = (pictures: readonly Picture[], at: number): void => void (viewed.value = { pictures, at });

export function Viewer() {
  const now = viewed.value;
  const picture = now?.pictures[now.at];
  if (!now || !picture) return null;
  return <Open picture={picture} at={now.at} pictures={now.pictures} />;
}

function Open({ picture, pictures, at }: { picture: Picture; pictures: readonly Picture[]; at: number }) {
  const file = useLoaded<Loaded>(() => loadFile(picture.path), picture.path);
  const close = (): void => void (viewed.value = undefined);
  const to = (next: number): void => void (pictures[next] && view(pictures, next));
  const onKeyDown = (event: KeyboardEvent): void => {
    const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") to(at + (event.key === back ? -1 : 1));
  };
  const loaded = file === "gone" ? undefined : file;
  return (
    <Dialog title={picture.name || loaded?.name || t("photo")} onClose={close} class="viewer">
      <div class="stage" onKeyDown={onKeyDown} tabIndex={-1}>
        {pictures.length > 1 && (
          <IconButton icon="back" label={t("previous")} disabled={at === 0} onClick={() => to(at - 1)} />
        )}
        {file === "gone" ? <p class="gone">{t("fileGone")}</p> : loaded && <img src={loaded.src} alt={loaded.name} />}
        {pictures.length > 1 && (
          <IconButton icon="next" label={t("next")} disabled={at === pictures.length - 1} onClick={() => to(at + 1)} />
        )}
      </div>
      {loaded && (
        <div class="buttons">
          <button type="button" onClick={() => saveAs(loaded.src, loaded.name)}>
            {t("save")}
          </button>
        </div>
      )}
    </Dialog>
  );
}
