/** What a search asks for, read from its text: words, phrases in quotes, and filters such as `from:` and `has:`. Pure. */
import { badField } from "../../../contracts/errors";
import { fold } from "../../../platform/fold";
import { prefixesOf } from "../conversation/terms";

export interface Query {
  /** Each must begin some term of the message. */
  readonly prefixes: readonly string[];
  /** Words as they were typed, folded; each must begin a word of the text. */
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

function kindOf(value: string): Kind {
  const kind = kinds.find((k) => k === value.toLowerCase());
  if (!kind) throw badField("query", "has", `has: knows ${kinds.join(", ")}, not "${value}".`);
  return kind;
}

function dayOf(key: string, value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw badField("query", key, `${key}: needs a date such as 2026-01-31.`);
  return date;
}

/** @throws BAD_REQUEST for a filter that can't be understood, and for a search for nothing */
export function parseQuery(text: string): Query {
  const q = {
    prefixes: [] as string[],
    words: [] as string[],
    phrases: [] as string[],
    from: [] as string[],
    in: [] as string[],
    has: [] as Kind[],
  };
  const dates: { before?: Date; after?: Date } = {};
  for (const [, key, quoted, plain] of text.matchAll(PART)) {
    const value = quoted ?? plain ?? "";
    switch (key?.toLowerCase()) {
      case "from":
        q.from.push(value.replace(/^@/, ""));
        break;
      case "in":
        q.in.push(value);
        break;
      case "has":
        q.has.push(kindOf(value));
        break;
      case "before":
        dates.before = dayOf("before", value);
        break;
      case "after":
        dates.after = dayOf("after", value);
        break;
      default:
        addWords(q, value, quoted !== undefined);
    }
  }
  const filters = q.from.length + q.in.length + q.has.length + Object.keys(dates).length;
  if (!q.prefixes.length && !filters) throw badField("query", "empty", "A search needs a word or a filter.");
  return { ...q, ...dates };
}

function addWords(q: { prefixes: string[]; words: string[]; phrases: string[] }, value: string, phrase: boolean): void {
  const folded = fold(value).trim().replace(/\s+/gu, " ");
  q.prefixes.push(...prefixesOf(value));
  if (phrase) {
    if (folded) q.phrases.push(folded);
  } else q.words.push(...(folded.match(/[\p{L}\p{N}]+/gu) ?? []));
}
