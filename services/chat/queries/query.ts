/** What a search asks for, read from its text: words, phrases in quotes, and filters such as `from:` and `has:`. Pure. */
import { badField } from "../../../contracts/errors";
import { isMoment } from "../../../contracts/schema";
import { fold, straightQuotes, withoutApostrophes } from "../../../platform/fold";
import { hasSign, prefixesOf } from "../conversation/terms";

export interface Query {
  /** Each must begin some term of the message. */
  readonly prefixes: readonly string[];
  /** Words and signs as they were typed, folded, without apostrophes inside; each must begin a word of the text. */
  readonly words: readonly string[];
  /** Must stand in the text as they are, folded. */
  readonly phrases: readonly string[];
  readonly from: readonly string[];
  readonly in: readonly string[];
  readonly has: readonly Kind[];
  readonly before?: Date;
  readonly after?: Date;
}
const kinds = ["image", "file", "link"] as const;
export type Kind = (typeof kinds)[number];

/** `key:value`, `key:"value with spaces"`, `"a phrase"` or a word. */
const PART = /(?:(from|in|has|before|after):)?(?:"([^"]*)"|(\S+))/giu;
const KNOWN = /^(from|in|has|before|after):/i;
/** What other search languages take for an operator; an address (`https://`) and a name (`std::vector`) are none. */
const UNKNOWN = /^(-(?=[\p{L}\p{N}"])|[a-z]+:(?!\/\/|:)(?=\S))/iu;

/** A word with the signs that are part of names (`C++`, `C#`, `R&D`, `100%`), or other symbols in a row. */
const PIECE = /(?:[\p{L}\p{M}\p{N}\p{Sc}#%&+<=>^`|~]|(?<=[\p{L}\p{M}\p{N}])'(?=[\p{L}\p{M}\p{N}]))+|\p{S}+/gu;
const LONE_MARK = /^\p{P}$/u;

function kindOf(value: string): Kind {
  const kind = kinds.find((k) => k === value.toLowerCase());
  if (!kind) throw badField("query", "has", `has: knows ${kinds.join(", ")}, not "${value}".`);
  return kind;
}

function dayOf(key: string, value: string): Date {
  if (!isMoment(value)) throw badField("query", key, `${key}: needs a date such as 2026-01-31.`);
  return new Date(value);
}

interface Sought {
  readonly prefixes: string[];
  readonly words: string[];
  readonly phrases: string[];
}

/**
 * @param otherwise something else is sought, too
 * @throws BAD_REQUEST for a filter or an operator that can't be understood, and for a search for nothing
 */
export function parseQuery(text: string, otherwise = false): Query {
  const q: Sought = { prefixes: [], words: [], phrases: [] };
  const filters = { from: [] as string[], in: [] as string[], has: [] as Kind[] };
  const dates: { before?: Date; after?: Date } = {};
  const marks: string[] = [];
  for (const [, key, quoted, plain] of straightQuotes(text).matchAll(PART)) {
    const value = quoted ?? plain ?? "";
    switch (key?.toLowerCase()) {
      case "from":
        filters.from.push(value.replace(/^@/, ""));
        break;
      case "in":
        filters.in.push(value);
        break;
      case "has":
        filters.has.push(kindOf(value));
        break;
      case "before":
        dates.before = dayOf("before", value);
        break;
      case "after":
        dates.after = dayOf("after", value);
        break;
      default:
        if (quoted !== undefined) addPhrase(q, value);
        else addWords(q, marks, value);
    }
  }
  const count = Object.values(filters).flat().length + Object.keys(dates).length;
  // A mark between words (`cats - dogs`) says nothing; alone it is what is sought.
  const counted = q.prefixes.length + count > 0 ? marks.filter((mark) => !LONE_MARK.test(mark)) : marks;
  for (const mark of counted) add(q, mark);
  if (!q.prefixes.length && !count && !otherwise)
    throw badField("query", "empty", "A search needs a word, a sign or a filter.");
  return { ...q, ...filters, ...dates };
}

function add(q: Sought, word: string): void {
  q.prefixes.push(...prefixesOf(word));
  q.words.push(withoutApostrophes(word));
}

function addPhrase(q: Sought, value: string): void {
  const folded = fold(value).trim().replace(/\s+/gu, " ");
  q.prefixes.push(...prefixesOf(value));
  if (folded) q.phrases.push(folded);
}

function addWords(q: Sought, marks: string[], value: string): void {
  if (KNOWN.test(value)) throw badField("query", "operator", `${value} needs a value.`);
  const operator = UNKNOWN.exec(value)?.[0];
  if (operator) {
    const way = "to look for it as it stands, put it in quotes.";
    throw badField("query", "operator", `A search knows no operator ${operator} here; ${way}`);
  }
  const folded = fold(value);
  const pieces = folded.match(PIECE) ?? [];
  for (const piece of pieces) add(q, piece);
  if (!pieces.length && hasSign(folded)) marks.push(folded);
}
