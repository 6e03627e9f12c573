/** JSON of what is told and answered alike: the text of an object is kept with it, where copies of the object lack it. */

const TEXT = Symbol("its JSON");
interface Encoded {
  readonly [TEXT]?: string;
}

const keep = (value: object, text: string): void => void Object.defineProperty(value, TEXT, { value: text });

/** Encodes an object that is not changed any more. */
export function encodeOnce(value: object): string {
  const text = JSON.stringify(value);
  keep(value, text);
  return text;
}

/** The text that is kept with a value; undefined where none is. */
export const keptText = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null ? (value as Encoded)[TEXT] : undefined;

/** What a kept text says, with the text. */
export function withText(text: string): object {
  const value = JSON.parse(text) as object;
  keep(value, text);
  return value;
}

export const encode = (value: object): string => (value as Encoded)[TEXT] ?? JSON.stringify(value);
