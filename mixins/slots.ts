/** At most so many at a time; the others wait in order, and no more than a bound of them. */
import { fail } from "../contracts/errors";

export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(
    private free: number,
    private readonly mayWait = 1000,
  ) {}

  /** @throws UNAVAILABLE when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private wait(): Promise<void> {
    if (this.waiting.length >= this.mayWait) throw fail("UNAVAILABLE", "Too many at once; try again.");
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
