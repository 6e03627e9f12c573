/** An operator who waits where the server asks for it: moving is more than a person would do in a minute. */
import { setTimeout as pause } from "node:timers/promises";
import { type Operator } from "../operators/session";

const isLater = (error: unknown): boolean =>
  error instanceof Error && /^(RATE_LIMITED|UNAVAILABLE):/.test(error.message);
const PAUSE_MS = 2_000;
const TRIES = 90;

export const patient = (operator: Operator): Operator => ({
  leave: () => operator.leave(),
  async ask(method, path, body) {
    for (let tried = 1; ; tried++)
      try {
        return await operator.ask(method, path, body);
      } catch (error) {
        if (!isLater(error) || tried >= TRIES) throw error;
        await pause(PAUSE_MS);
      }
  },
});
