/** How often and how long a consumer tries a fact before it is given up as a dead letter. */
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../contracts/errors";
import { LONGEST } from "../../contracts/most";

/** Milliseconds before the second, third, ... attempt; one attempt more than there are delays. */
export type Delays = readonly number[];
export const defaultDelays: Delays = [1_000, 5_000, 30_000];

export interface GivenUp {
  readonly error: string;
  readonly attempts: number;
}

/**
 * Runs `work` until it succeeds (undefined) or has failed once more than there are delays. A store or service that is
 * down is no fault of the fact: `UNAVAILABLE` is tried again for as long as it takes, and counts for nothing.
 * @throws when `signal` ends the waiting: then nothing is decided and the fact must come again
 */
export async function attempt(
  work: () => Promise<unknown>,
  delays: Delays,
  signal: AbortSignal,
  onRetry: () => void = () => undefined,
): Promise<GivenUp | undefined> {
  let failures = 0;
  for (let tries = 1; ; tries++) {
    try {
      await work();
      return undefined;
    } catch (error) {
      const wait = delays[Math.min(tries - 1, delays.length - 1)] ?? 0;
      if (codeOf(error) !== "UNAVAILABLE" && ++failures > delays.length)
        return {
          error: (error instanceof Error ? error.message : String(error)).slice(0, LONGEST.errorMessage),
          attempts: tries,
        };
      await sleep(wait, undefined, { signal });
      onRetry();
    }
  }
}
