/** How a node stops: once, its doors first, and within the time that whoever sent SIGTERM grants. */
import { type Middleware, type ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";

/** Heard on this node alone, before anything is stopped: whoever lets people in closes now. */
export const STOPPING = "$broker.stopping";
/** Orchestrators kill after ten seconds. */
const WITHIN_MS = 9_500;

async function stopWithin(ms: number, broker: ServiceBroker, stop: () => Promise<void>): Promise<void> {
  const finished = new AbortController();
  void broker.broadcastLocal(STOPPING);
  const late = sleep(ms, true, { signal: finished.signal }).catch(() => false);
  const isLate = await Promise.race([stop().then(() => false), late]);
  finished.abort();
  if (isLate) broker.logger.warn(`Something did not stop within ${ms} ms; what was stored is stored.`);
}

/** Signals come more than once, and Moleculer would stop its services again for each. */
export function stopsOnce(withinMs = WITHIN_MS): Middleware {
  let stopping: Promise<void> | undefined;
  return {
    name: "StopsOnce",
    created(broker: ServiceBroker) {
      const stop = broker.stop.bind(broker);
      broker.stop = () => (stopping ??= stopWithin(withinMs, broker, stop));
    },
    starting() {
      stopping = undefined;
    },
  } as unknown as Middleware;
}
