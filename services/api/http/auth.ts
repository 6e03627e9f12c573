/** Who asks over HTTP: the token in `Authorization`, checked once for every request. */
import { type IncomingMessage } from "node:http";
import { type ServiceBroker } from "moleculer";
import { type Caller, isOperator } from "../../../contracts/caller";
import { badField, fail } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { envOf } from "../../../platform/env";
import { serverOf, standIn } from "../../../platform/server-keys";
import { authenticateAny } from "../auth";

const BEHALF = "on-behalf-of";

const asked = new WeakMap<IncomingMessage, Promise<Caller>>();

/** Whom a server speaks for: `On-Behalf-Of: 7`, or `external:<external_id>`, percent-encoded. @throws BAD_REQUEST */
function namedUser(header: string): { id: number } | { externalId: string } {
  const [, id, external] = /^(?:([1-9]\d{0,9})|external:(.{1,1000}))$/.exec(header) ?? [];
  const wrong = (): Error =>
    badField("On-Behalf-Of", "user", "On-Behalf-Of is a user's id, or external:<external_id>.");
  if (id !== undefined) return { id: Number(id) };
  try {
    const externalId = decodeURIComponent(external ?? "");
    if (externalId) return { externalId };
  } catch {
    throw wrong();
  }
  throw wrong();
}

async function find(broker: ServiceBroker, { headers }: IncomingMessage): Promise<Caller> {
  const { authorization, [BEHALF]: behalf } = headers;
  if (authorization === undefined)
    throw fail("AUTH_INVALID", "This needs a token: Authorization: Bearer <access token>.");
  const server = serverOf(envOf(broker), authorization.replace(/^bearer +/i, ""));
  if (server && behalf === undefined) return server;
  if (server) return standIn(server, await call(broker, "users.standIn", namedUser(String(behalf))));
  if (behalf !== undefined) throw fail("FORBIDDEN", "On-Behalf-Of is for server keys.");
  return (await authenticateAny(broker, authorization)).caller;
}

/**
 * A server is nobody: it may not send a message, or have one.
 * @throws BAD_REQUEST
 */
export function refuseNobody(caller: Caller | undefined): void {
  if (caller && isOperator(caller))
    throw badField("On-Behalf-Of", "required", "A server key does this for a user: On-Behalf-Of: <id>.");
}

/** The same answer for the budgets and for the route. @throws AUTH_INVALID, UNAVAILABLE */
export function callerOf(broker: ServiceBroker, req: IncomingMessage): Promise<Caller> {
  const known = asked.get(req) ?? find(broker, req);
  asked.set(req, known);
  return known;
}

/** The same question once more, for an answer that takes long: what was good may have been revoked. */
export const callerAnew = (broker: ServiceBroker, req: IncomingMessage): Promise<Caller> => find(broker, req);

/** Where a token is welcome but not needed, a bad one is as good as none. */
export async function callerIfAny(broker: ServiceBroker, req: IncomingMessage): Promise<Caller | undefined> {
  if (req.headers.authorization === undefined) return undefined;
  try {
    return await callerOf(broker, req);
  } catch {
    return undefined;
  }
}
