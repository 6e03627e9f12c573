/** The way into the log of facts, for whoever has an outbox: what comes at the same time goes there in one call. */
import { type ServiceBroker } from "moleculer";
import { type Happened, THE_LOG } from "../../contracts/facts";
import { call } from "../bus";
import { batched } from "./pace";

/** Facts in one call. */
const MOST = 500;
const RECORD_MS = 5_000;

/** Resolves when they are kept, in this order; told again they are kept once. @throws UNAVAILABLE */
export function recorder(broker: ServiceBroker): (facts: readonly Happened[]) => Promise<void> {
  const record = batched<readonly Happened[]>(
    async (lists) => {
      await call(broker, "notifications.record", { log: THE_LOG, facts: lists.flat() }, { timeout: RECORD_MS });
    },
    { weight: (facts) => facts.length, max: MOST },
  );
  return async (facts) => {
    for (let i = 0; i < facts.length; i += MOST) await record(facts.slice(i, i + MOST));
  };
}
