/** How text becomes searchable terms: words folded, scripts without spaces cut into pairs, signs one by one. Pure. */
import { fold, withoutApostrophes, wordsOf } from "../../../platform/fold";

/** Terms kept of one message; a longer text is found by its first words. */
const MAX_TERMS = 400;
const MAX_TERM_LENGTH = 40;

/** With what these scripts share, such as the long vowel of `コーヒー`. */
export const SPACELESS =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const ASCII = /^[\x00-\x7f]*$/;
const ASCII_WORD = /[a-z0-9]+/g;
/** Emoji, symbols, and the signs of ASCII but those that stand in every sentence. */
const SIGN = /[\p{S}!#%&()*/:;?@[\\\]_{}-]/gu;
const SPACED_ASCII = /^[a-z0-9 .,\n]*$/;

/** Kept beside the words of a text that has a link; no word has a colon. */
export const LINK_TERM = ":link";
const LINK = /https?:\/\/\S/i;

/** Stores split terms at other signs than the colon: those of ASCII are written by their number. */
const termOfSign = (sign: string): string =>
  ASCII.test(sign) ? `:${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : sign;
const signsIn = (folded: string): string[] =>
  SPACED_ASCII.test(folded) ? [] : (folded.match(SIGN) ?? []).map(termOfSign);
export const hasSign = (folded: string): boolean => signsIn(folded).length > 0;

/** A run without spaces as its pairs, and its last character, so that any part of it of one or more is a prefix. */
function pairs(run: string): string[] {
  const chars = [...run];
  const out: string[] = [];
  for (let i = 0; i + 1 < chars.length; i++) out.push(`${chars[i]}${chars[i + 1]}`);
  const last = chars.at(-1);
  if (last !== undefined) out.push(last);
  return out;
}

/** A word as the terms it is kept by: itself, or its parts where a script has no spaces. */
function split(word: string): string[] {
  if (ASCII.test(word) || !SPACELESS.test(word)) return [word.slice(0, MAX_TERM_LENGTH)];
  const out: string[] = [];
  let plain = "";
  let run = "";
  const flush = (): void => {
    if (plain) out.push(plain.slice(0, MAX_TERM_LENGTH));
    if (run) out.push(...pairs(run));
    plain = run = "";
  };
  for (const c of word) {
    if (SPACELESS.test(c)) {
      if (plain) flush();
      run += c;
    } else {
      if (run) flush();
      plain += c;
    }
  }
  flush();
  return out;
}

const wordsIn = (folded: string): readonly string[] =>
  ASCII.test(folded) && !folded.includes("'") ? (folded.match(ASCII_WORD) ?? []) : wordsOf(folded);

/** The distinct folded terms of a text, and whether it has a link. */
export function termsOf(text: string): string[] {
  if (text === "") return [];
  const folded = fold(text);
  const isAscii = ASCII.test(folded);
  const terms = new Set<string>();
  for (const word of wordsIn(folded)) {
    if (isAscii) terms.add(word.slice(0, MAX_TERM_LENGTH));
    else for (const term of split(word)) terms.add(term);
    if (terms.size >= MAX_TERMS) break;
  }
  for (const sign of signsIn(folded)) {
    if (terms.size >= MAX_TERMS) break;
    terms.add(sign);
  }
  if (LINK.test(text)) terms.add(LINK_TERM);
  return [...terms];
}

/** What must be there for something that is searched: each a prefix of some term of the message. */
export function prefixesOf(sought: string): string[] {
  const folded = withoutApostrophes(fold(sought));
  const words = wordsIn(folded).flatMap((w) => {
    const parts = split(w);
    // The lone last character of a run adds nothing to its pairs.
    return parts.length > 1 && SPACELESS.test(w)
      ? parts.filter((p, i) => i < parts.length - 1 || [...p].length > 1)
      : parts;
  });
  return [...words, ...new Set(signsIn(folded))];
}
