/** Where a text matches a search, and the text with those parts in <mark>, everything else escaped. Pure. */
import { type Query } from "./query";
import { fold, withoutApostrophes } from "../../../platform/fold";
import { graphemes } from "../../../platform/graphemes";
import { SPACELESS } from "../conversation/terms";

type Span = readonly [start: number, end: number];
type Sought = Pick<Query, "words" | "phrases">;

const LETTER = /[\p{L}\p{M}\p{N}]/u;
const SPACE = /^\s+$/u;

/** A folded text that knows, for each of its characters, where its origin begins and ends. */
interface Folded {
  readonly text: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** What is folded by itself folds alike: a character as a reader sees it. */
function foldInPlace(original: string): Folded {
  let text = "";
  const [from, to]: [number[], number[]] = [[], []];
  let index = 0;
  for (const c of graphemes(original)) {
    const folded = SPACE.test(c) ? " " : fold(c);
    const end = index + c.length;
    if (folded === " " && text.endsWith(" ")) to[to.length - 1] = end;
    else {
      for (let i = 0; i < folded.length; i++) {
        from.push(index);
        to.push(end);
      }
      text += folded;
    }
    index = end;
  }
  return { text, from, to };
}

/** A word ends at what is no letter, and where a script without spaces begins or ends: there any part is as good as one. */
const joined = (before: string | undefined, after: string | undefined): boolean =>
  before !== undefined &&
  after !== undefined &&
  [before, after].every((c) => LETTER.test(c)) &&
  ![before, after].some((c) => SPACELESS.test(c));
const bounds = (text: string, i: number): boolean => !joined(text[i - 1], text[i]);

function* places(text: string, sought: string): Iterable<Span> {
  for (let i = text.indexOf(sought); i >= 0; i = text.indexOf(sought, i + 1)) yield [i, i + sought.length];
}

/** Where something stands from the beginning of a word on, and the same with apostrophes inside words left out. */
interface Standing {
  readonly plain: readonly Span[];
  readonly bare: readonly Span[];
}
/** A text as it is folded, and without the apostrophes inside its words (the same where it has none). */
interface Texts {
  readonly plain: string;
  readonly bare: string;
}
const textsOf = (folded: string): Texts => ({ plain: folded, bare: withoutApostrophes(folded) });

function standing({ plain, bare }: Texts, sought: string): Standing {
  const inText = (text: string, what: string) => [...places(text, what)].filter(([start]) => bounds(text, start));
  return {
    plain: inText(plain, sought),
    bare: bare === plain ? [] : inText(bare, withoutApostrophes(sought)),
  };
}

/** Those that end a word, too. */
function whole(texts: Texts, { plain, bare }: Standing): Standing {
  return {
    plain: plain.filter(([, end]) => bounds(texts.plain, end)),
    bare: bare.filter(([, end]) => bounds(texts.bare, end)),
  };
}
const isNone = ({ plain, bare }: Standing): boolean => plain.length + bare.length === 0;

interface Found {
  /** How many of the words and phrases stand there whole, not only as a beginning. */
  readonly whole: number;
  readonly standing: readonly Standing[];
}

/** Undefined where some word or phrase is not in the text. */
function found(texts: Texts, { words, phrases }: Sought): Found | undefined {
  const all: Standing[] = [];
  let count = 0;
  for (const phrase of phrases) {
    const stands = whole(texts, standing(texts, phrase));
    if (isNone(stands)) return undefined;
    count++;
    all.push(stands);
  }
  for (const word of words) {
    const stands = standing(texts, word);
    if (isNone(stands)) return undefined;
    if (!isNone(whole(texts, stands))) count++;
    all.push(stands);
  }
  return { whole: count, standing: all };
}

/** How many of the words and phrases stand in the text whole; undefined where some are not there at all. */
export const rankOf = (original: string, sought: Sought): number | undefined =>
  found(textsOf(fold(original).replace(/\s+/gu, " ")), sought)?.whole;

/** The text with what was sought in <mark>; the dear part of a search, for what is shown only. */
export function highlightOf(original: string, sought: Sought): string {
  const folded = foldInPlace(original);
  const texts = textsOf(folded.text);
  const stands = found(texts, sought)?.standing ?? [];
  const inPlain = placesOfBare(texts);
  const spans = stands.flatMap(({ plain, bare }) => [
    ...plain,
    ...bare.map(([start, end]): Span => [inPlain(start), inPlain(end - 1) + 1]),
  ]);
  return marked(original, toOriginal(spans, folded));
}

/** From a place in the text without apostrophes to the same place in the text with them. */
function placesOfBare({ plain, bare }: Texts): (i: number) => number {
  if (plain === bare) return (i) => i;
  const places: number[] = [];
  for (let i = 0; i < plain.length; i++) if (plain[i] === bare[places.length]) places.push(i);
  return (i) => places[i] ?? i;
}

/** Spans of the folded text as spans of the original, in order, apart from each other. */
function toOriginal(spans: readonly Span[], { from, to }: Folded): Span[] {
  const out: [number, number][] = [];
  const sorted = spans.map(([s, e]): Span => [from[s] ?? 0, to[e - 1] ?? 0]).sort((a, b) => a[0] - b[0]);
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
