/** Who asks over HTTP: the access token in `Authorization`, checked at every request. */
import { type IncomingMessage } from "node:http";
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { authenticateAny } from "../auth";

/** @throws AUTH_INVALID, AUTH_EXPIRED */
export async function callerOf(broker: ServiceBroker, req: IncomingMessage): Promise<Caller> {
  const header = req.headers.authorization;
  if (header === undefined) throw fail("AUTH_INVALID", "This needs a token: Authorization: Bearer <access token>.");
  return (await authenticateAny(broker, header)).caller;
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
