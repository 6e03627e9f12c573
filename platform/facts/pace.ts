/** Work that must not starve the rest of its process: in batches, with a share of the time that others leave it. */
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../contracts/errors";

/** However slow one slice was, the next begins after so much rest. */
const LONGEST_REST = 1_000;
/** How long the event loop is looked at in a rest, and how busy a loop may be that has nothing else to do. */
const LOOK_MS = 4;
const IDLE = 0.25;
/** Milliseconds after which work begins to be late, and after which it is as late as it counts. */
const LATE_FROM = 5_000;
const LATE_TO = 15_000;

/** Shares of the time, above 0 and up to 1. */
export interface Share {
  /** On a node that has no time to spare. */
  readonly least: number;
  /** Of what others leave of it. */
  readonly most: number;
  /** While they do nothing; as `most` where left out. */
  readonly idle?: number;
  /** The least of what is late: who causes it faster than it gets done would else make it later and later. */
  readonly late?: number;
}

/** Of the event loop's time, for long work that nobody waits for: people first. */
export const BESIDE_PEOPLE: Share = { least: 0.02, most: 0.2, idle: 0.7 };
/** As little as that, while they write: what a store has to do for it later holds them up as much as it does itself. */
export const BESIDE_WRITERS: Share = { least: 0.01, most: 0.03 };

/** @param late from 0 to 1 @param isIdle nothing else is done just now; `utilization` is since the last slice */
export function shareNow(
  { least, most, idle = most, late = least }: Share,
  seen: { readonly utilization: number; readonly isIdle: boolean; readonly late: number },
): number {
  if (seen.isIdle) return idle;
  return Math.max(least + (late - least) * seen.late, most * (1 - seen.utilization));
}

/** From 0, for what is not late, to 1. */
export const lateness = (age: number): number => Math.min(1, Math.max(0, (age - LATE_FROM) / (LATE_TO - LATE_FROM)));

/** Slices one after the other, each followed by a rest: the busier the rest of the process, the longer. */
export class Pace {
  private ended = 0;
  private took = 0;
  private loop = performance.eventLoopUtilization();

  /** @param share asked anew before each slice */
  constructor(private readonly share: () => Share) {}

  /** @param since when the oldest of the slice came, in milliseconds; left out where it can't be late */
  async run<T>(slice: () => Promise<T>, since = Date.now()): Promise<T> {
    await this.rest(lateness(Date.now() - since));
    const began = performance.now();
    try {
      return await slice();
    } finally {
      this.ended = performance.now();
      this.took = this.ended - began;
      this.loop = performance.eventLoopUtilization();
    }
  }

  private async rest(late: number): Promise<void> {
    let isIdle = false;
    for (;;) {
      const { utilization } = performance.eventLoopUtilization(this.loop);
      const share = shareNow(this.share(), { utilization, isIdle, late });
      const left = this.ended + Math.min(this.took * (1 / share - 1), LONGEST_REST) - performance.now();
      if (left <= 0) return;
      const look = performance.eventLoopUtilization();
      await sleep(Math.min(LOOK_MS, left));
      isIdle = performance.eventLoopUtilization(look).utilization < IDLE;
    }
  }
}

interface Waiting<T> {
  readonly item: T;
  readonly done: (error?: Error) => void;
}

/**
 * Gathers what comes while a batch is under way into the next one. Each call resolves with its own item: where a whole
 * batch fails its items are tried one by one, so that one that can't be digested spoils no other.
 */
export function batched<T>(
  work: (items: readonly T[]) => Promise<void>,
  { weight, max }: { weight: (item: T) => number; max: number },
): (item: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let working = false;

  function take(): Waiting<T>[] {
    let sum = 0;
    const more = waiting.findIndex(({ item }) => (sum += weight(item)) > max);
    return waiting.splice(0, more < 0 ? waiting.length : Math.max(more, 1));
  }
  async function each(batch: readonly Waiting<T>[]): Promise<void> {
    for (const { item, done } of batch)
      await work([item]).then(
        () => done(),
        (error: Error) => done(error),
      );
  }
  async function all(): Promise<void> {
    working = true;
    while (waiting.length > 0) {
      const batch = take();
      try {
        await work(batch.map(({ item }) => item));
        for (const { done } of batch) done();
      } catch (error) {
        // A store that is down fails each of them, and asking it again and again would not help.
        if (batch.length === 1 || codeOf(error) === "UNAVAILABLE") for (const { done } of batch) done(error as Error);
        else await each(batch);
      }
    }
    working = false;
  }
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, done: (error) => (error === undefined ? resolve() : reject(error)) });
      if (!working) void all();
    });
}
