/** A secret that is told this once, with a button that copies it. */
import { t } from "../app/i18n";
import { attempt, say } from "../app/toasts";
import { IconButton } from "./Icon";

export const copyText = (text: string): void =>
  attempt(navigator.clipboard.writeText(text).then(() => say(t("copied"))));

export function ShownOnce({ hint, text }: { readonly hint: string; readonly text: string }) {
  return (
    <div class="made" role="status">
      <p class="hint">{hint}</p>
      <code dir="ltr">{text}</code>
      <IconButton icon="copy" label={t("copyText")} onClick={() => copyText(text)} />
    </div>
  );
}
