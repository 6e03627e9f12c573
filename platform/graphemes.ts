/** Texts cut where a reader sees the end of a character: never inside an emoji, a letter with its marks, a flag. Pure. */

/** Made when there is a text: it takes a hundredth of a second, and many a process sees none. */
let made: Intl.Segmenter | undefined;
const segmenter = (): Intl.Segmenter => (made ??= new Intl.Segmenter(undefined, { granularity: "grapheme" }));
/** UTF-16 units that one character may take on average; a letter may bear marks without end. */
const UNITS = 16;
const ASCII = /^[\x20-\x7e]*$/;

/** Whole characters from the beginning on: at most so many of them, of at most so many UTF-16 units together. */
function beginning(text: string, max: number, units: number): string {
  let end = 0;
  let count = 0;
  for (const { index, segment } of segmenter().segment(text)) {
    if (++count > max || index + segment.length > units) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** Its first characters, `max` of them at most, or fewer where they are monstrous. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max + 1);
  if (ASCII.test(head)) return head.slice(0, max);
  // Of a single one that is longer than all that may stay, what its first code points are.
  return beginning(text, max, max * UNITS) || [...head].slice(0, max).join("");
}

/** The longest beginning of whole characters that is no longer than so many UTF-16 units. */
export const within = (text: string, units: number): string =>
  text.length <= units ? text : beginning(text, Infinity, units);

/** As `cut`, with `…` as the last character where something was left out. */
export function excerpt(text: string, max: number): string {
  const whole = cut(text, max);
  return whole.length === text.length ? text : `${cut(text, max - 1)}…`;
}

/** A text in its characters, as a reader sees them. */
export function* graphemes(text: string): Iterable<string> {
  for (const { segment } of segmenter().segment(text)) yield segment;
}
