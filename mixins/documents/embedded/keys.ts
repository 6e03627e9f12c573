/** Index keys as strings whose plain order is the order of the values: null, numbers, strings, booleans, dates. */

/** Sorts after everything that may follow a prefix. */
const LAST = "\uffff\uffff";
const END = "\u0000\u0001";

const number = new Float64Array(1);
const byte = new Uint8Array(number.buffer);
/** The bytes of a double (of a little-endian machine), arranged so that a lower number has the lower string. */
function bits(value: number): string {
  number[0] = value + 0; // no negative zero
  const [a, b, c, d, e, f, g, h] = byte as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (h < 0x80) return String.fromCharCode(h | 0x80, g, f, e, d, c, b, a);
  return String.fromCharCode(255 - h, 255 - g, 255 - f, 255 - e, 255 - d, 255 - c, 255 - b, 255 - a);
}
const escape = (text: string): string => (text.includes("\u0000") ? text.replaceAll("\u0000", "\u0000\u0002") : text);

/** False for objects and lists: no index holds them. */
export const isKey = (value: unknown): boolean => typeof value !== "object" || value === null || value instanceof Date;

/** One value; self-delimiting, so that the keys of several fields are joined by writing one after the other. */
export function encode(value: unknown): string {
  if (value === undefined || value === null) return "0";
  if (typeof value === "number") return `1${bits(value)}`;
  if (typeof value === "string") return `2${escape(value)}${END}`;
  if (typeof value === "boolean") return value ? "31" : "30";
  if (value instanceof Date) return `4${bits(value.getTime())}`;
  throw new TypeError("only null, numbers, strings, booleans and dates can be indexed or sorted by");
}

/** Joined, not added: what `+` makes is a rope, and comparing ropes takes ten times as long. */
export const join = (parts: readonly string[]): string =>
  parts.length === 1 && parts[0] !== undefined && parts[0].length < 13 ? parts[0] : parts.join("");

/** Keys from `low` on, up to but without `high`. */
export interface Range {
  readonly low: string;
  readonly high: string;
}

export const startingWith = (before: string, prefix: string): Range => {
  const low = `${before}2${escape(prefix)}`;
  return { low, high: low + LAST };
};
export const allUnder = (before: string): Range => ({ low: before, high: before + LAST });

/** The part of `before`'s keys that a comparison leaves; only values of the bound's own type compare. */
export function between(
  before: string,
  bounds: { $gt?: unknown; $gte?: unknown; $lt?: unknown; $lte?: unknown },
): Range {
  const known = bounds.$gt ?? bounds.$gte ?? bounds.$lt ?? bounds.$lte;
  const type = before + encode(known).charAt(0);
  const lows = [type];
  const highs = [type + LAST];
  if (bounds.$gte !== undefined) lows.push(before + encode(bounds.$gte));
  if (bounds.$gt !== undefined) lows.push(before + encode(bounds.$gt) + LAST);
  if (bounds.$lt !== undefined) highs.push(before + encode(bounds.$lt));
  if (bounds.$lte !== undefined) highs.push(before + encode(bounds.$lte) + LAST);
  return {
    low: lows.reduce((a, b) => (a > b ? a : b)),
    high: highs.reduce((a, b) => (a < b ? a : b)),
  };
}
