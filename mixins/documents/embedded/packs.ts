/**
 * Documents on their way from a thread to another: texts of some of them at once, which cost less to hand over and to read
 * than as many small ones, and are short enough to be read between two turns of the loop.
 */

/** Characters of a pack, about: a longer document is one by itself. Longer texts live apart from others, and longer, to V8. */
const PACK = 2 ** 14;

/** JSON arrays of the documents' texts, in order. */
export function packed(rows: readonly (readonly [string])[]): string[] {
  const packs: string[] = [];
  let texts: string[] = [];
  let length = 0;
  const end = (): void => {
    if (texts.length > 0) packs.push(`[${texts.join(",")}]`);
    texts = [];
    length = 0;
  };
  for (const [text] of rows) {
    if (length + text.length > PACK) end();
    texts.push(text);
    length += text.length;
  }
  end();
  return packs;
}
