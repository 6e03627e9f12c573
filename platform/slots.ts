/** At most so many at a time; the others wait in order, no more than a bound of them, and none beyond its patience. */
import { fail } from "../contracts/errors";

export class Slots {
  private readonly waiting: (() => void)[] = [];

  /** @param patienceMs after which nobody waits for the answer any more: what begins later is work for nothing */
  constructor(
    private free: number,
    private readonly mayWait = 1000,
    private readonly patienceMs = Infinity,
  ) {}

  /** @throws UNAVAILABLE when too many wait already, or its turn comes too late */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async wait(): Promise<void> {
    if (this.waiting.length >= this.mayWait) throw fail("UNAVAILABLE", "Too many at once; try again.");
    const since = performance.now();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (performance.now() - since <= this.patienceMs) return;
    this.leave();
    throw fail("UNAVAILABLE", "Too much at once; try again.");
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
