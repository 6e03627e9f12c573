/** Labelled inputs, and a form that says what is wrong and lets nobody submit twice. */
import { type ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { wordsFor } from "../app/errors";
import { t } from "../app/i18n";
import { Problem } from "./Problem";

/** What of an input is of use here. */
type InputProps = Partial<Pick<HTMLInputElement, "required" | "maxLength" | "placeholder" | "inputMode">> & {
  readonly type?: "text" | "email" | "password" | "search";
  readonly autocomplete?: string;
};

interface FieldProps extends InputProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly onValue: (value: string) => void;
}
/** Under an input, which is described by it. */
function Hint({ id, text }: { readonly id: string; readonly text: string | undefined }) {
  return text ? (
    <p class="hint" id={`${id}-hint`}>
      {text}
    </p>
  ) : null;
}

export function Field({ label, hint, onValue, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as object)}
        id={id}
        dir="auto"
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <Hint id={id} text={hint} />
    </div>
  );
}

/** The password that one has, which browsers fill in. */
export const OwnPassword = ({
  label = t("password"),
  ...field
}: Partial<Pick<FieldProps, "label">> & Pick<FieldProps, "value" | "onValue" | "hint" | "required">) => (
  <Field {...field} label={label} type="password" autocomplete="current-password" />
);

interface TextAreaProps extends Pick<FieldProps, "label" | "value" | "hint" | "onValue"> {
  readonly maxLength: number;
}
export function TextArea({ label, hint, value, maxLength, onValue }: TextAreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={3}
        dir="auto"
        maxLength={maxLength}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <Hint id={id} text={hint} />
    </div>
  );
}

interface FormProps {
  readonly submit: string;
  readonly onSubmit: () => Promise<unknown>;
  readonly children: ComponentChildren;
  readonly disabled?: boolean;
  readonly class?: string;
}
export function Form({ submit, onSubmit, children, disabled = false, class: extra }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const send = (event: Event): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem("");
    onSubmit()
      .catch((error: unknown) => setProblem(wordsFor(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form class={extra} onSubmit={send}>
      {children}
      <Problem>{problem}</Problem>
      <button type="submit" class="primary" disabled={busy || disabled}>
        {submit}
      </button>
    </form>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}
export function Switch({ label, hint, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <label for={id}>
        {label}
        {hint && <span class="hint">{hint}</span>}
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        onChange={(e) => onChange(e.currentTarget.checked)}
      />
    </div>
  );
}

interface SelectProps<T extends string | number> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onValue: (value: T) => void;
}
export function Select<T extends string | number>({ label, value, options, onValue }: SelectProps<T>) {
  const choose = (text: string): void => {
    const chosen = options.find(([one]) => String(one) === text);
    if (chosen) onValue(chosen[0]);
  };
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([one, name]) => (
          <option key={one} value={one} selected={one === value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
