/**
 * Times as signs of an index of words: a document has a sign for its day, and one for each of the larger blocks of days
 * that this day is in, so that a range of any length is a few signs. Pure.
 */
const DAY_MS = 86_400_000;
/** A block of one level is so many of the level below; the largest are 11 years. */
const BASE = 8;
const LEVELS = 5;
/** Some 350 years: what a clock may say in error, too. */
const LAST_DAY = 32 * BASE ** (LEVELS - 1) - 1;

const signOf = (level: number, block: number): string => `:t${level}:${block}`;

/** SQL of the signs of a time in milliseconds, each with a space before it. */
export const daySigns = (time: string): string[] =>
  Array.from(
    { length: LEVELS },
    (_, level) =>
      `' :t${level}:' || CAST(min(max(ifnull(${time}, 0), 0) / ${DAY_MS}, ${LAST_DAY}) / ${BASE ** level} AS INTEGER)`,
  );

const dayOf = (ms: number): number => Math.min(Math.max(Math.floor(ms / DAY_MS), 0), LAST_DAY);

/** Signs of which a document from this range of milliseconds has one; undefined where the range leaves nothing out. */
export function rangeSigns(from = 0, to = Infinity): string[] | undefined {
  let [first, last] = [dayOf(from), dayOf(to)];
  if (first === 0 && last === LAST_DAY) return undefined;
  const signs: string[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const top = level === LEVELS - 1;
    while (first <= last && (top || first % BASE > 0)) signs.push(signOf(level, first++));
    while (first <= last && (last + 1) % BASE > 0) signs.push(signOf(level, last--));
    if (first > last) break;
    [first, last] = [first / BASE, (last + 1) / BASE - 1];
  }
  return signs.length > 0 ? signs : [signOf(0, first)];
}
