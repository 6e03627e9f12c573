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

/** What a reader gets of a stored value. */
export function copy<T>(value: T): T {
  if (isPlain(value)) return value;
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return value.map(copy) as T;
  const to = { ...value } as Doc;
  for (const key in to) if (!isPlain(to[key])) to[key] = copy(to[key]);
  return to as T;
}
