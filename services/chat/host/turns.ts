/** Whose facts are told next. No I/O. */

interface Waits {
  /** When the oldest of what waits came. */
  readonly since: number;
}

/** One turn is the longest waiting one's, so that what is late gets done; the next is in the order in which they came. */
export class Turns<T extends Waits> {
  private readonly waiting = new Set<T>();
  private byAge = false;

  add(one: T): void {
    this.waiting.add(one);
  }

  delete(one: T): void {
    this.waiting.delete(one);
  }

  take(): T | undefined {
    this.byAge = !this.byAge;
    let [next] = this.waiting;
    if (this.byAge) for (const one of this.waiting) if (next && one.since < next.since) next = one;
    if (next) this.waiting.delete(next);
    return next;
  }
}
