/** One form for all spellings that a searcher means alike, of names and of texts: case and accents gone. Pure. */

/** Letters that are no accented form of another, but are typed as one. */
const ALIKE: Readonly<Record<string, string>> = {
  đ: "d",
  ð: "d",
  ł: "l",
  ø: "o",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ı: "i",
  þ: "th",
};
const ASCII = /^[\x20-\x7e\n\r\t]*$/;

/** `Tin Nhắn` as `tin nhan`, `Straße` as `strasse`. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[đðłøßæœıþ]/g, (c) => ALIKE[c] ?? c);
}
