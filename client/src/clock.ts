/** Time, as one thing that a test can replace. */
export interface Clock {
  now(): number;
  /** Runs once, later; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

/** Doubles with every attempt up to a bound, and varies, so that clients that were cut together come back apart. */
export const backOff = (clock: Clock, attempt: number, first = 500, most = 30_000): number =>
  Math.min(most, first * 2 ** Math.min(attempt, 20)) * (0.5 + clock.random() / 2);
