/** What SQLite throws, in our terms: a taken key, a store that can't be written or read now, and all else as the bug it is. */

/** The first byte of SQLite's result codes: https://sqlite.org/rescode.html */
const CONSTRAINT = 19;
/** Busy, locked, no memory, read-only, I/O error, full, can't open. */
const trouble = new Set([5, 6, 7, 8, 10, 13, 14]);

const codeOf = (error: unknown): number | undefined => {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
};

export const isDuplicate = (error: unknown): boolean => codeOf(error) === CONSTRAINT;
export const isTrouble = (error: unknown): boolean => trouble.has(codeOf(error) ?? -1);
