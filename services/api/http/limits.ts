/**
 * The HTTP budgets: per address, and a stricter one on /auth/*, shared by all gateways. Attempts at one account are
 * counted by the users service, which knows the addresses of its owner: counted here, a stranger could lock them out.
 */
import { type ServerResponse } from "node:http";
import { type ServiceBroker } from "moleculer";
import { type Env } from "../../../contracts/env";
import { fail } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { budgetOf } from "./client-ip";
import { type Count, Windows } from "./windows";

export interface Budget {
  readonly key: string;
  readonly limit: number;
}

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

/** @throws RATE_LIMITED */
export async function spend(broker: ServiceBroker, env: Env, res: ServerResponse, budget: Budget): Promise<void> {
  const state = await count(broker, budget.key, env.RATE_LIMIT_WINDOW);
  tell(res, budget, state);
  if (state.used <= budget.limit) return;
  throw fail("RATE_LIMITED", "Too many requests.", { retryAfterMs: state.resetMs });
}

const isAuth = (path: string): boolean => /^\/+auth(\/|$)/i.test(path);

export function budgetsOf(env: Env, ip: string, path: string): Budget[] {
  const own = budgetOf(ip);
  const all: Budget = { key: `ip:${own}`, limit: env.RATE_LIMIT };
  return isAuth(path) ? [all, { key: `auth-ip:${own}`, limit: env.AUTH_RATE_LIMIT }] : [all];
}
