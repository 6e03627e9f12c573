/**
 * A queue and a circuit breaker for each destination, so that none waits for another's: a few at a time, a bounded queue,
 * and one that has failed in a row rests, longer each time, until a single try has gone well.
 */
import { LRUCache } from "lru-cache";
import { codeOf } from "../contracts/errors";
import { Slots } from "./slots";

const AT_ONCE = 6;
const MAY_WAIT = 60;
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
  readonly patience: number;
  readonly failures: number;
  readonly rest: number;
  readonly longestRest: number;
}
const usual: DestinationLimits = {
  atOnce: AT_ONCE,
  mayWait: MAY_WAIT,
  patience: PATIENCE,
  failures: FAILURES,
  rest: REST,
  longestRest: LONGEST_REST,
};

export class Destination {
  private readonly slots: Slots;
  private failures = 0;
  private restsUntil = 0;

  constructor(private readonly limits: DestinationLimits = usual) {
    this.slots = new Slots(limits.atOnce, limits.mayWait, limits.patience);
  }

  async run<T>(work: () => Promise<T>, failed: (result: T) => boolean): Promise<T | Refusal> {
    if (this.isResting()) return "resting";
    try {
      return await this.slots.run(async () => {
        if (this.isResting()) return "resting"; // those before it have failed meanwhile
        this.restUntilKnown();
        const result = await work();
        this.note(failed(result));
        return result;
      });
    } catch (error) {
      if (codeOf(error) === "UNAVAILABLE") return "full";
      throw error;
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
  private readonly known = new LRUCache<string, Destination>({ max: KNOWN });

  constructor(private readonly limits: DestinationLimits = usual) {}

  /**
   * Does `work` when it is the destination's turn.
   * @param failed whether the result means that the destination is in trouble
   * @returns `full` or `resting` where it was not done
   */
  run<T>(url: string, work: () => Promise<T>, failed: (result: T) => boolean): Promise<T | Refusal> {
    const { origin } = new URL(url);
    let destination = this.known.get(origin);
    if (!destination) this.known.set(origin, (destination = new Destination(this.limits)));
    return destination.run(work, failed);
  }
}
