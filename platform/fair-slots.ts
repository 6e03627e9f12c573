/** At most so many at a time, and of one owner fewer: owners take turns, so that nobody's crowd holds up anybody else. */
import { fail } from "../contracts/errors";

export interface Bounds {
  readonly atOnce: number;
  readonly atOnceEach: number;
  readonly waitingEach: number;
  readonly waiting: number;
  /** Milliseconds after which nobody waits for the answer any more. */
  readonly patience: number;
}
interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

export type Owner = number | string;

export class FairSlots {
  private readonly lines = new Map<Owner, Line>();
  private running = 0;
  private waiting = 0;

  constructor(private readonly bounds: Bounds) {}

  /** @throws UNAVAILABLE when too many wait already, or its turn comes too late */
  async run<T>(owner: Owner, work: () => Promise<T>): Promise<T> {
    const line = this.lines.get(owner) ?? { running: 0, waiting: [] };
    if (line.waiting.length >= this.bounds.waitingEach || this.waiting >= this.bounds.waiting)
      throw fail("UNAVAILABLE", "Too many at once; try again.");
    this.lines.set(owner, line);
    const since = performance.now();
    await new Promise<void>((resolve) => {
      line.waiting.push(resolve);
      this.waiting += 1;
      this.next();
    });
    try {
      if (performance.now() - since > this.bounds.patience) throw fail("UNAVAILABLE", "Too many at once; try again.");
      return await work();
    } finally {
      this.leave(owner, line);
    }
  }

  private next(): void {
    for (const [owner, line] of [...this.lines]) {
      if (this.running >= this.bounds.atOnce) return;
      const turn = line.running < this.bounds.atOnceEach ? line.waiting.shift() : undefined;
      if (!turn) continue;
      this.lines.delete(owner);
      this.lines.set(owner, line); // behind all others
      line.running += 1;
      this.running += 1;
      this.waiting -= 1;
      turn();
    }
  }

  private leave(owner: Owner, line: Line): void {
    line.running -= 1;
    this.running -= 1;
    if (line.running === 0 && line.waiting.length === 0) this.lines.delete(owner);
    this.next();
  }
}
