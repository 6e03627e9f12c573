/** The second factor's code, asked for once a first try has said that there is one. */
import { t } from "../app/i18n";
import { Field } from "../ui/Field";

export function CodeField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <Field
      label={t("secondFactorCode")}
      value={value}
      onValue={onValue}
      autocomplete="one-time-code"
      inputMode="numeric"
      required
      hint={t("secondFactorHint")}
    />
  );
}
