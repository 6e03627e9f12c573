/** Where a text matches a search, and the text with those parts in <mark>, everything else escaped. Pure. */
import { type Query } from "./query";
import { fold } from "../../../platform/fold";
import { SPACELESS } from "../conversation/terms";

type Span = [start: number, end: number];
type Sought = Pick<Query, "words" | "phrases">;

const LETTER = /[\p{L}\p{N}]/u;

/** A folded text that knows, for each of its characters, where it stands in the original. */
interface Folded {
  readonly text: string;
  readonly at: readonly number[];
}

function foldInPlace(original: string): Folded {
  let text = "";
  const at: number[] = [];
  let index = 0;
  for (const c of original) {
    const folded = /\s/u.test(c) ? (text.endsWith(" ") ? "" : " ") : fold(c);
    for (let i = 0; i < folded.length; i++) at.push(index);
    text += folded;
    index += c.length;
  }
  at.push(index);
  return { text, at };
}

/** A word ends at what is no letter, and where a script without spaces begins or ends: there any part is as good as one. */
const joined = (before: string | undefined, after: string | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  [before, after].every((c) => LETTER.test(c)) &&
  ![before, after].some((c) => SPACELESS.test(c));
const startsWord = (text: string, i: number): boolean => !joined(text[i - 1], text[i]);
const endsWord = (text: string, i: number): boolean => !joined(text[i - 1], text[i]);

function* places(text: string, sought: string): Iterable<number> {
  for (let i = text.indexOf(sought); i >= 0; i = text.indexOf(sought, i + 1)) yield i;
}

interface Found {
  /** How many of the words and phrases stand there whole, not only as a beginning. */
  readonly whole: number;
  readonly spans: readonly Span[];
}

/** Undefined where some word or phrase is not in the text. */
function found(text: string, { words, phrases }: Sought): Found | undefined {
  const spans: Span[] = [];
  let whole = 0;
  for (const phrase of phrases) {
    const starts = [...places(text, phrase)].filter((i) => startsWord(text, i) && endsWord(text, i + phrase.length));
    if (!starts.length) return undefined;
    whole++;
    spans.push(...starts.map((i): Span => [i, i + phrase.length]));
  }
  for (const word of words) {
    const starts = [...places(text, word)].filter((i) => startsWord(text, i));
    if (!starts.length) return undefined;
    if (starts.some((i) => endsWord(text, i + word.length))) whole++;
    spans.push(...starts.map((i): Span => [i, i + word.length]));
  }
  return { whole, spans };
}

/** How many of the words and phrases stand in the text whole; undefined where some are not there at all. */
export const rankOf = (original: string, sought: Sought): number | undefined =>
  found(fold(original).replace(/\s+/gu, " "), sought)?.whole;

/** The text with what was sought in <mark>; the dear part of a search, for what is shown only. */
export function highlightOf(original: string, sought: Sought): string {
  const folded = foldInPlace(original);
  return marked(original, toOriginal(found(folded.text, sought)?.spans ?? [], folded));
}

/** Spans of the folded text as spans of the original, in order, apart from each other. */
function toOriginal(spans: readonly Span[], { at }: Folded): Span[] {
  const out: Span[] = [];
  const sorted = spans.map(([s, e]): Span => [at[s] ?? 0, at[e] ?? 0]).sort((a, b) => a[0] - b[0]);
  for (const [start, end] of sorted) {
    const last = out.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([start, end]);
  }
  return out;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

function marked(text: string, spans: readonly Span[]): string {
  let out = "";
  let from = 0;
  for (const [start, end] of spans) {
    out += `${escape(text.slice(from, start))}<mark>${escape(text.slice(start, end))}</mark>`;
    from = end;
  }
  return out + escape(text.slice(from));
}
