/** What comes within a moment, to be done together: each step costs the same for one and for many. */

export class Gathered<T> {
  private readonly waiting = new Set<T>();
  private soon: NodeJS.Timeout | undefined;

  constructor(
    private readonly ms: number,
    private readonly take: (one: T) => void,
  ) {}

  add(one: T): void {
    this.waiting.add(one);
    this.soon ??= setTimeout(() => this.now(), this.ms).unref();
  }

  delete(one: T): void {
    this.waiting.delete(one);
  }

  /** What waits, without waiting. */
  now(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    const all = [...this.waiting];
    this.waiting.clear();
    for (const one of all) this.take(one);
  }
}
