/** Time that can leap: what it shows, and the timers that go by it. */

/** The longest that a timer of Node can wait. */
const LONGEST_MS = 2 ** 31 - 1;
const real = { setTimeout, clearTimeout, now: Date.now.bind(Date) };

/** In place of a timer of Node, with those of its methods that are in use. */
export class Alarm {
  due = 0;
  private timer: NodeJS.Timeout | undefined;
  private keepsAlive = true;

  constructor(
    private readonly alarms: Alarms,
    private readonly ms: number,
    private readonly run: () => void,
    private readonly repeats: boolean,
  ) {
    this.refresh();
  }

  refresh(): this {
    this.due = this.alarms.now() + this.ms;
    this.arm();
    return this;
  }

  unref(): this {
    this.keepsAlive = false;
    this.timer?.unref();
    return this;
  }

  cancel(): void {
    real.clearTimeout(this.timer);
    this.alarms.pending.delete(this);
  }

  /** Also after a leap: what is left of it is real time. */
  arm(): void {
    real.clearTimeout(this.timer);
    this.alarms.pending.add(this);
    const left = Math.max(1, this.due - this.alarms.now());
    this.timer = real.setTimeout(() => (left > LONGEST_MS ? this.arm() : this.ring()), Math.min(left, LONGEST_MS));
    if (!this.keepsAlive) this.timer.unref();
  }

  ring(): void {
    this.cancel();
    if (this.repeats) this.refresh();
    this.run();
  }
}

export class Alarms {
  readonly pending = new Set<Alarm>();

  constructor(public shift = 0) {}

  now(): number {
    return real.now() + this.shift;
  }

  after(ms: number, run: () => void): Alarm {
    return new Alarm(this, Math.max(1, ms || 0), run, false);
  }

  every(ms: number, run: () => void): Alarm {
    return new Alarm(this, Math.max(1, ms || 0), run, true);
  }

  /**
   * As a machine that slept for so long: what fell due rings in order, each at the time it was due for; what repeats
   * rings once.
   */
  async leap(ms: number): Promise<void> {
    const target = this.now() + ms;
    const rung = new Set<Alarm>();
    for (let next = this.next(target, rung); next; next = this.next(target, rung)) {
      this.shift += Math.max(0, next.due - this.now());
      rung.add(next);
      next.ring();
      await new Promise((resolve) => setImmediate(resolve)); // what it set off may set further ones
    }
    this.shift += Math.max(0, target - this.now());
    for (const alarm of [...this.pending]) alarm.arm();
  }

  private next(target: number, rung: ReadonlySet<Alarm>): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.pending)
      if (alarm.due <= target && !rung.has(alarm) && (!first || alarm.due < first.due)) first = alarm;
    return first;
  }
}
