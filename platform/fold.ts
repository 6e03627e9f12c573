/**
 * One form for all spellings that a searcher means alike, of names and of texts. Case, accents, invisible characters and
 * the width of letters do not count; what else is alike stands in one table. Pure.
 */

/** Each form, and all that is taken for it. Applied before and after what Unicode itself knows to be compatible. */
const ALIKE: readonly (readonly [form: string, spellings: string])[] = [
  // Latin letters that are no accented form of another, but are typed as one.
  ["d", "đð"],
  ["h", "ħ"],
  ["i", "ı"],
  ["l", "ł"],
  ["o", "ø"],
  ["t", "ŧ"],
  ["ss", "ß"],
  ["ae", "æ"],
  ["oe", "œ"],
  ["th", "þ"],
  // Greek and Hebrew letters at the end of a word.
  ["σ", "ς"],
  ["כ", "ך"],
  ["מ", "ם"],
  ["נ", "ן"],
  ["פ", "ף"],
  ["צ", "ץ"],
  // Arabic letters as Persian, Urdu and hurried typists write them; tatweel only stretches.
  ["ا", "ٱ"],
  ["ي", "ىیےۍې"],
  ["ك", "کڪ"],
  ["ه", "ةەھہۃ"],
  ["", "ـ"],
  // Signs: one of each kind.
  ["'", "‘’‚‛′´ʹʻʼʽˈ׳＇"],
  ['"', "“”„‟″«»״〝〞＂"],
  ["-", "‐‑‒–—―−﹣－"],
];

/** The zeros of decimal digits; nine follow each. */
const ZEROS = "٠۰߀०০੦૦୦௦౦೦൦๐໐༠၀០᠐";

const table = new Map<string, string>([
  ...ALIKE.flatMap(([form, spellings]) => [...spellings].map((c) => [c, form] as const)),
  ...[...ZEROS].flatMap((zero) =>
    Array.from({ length: 10 }, (_, n) => [String.fromCodePoint((zero.codePointAt(0) ?? 0) + n), String(n)] as const),
  ),
]);
const KEYS = new RegExp(`[${[...table.keys()].join("")}]`, "gu");
const alike = (text: string): string => text.replace(KEYS, (c) => table.get(c) ?? c);

/** Soft hyphens, joiners, variation selectors and the like: they show in no word. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
/** Marks that are left out in writing: accents, the points of Hebrew, the vowels of Arabic and Syriac, the dots of India. */
const ACCENTS =
  /[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08d3-\u08e1\u08e3-\u08ff\u093c\u09bc\u0a3c\u0abc\u0b3c\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]/g;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const ASCII = /^[\x00-\x7f]*$/;

/** `Tin Nhắn` as `tin nhan`, `Straße` as `strasse`, `كتـاب` as `كتاب`, `can’t` as `can't`. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const plain = alike(text.replace(INVISIBLE, ""));
  return alike(plain.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase());
}

/** A search has its quotes straight. */
export const straightQuotes = (text: string): string => text.replace(KEYS, (c) => (table.get(c) === '"' ? '"' : c));

/** An apostrophe inside a word: `can't` is one word, and so is `cant`. */
const INNER_APOSTROPHE = /(?<=[\p{L}\p{M}\p{N}])'(?=[\p{L}\p{M}\p{N}])/gu;
export const withoutApostrophes = (folded: string): string =>
  folded.includes("'") ? folded.replace(INNER_APOSTROPHE, "") : folded;

/** Of a folded text; one with apostrophes as it is typed without them, and its parts: `l'ecole` is found by `ecole`, too. */
export function wordsOf(folded: string): string[] {
  const words = withoutApostrophes(folded).match(WORD) ?? [];
  return folded.includes("'") ? [...words, ...(folded.match(WORD) ?? [])] : words;
}
