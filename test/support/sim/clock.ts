/** Virtual time: nothing waits, and what is due runs in order. */
import { type Clock } from "../../../client/src/clock";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything that is ready run, until all of it waits for a timer. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export class SimClock implements Clock {
  private time = Date.UTC(2030, 0, 1);
  private order = 0;
  private timers: Timer[] = [];

  constructor(private readonly seed: () => number) {}

  now(): number {
    return this.time;
  }

  random(): number {
    return this.seed();
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + Math.max(0, ms), order: this.order++, run };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((t) => t !== timer));
  }

  /** As long passes, and all that falls due within it happens. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    await turn();
    for (;;) {
      const next = this.timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!next) break;
      this.time = Math.max(this.time, next.at);
      this.timers = this.timers.filter((t) => t !== next);
      next.run();
      await turn();
    }
    this.time = until;
  }

  /** As long passes while nothing runs: what fell due is late. */
  sleep(ms: number): void {
    this.time += ms;
  }

  /** The time of one process, whose timers end with it. */
  ofLife(life: { readonly dead: boolean }): Clock {
    return {
      now: () => this.now(),
      random: () => this.random(),
      after: (ms, run) => this.after(ms, () => life.dead || run()),
    };
  }
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomOf(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
