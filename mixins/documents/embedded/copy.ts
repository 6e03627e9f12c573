/** The way into the store and out of it: copies both ways, so that nobody changes what is stored from outside. */
import { type Doc } from "./match";

/** A date in the store: it writes itself as NeDB writes dates, which saves a walk through each document that is written. */
export class StoredDate extends Date {
  override toJSON(): never {
    return { $$date: this.getTime() } as never;
  }
}

let last = new StoredDate(0);

/** Dates in the store never change, and what is written in one turn mostly bears the same: one object serves for all. */
function storedDate(date: Date): StoredDate {
  if (date.getTime() !== last.getTime()) last = new StoredDate(date);
  return last;
}

/** What may be stored of a value: undefined fields are left out. @throws TypeError for keys that no store takes */
export function stored<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return storedDate(value) as T;
  if (Array.isArray(value)) return value.map(stored) as T;
  const to: Doc = {};
  for (const key of Object.keys(value)) {
    const v = (value as Doc)[key];
    if (v === undefined) continue;
    if (key.startsWith("$") || key.includes(".")) throw new TypeError(`"${key}" can't be the name of a field`);
    to[key] = stored(v);
  }
  return to as T;
}

/** What a reader gets of a stored value. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return value.map(copy) as T;
  const to: Doc = {};
  for (const key of Object.keys(value)) to[key] = copy((value as Doc)[key]);
  return to as T;
}
