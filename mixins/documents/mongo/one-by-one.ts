/**
 * Updates of one document, one after another. Some servers that speak MongoDB's protocol find first and write then, and write
 * the whole document: of two updates at once the one that ends first is gone, though both were told that they fitted.
 */
import { setTimeout as wait } from "node:timers/promises";

export class OneByOne {
  private readonly last = new Map<string, Promise<unknown>>();

  /** @param patienceMs how long an update may keep those behind it waiting: its answer may never come */
  constructor(private readonly patienceMs: number) {}

  /** @param ids of all documents that the update is about; no two works with one of them are under way at once */
  async run<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = ids.flatMap((id) => this.last.get(id) ?? []);
    const mine = Promise.all(before).then(work);
    const done = this.ended(mine);
    for (const id of ids) this.last.set(id, done);
    try {
      return await mine;
    } finally {
      void done.then(() => {
        for (const id of ids) if (this.last.get(id) === done) this.last.delete(id);
      });
    }
  }

  private async ended(work: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    const late = wait(this.patienceMs, undefined, { ref: false, signal: patience.signal });
    await Promise.race([work, late]).catch(() => undefined);
    patience.abort();
    await late.catch(() => undefined);
  }
}
