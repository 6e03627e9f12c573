/** Who asks over HTTP: the token in `Authorization`, checked once for every request. */
import { type IncomingMessage } from "node:http";
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { authenticateAny } from "../auth";

const asked = new WeakMap<IncomingMessage, Promise<Caller>>();

async function find(broker: ServiceBroker, { headers }: IncomingMessage): Promise<Caller> {
  if (headers.authorization === undefined)
    throw fail("AUTH_INVALID", "This needs a token: Authorization: Bearer <access token>.");
  return (await authenticateAny(broker, headers.authorization)).caller;
}

/** The same answer for the budgets and for the route. @throws AUTH_INVALID, UNAVAILABLE */
export function callerOf(broker: ServiceBroker, req: IncomingMessage): Promise<Caller> {
  const known = asked.get(req) ?? find(broker, req);
  asked.set(req, known);
  return known;
}

/** Where a token is welcome but not needed, a bad one is as good as none. */
export async function callerIfAny(broker: ServiceBroker, req: IncomingMessage): Promise<Caller | undefined> {
  if (req.headers.authorization === undefined) return undefined;
  try {
    return await callerOf(broker, req);
  } catch {
    return undefined;
  }
}
