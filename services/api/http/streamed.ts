/** Answers that are written piece by piece, as fast as whoever asked takes them. */
import { once } from "node:events";
import { type Response } from "./door";

/** Who takes nothing for so long is gone. */
const STALLED_MS = 30_000;

/** Resolves when the reader has taken it. @throws where they don't, or are gone */
export async function writeOut(res: Response, text: string): Promise<void> {
  if (res.write(text)) return;
  const gone = new AbortController();
  const end = (): void => gone.abort();
  const stalled = setTimeout(end, STALLED_MS);
  res.once("close", end);
  try {
    if (res.destroyed || res.writableEnded) end();
    await once(res, "drain", { signal: gone.signal });
  } finally {
    clearTimeout(stalled);
    res.off("close", end);
  }
}

/** Its last words, and no more patience with a reader that takes nothing. */
export function breakOff(res: Response, words: string): void {
  if (!res.destroyed) res.end(words);
  setTimeout(() => res.destroy(), 1_000).unref();
}
