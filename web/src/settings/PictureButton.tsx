/** Uploads a picture for a person or a group. */
import { useRef, useState } from "preact/hooks";
import { theChat } from "../app/chat";
import { t } from "../app/i18n";
import { failed } from "../app/toasts";

export function PictureButton({ onPicture }: { onPicture: (url: string) => Promise<unknown> }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setBusy(true);
    try {
      await onPicture((await theChat().upload(file)).url);
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" disabled={busy} onClick={() => input.current?.click()}>
        {t("changePicture")}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={t("changePicture")}
        onChange={(e) => void choose(e.currentTarget.files?.[0])}
      />
    </>
  );
}
