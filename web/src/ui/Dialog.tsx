/** Dialogs on the platform's own element: it keeps the focus in, gives it back, and closes on Escape. */
import { signal } from "@preact/signals";
import { type ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../app/i18n";
import { attempt } from "../app/toasts";
import { IconButton } from "./Icon";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}
export function Dialog({ title, onClose, class: extra = "", children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const back = document.activeElement;
    ref.current?.showModal();
    return () => back instanceof HTMLElement && back.isConnected && back.focus();
  }, []);
  const outside = (event: MouseEvent): void => void (event.target === ref.current && onClose());
  return (
    <dialog ref={ref} class={extra} aria-labelledby={id} onClose={onClose} onMouseDown={outside}>
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t("close")} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly run: () => Promise<unknown>;
}
const question = signal<Question | undefined>(undefined);

/** Asks before what can't be taken back. */
export const confirm = (asked: Question): void => void (question.value = asked);

export function Confirmation() {
  const asked = question.value;
  if (!asked) return null;
  const close = (): void => void (question.value = undefined);
  return (
    <Dialog title={asked.title} onClose={close} class="small">
      <p>{asked.text}</p>
      <div class="buttons">
        <button type="button" onClick={close}>
          {t("cancel")}
        </button>
        <button type="button" class="primary danger" onClick={() => (close(), attempt(asked.run()))}>
          {asked.yes}
        </button>
      </div>
    </Dialog>
  );
}
