/** For how long messages of a conversation are kept: of the usual spans one, or what it is now. */
import { t } from "../app/i18n";
import { Select } from "../ui/Field";
import { spanOf } from "./spans";

const DAY = 86_400;
/** Stands for null, which a choice can't be. */
const GENERAL = -1;
const FOREVER = 0;
const usual = [DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];

interface Props {
  /** Seconds; 0: for ever; null: as in general. */
  readonly now: number | null;
  /** What null says. */
  readonly general: string;
  /** For whom all may be chosen. */
  readonly forever?: boolean;
  readonly onSet: (retention: number | null) => void;
}

export function KeptFor({ now, general, forever = false, onSet }: Props) {
  const value = now ?? GENERAL;
  const others = [...(forever ? [FOREVER] : []), ...usual];
  const spans = [GENERAL, ...new Set([...others, ...(now === null ? [] : [now])])].sort((a, b) => a - b);
  const nameOf = (seconds: number): string =>
    seconds === GENERAL ? general : seconds === FOREVER ? t("forGood") : spanOf(seconds);
  return (
    <Select
      label={t("keptFor")}
      value={value}
      onValue={(seconds) => onSet(seconds === GENERAL ? null : seconds)}
      options={spans.map((s) => [s, nameOf(s)] as const)}
    />
  );
}
