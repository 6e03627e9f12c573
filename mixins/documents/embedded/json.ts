/** Documents as the text that the store holds: JSON, in which a date is `{"$$date": milliseconds}`. */

import { type Collection } from "../types";

export type Doc = Record<string, unknown>;
export type AnyCollection = Collection<Doc & { _id: string }>;

/** A date on its way into the store, which writes itself as the store writes dates. */
class StoredDate extends Date {
  override toJSON(): never {
    return { $$date: this.getTime() } as never;
  }
}

let last = new StoredDate(0);

/** What is written in one turn mostly bears the same date: one object serves for all. */
function storedDate(date: Date): StoredDate {
  if (date.getTime() !== last.getTime()) last = new StoredDate(date);
  return last;
}

const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null;

/** What may be stored of a value: undefined fields are left out. @throws TypeError for keys that no store takes */
export function stored<T>(value: T): T {
  if (isPlain(value)) return value;
  if (value instanceof Date) return storedDate(value) as T;
  if (Array.isArray(value)) return value.map(stored) as T;
  // A clone keeps the shape, which costs a fraction of adding its fields one by one.
  const to = { ...value } as Doc;
  for (const key in to) {
    if (key.startsWith("$") || key.includes(".")) throw new TypeError(`"${key}" can't be the name of a field`);
    const v = to[key];
    if (v === undefined) delete to[key];
    else if (!isPlain(v)) to[key] = stored(v);
  }
  return to as T;
}

/** Of a document that went through `stored`. */
export const textOf = (doc: Doc): string => JSON.stringify(doc);

function revived(value: unknown, DateOf: new (ms: number) => Date): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i])) value[i] = revived(value[i], DateOf);
    return value;
  }
  const doc = value as Doc;
  if (typeof doc.$$date === "number") return new DateOf(doc.$$date);
  for (const key in doc) if (!isPlain(doc[key])) doc[key] = revived(doc[key], DateOf);
  return doc;
}

/** Of a JSON array of documents, for a reader. */
export const docsOf = (text: string): Doc[] => (JSON.parse(text) as unknown[]).map((doc) => revived(doc, Date) as Doc);
/** For a reader. */
export const docOf = (text: string): Doc => revived(JSON.parse(text), Date) as Doc;
/** For a change that is stored again. */
export const storedDocOf = (text: string): Doc => revived(JSON.parse(text), StoredDate) as Doc;

export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || a === null) return b === undefined || b === null;
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (typeof a !== "object" || typeof b !== "object" || b === null || b instanceof Date) return false;
  const [left, right] = [a as Doc, b as Doc];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]));
}

/** A map of operators, not a value to be equal to. */
export const isCondition = (value: unknown): value is Doc =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Date) &&
  !Array.isArray(value) &&
  Object.keys(value).some((key) => key.startsWith("$"));

/** What SQLite compares and indexes: null, numbers and strings; of a date its milliseconds, of a boolean 0 or 1. */
export type Scalar = null | number | string;
export function scalar(value: unknown): Scalar {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  throw new TypeError("only null, numbers, strings, booleans and dates can be compared and indexed");
}
