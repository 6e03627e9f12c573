/** Work that must not starve the rest of its process: in batches, with a share of the time that others leave it. */
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../contracts/errors";

/** However slow one slice was, the next begins after so much rest. */
const LONGEST_REST = 1_000;

/** Shares of the time, above 0 and up to 1. */
export interface Share {
  /** On a node that has no time to spare. */
  readonly least: number;
  /** On one that has nothing else to do. */
  readonly most: number;
}

/** Slices one after the other, each followed by a rest in proportion: the busier the rest of the process, the longer. */
export class Pace {
  private restUntil = 0;
  private rested = performance.eventLoopUtilization();

  constructor(private readonly share: Share) {}

  async run<T>(slice: () => Promise<T>): Promise<T> {
    const wait = this.restUntil - performance.now();
    if (wait > 0) await sleep(wait);
    const share = this.shareNow();
    const began = performance.now();
    try {
      return await slice();
    } finally {
      const ended = performance.now();
      this.restUntil = ended + Math.min((ended - began) * (1 / share - 1), LONGEST_REST);
      this.rested = performance.eventLoopUtilization();
    }
  }

  /** By how idle the event loop was since the last slice. */
  private shareNow(): number {
    const { least, most } = this.share;
    const { utilization } = performance.eventLoopUtilization(this.rested);
    return Math.max(least, most * (1 - utilization));
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
