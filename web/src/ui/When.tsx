/** Asks for a moment to come: the usual ones at a press, any other by its date and time. */
import { type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { fullTimeOf, shortMomentOf, t } from "../app/i18n";
import { Dialog } from "./Dialog";
import { Form } from "./Field";

const HOUR = 3_600_000;
const MORNING = 9;
const MONDAY = 1;

function morningIn(days: number): Date {
  const at = new Date();
  at.setDate(at.getDate() + days);
  at.setHours(MORNING, 0, 0, 0);
  return at;
}
function usual(): readonly (readonly [string, Date])[] {
  const toMonday = (MONDAY - new Date().getDay() + 7) % 7 || 7;
  return [
    [t("inOneHour"), new Date(Date.now() + HOUR)],
    [t("inThreeHours"), new Date(Date.now() + 3 * HOUR)],
    [t("tomorrowMorning"), morningIn(1)],
    ...(toMonday > 1 ? [[t("nextMonday"), morningIn(toMonday)] as const] : []),
  ];
}

/** As <input type="datetime-local"> has it: in this device's time, to the minute. */
const typed = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, "2030-01-01T00:00".length);

interface Props {
  readonly title: string;
  readonly submit: string;
  readonly at?: string;
  readonly onClose: () => void;
  readonly onWhen: (at: Date) => Promise<unknown>;
  readonly children?: ComponentChildren;
}
export function WhenDialog({ title, submit, at, onClose, onWhen, children }: Props) {
  const [value, setValue] = useState(() => typed(at ? new Date(at) : morningIn(1)));
  const [choices] = useState(usual);
  const moment = new Date(value);
  const valid = !Number.isNaN(moment.getTime()) && moment.getTime() > Date.now();
  return (
    <Dialog title={title} onClose={onClose} class="small">
      {children}
      <Form submit={submit} disabled={!valid} onSubmit={() => onWhen(moment).then(onClose)}>
        <div class="moments" role="group" aria-label={title}>
          {choices.map(([name, when]) => (
            <button key={name} type="button" aria-pressed={value === typed(when)} onClick={() => setValue(typed(when))}>
              <span>{name}</span>
              <time dateTime={when.toISOString()}>{shortMomentOf(when)}</time>
            </button>
          ))}
        </div>
        <label class="field">
          <span>{t("dateAndTime")}</span>
          <input
            type="datetime-local"
            required
            min={typed(new Date())}
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <p class="hint">{valid ? fullTimeOf(moment) : t("momentPast")}</p>
      </Form>
    </Dialog>
  );
}
