/**
 * Counting requests against budgets, which all gateways share. Attempts at one account are counted by the users
 * service, which knows the addresses of its owner: counted here, a stranger could lock them out.
 */
import { type ServerResponse } from "node:http";
import { type ServiceBroker } from "moleculer";
import { fail } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { envOf } from "../../../platform/env";
import { groupOf } from "../../../platform/processes/group";
import { type Budget } from "./budgets";
import { type Count, Windows } from "./windows";

const windowsOf = new WeakMap<ServiceBroker, Windows>();

/** This node's share of the counts. */
export function countHere(broker: ServiceBroker, key: string, windowMs: number): Count {
  const windows = windowsOf.get(broker) ?? new Windows();
  windowsOf.set(broker, windows);
  return windows.hit(key, windowMs);
}

/** Counted by the node of the key; when that can't be reached, here, so that an outage does not lift the limit. */
async function count(broker: ServiceBroker, key: string, windowMs: number): Promise<Count> {
  try {
    return await call(broker, "api.count", { key, windowMs });
  } catch (error) {
    broker.logger.debug("counting a request on this node alone", error);
    return countHere(broker, key, windowMs);
  }
}

function tell(res: ServerResponse, { limit }: Budget, { used, resetMs }: Count): void {
  const remaining = Math.max(0, limit - used);
  // Where two budgets apply, the client is told of the one that is nearer to its end.
  const told = res.getHeader("RateLimit-Remaining");
  if (told !== undefined && Number(told) <= remaining) return;
  res.setHeader("RateLimit-Limit", limit);
  res.setHeader("RateLimit-Remaining", remaining);
  res.setHeader("RateLimit-Reset", Math.ceil(resetMs / 1000));
}

const tooMany = ({ resetMs }: Count): Error => fail("RATE_LIMITED", "Too many requests.", { retryAfterMs: resetMs });

/** @throws RATE_LIMITED */
export async function spend(broker: ServiceBroker, res: ServerResponse, budgets: readonly Budget[]): Promise<void> {
  for (const budget of budgets) {
    const state = await count(broker, budget.key, envOf(broker).RATE_LIMIT_WINDOW);
    tell(res, budget, state);
    if (state.used > budget.limit) throw tooMany(state);
  }
}

/** A guard of one machine, of which nobody hears before it closes: of this node alone, or of all in its group. @throws RATE_LIMITED */
export async function guard(broker: ServiceBroker, res: ServerResponse, ceiling: Budget): Promise<void> {
  const { RATE_LIMIT_WINDOW } = envOf(broker);
  const isShared = groupOf(broker) !== undefined;
  const state = isShared
    ? await count(broker, ceiling.key, RATE_LIMIT_WINDOW)
    : countHere(broker, ceiling.key, RATE_LIMIT_WINDOW);
  if (state.used <= ceiling.limit) return;
  tell(res, ceiling, state);
  throw tooMany(state);
}
