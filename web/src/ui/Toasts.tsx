/** Short words at the foot of the page, read out by screen readers. */
import { t } from "../app/i18n";
import { dropToast, toasts } from "../app/toasts";
import { IconButton } from "./Icon";

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, kind, undo }) => (
      <div key={id} class={`toast ${kind}`}>
        <span dir="auto">{text}</span>
        {undo && (
          <button type="button" class="link" onClick={() => (undo(), dropToast(id))}>
            {t("undo")}
          </button>
        )}
        <IconButton icon="close" label={t("close")} onClick={() => dropToast(id)} />
      </div>
    ))}
  </div>
);
