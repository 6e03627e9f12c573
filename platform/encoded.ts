/** JSON of what is told and answered alike: the text of an object is kept with it, where copies of the object lack it. */

const TEXT = Symbol("its JSON");
interface Encoded {
  readonly [TEXT]?: string;
}

/** Encodes an object that is not changed any more. */
export function encodeOnce(value: object): string {
  const text = JSON.stringify(value);
  Object.defineProperty(value, TEXT, { value: text });
  return text;
}

export const encode = (value: object): string => (value as Encoded)[TEXT] ?? JSON.stringify(value);
