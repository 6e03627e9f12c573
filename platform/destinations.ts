/**
 * A queue and a circuit breaker for each destination, so that none waits for another's: a few at a time, a bounded queue,
 * and one that has failed in a row rests, longer each time, until a single try has gone well.
 */
import { LRUCache } from "lru-cache";
import { atMost } from "./caches";
import { codeOf } from "../contracts/errors";
import { Slots } from "./slots";

const AT_ONCE = 6;
const MAY_WAIT = 60;
/** At one that is known to be quick more may wait: what it does within so long. */
const AHEAD = 2_000;
const MOST_WAIT = 500;
/** How much the latest one tells of how long the next will take. */
const NEWEST = 0.2;
/** What had to wait for longer is put back, so that it is not sent after somebody else has taken it. */
const PATIENCE = 30_000;
/** Failures in a row until it rests. */
const FAILURES = 3;
const REST = 10_000;
const LONGEST_REST = 600_000;
/** As many are remembered; who was not heard of for longest begins anew. */
const KNOWN = 5_000;

export type Refusal = "full" | "resting";

export interface DestinationLimits {
  readonly atOnce: number;
  readonly mayWait: number;
  /** None where nothing is said. */
  readonly ahead?: number;
  readonly patience: number;
  readonly failures: number;
  readonly rest: number;
  readonly longestRest: number;
}
const general: DestinationLimits = {
  atOnce: AT_ONCE,
  mayWait: MAY_WAIT,
  ahead: AHEAD,
  patience: PATIENCE,
  failures: FAILURES,
  rest: REST,
  longestRest: LONGEST_REST,
};

export class Destination {
  private readonly slots: Slots;
  private waiting = 0;
  /** Since when what runs does, the first the longest. */
  private readonly running = new Set<{ readonly since: number }>();
  /** How long one has taken of late; unknown before the first has ended. */
  private usual: number | undefined;
  private failures = 0;
  private restsUntil = 0;

  constructor(private readonly limits: DestinationLimits = general) {
    const { atOnce, mayWait, ahead = 0, patience } = limits;
    this.slots = new Slots(atOnce, ahead > 0 ? Math.max(mayWait, MOST_WAIT) : mayWait, patience);
  }

  async run<T>(work: () => Promise<T>, failed: (result: T) => boolean): Promise<T | Refusal> {
    if (this.isResting()) return "resting";
    if (this.isFull()) return "full";
    const place = { hasBegun: false };
    this.waiting += 1;
    try {
      return await this.slots.run(() => {
        this.leaveQueue(place);
        return this.turn(work, failed);
      });
    } catch (error) {
      if (codeOf(error) === "UNAVAILABLE") return "full";
      throw error;
    } finally {
      this.leaveQueue(place);
    }
  }

  /** In how many milliseconds what waits is likely to be done. */
  backlog(): number {
    return (this.waiting * Math.max(this.usual ?? 0, this.going())) / this.limits.atOnce;
  }

  /** It has answered of late, and nothing hangs there now. */
  answers(): boolean {
    return this.usual !== undefined && Math.max(this.usual, this.going()) < AHEAD;
  }

  /** For how long that what runs for longest. */
  private going(): number {
    const [longest] = this.running;
    return longest ? performance.now() - longest.since : 0;
  }

  /** What comes now would be refused, unless something ends first. */
  isFull(): boolean {
    const { mayWait, ahead = 0 } = this.limits;
    return this.waiting >= mayWait && (this.usual === undefined || this.backlog() >= ahead);
  }

  private leaveQueue(place: { hasBegun: boolean }): void {
    if (!place.hasBegun) this.waiting -= 1;
    place.hasBegun = true;
  }

  private async turn<T>(work: () => Promise<T>, failed: (result: T) => boolean): Promise<T | Refusal> {
    if (this.isResting()) return "resting"; // those before it have failed meanwhile
    this.restUntilKnown();
    const one = { since: performance.now() };
    this.running.add(one);
    try {
      const result = await work();
      this.note(failed(result));
      return result;
    } finally {
      this.running.delete(one);
      const took = performance.now() - one.since;
      this.usual = this.usual === undefined ? took : this.usual + (took - this.usual) * NEWEST;
    }
  }

  private isResting(): boolean {
    return performance.now() < this.restsUntil;
  }

  /** After a rest one tries, alone; the others wait for how it goes. */
  private restUntilKnown(): void {
    if (this.failures >= this.limits.failures) this.rest();
  }

  private note(failed: boolean): void {
    this.failures = failed ? this.failures + 1 : 0;
    if (!failed) this.restsUntil = 0;
    else if (this.failures >= this.limits.failures) this.rest();
  }

  private rest(): void {
    const { rest, longestRest, failures } = this.limits;
    const longer = rest * 2 ** Math.min(this.failures - failures, 10);
    this.restsUntil = performance.now() + Math.min(longer, longestRest);
  }
}

export class Destinations {
  private readonly known = new LRUCache<string, Destination>(atMost(KNOWN));

  constructor(private readonly limits: DestinationLimits = general) {}

  /**
   * Does `work` when it is the destination's turn.
   * @param failed whether the result means that the destination is in trouble
   * @returns `full` or `resting` where it was not done
   */
  run<T>(url: string, work: () => Promise<T>, failed: (result: T) => boolean): Promise<T | Refusal> {
    return this.at(url).run(work, failed);
  }

  /** In how many milliseconds what waits there is likely to be done. */
  backlog(url: string): number {
    return this.at(url).backlog();
  }

  isFull(url: string): boolean {
    return this.at(url).isFull();
  }

  answers(url: string): boolean {
    return this.at(url).answers();
  }

  private at(url: string): Destination {
    const { origin } = new URL(url);
    const known = this.known.get(origin) ?? new Destination(this.limits);
    this.known.set(origin, known);
    return known;
  }
}
