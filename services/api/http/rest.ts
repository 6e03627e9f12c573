/** The REST routes of contracts/routes: each calls its one action with what path, query, body and headers say. */
import { randomUUID } from "node:crypto";
import { type IncomingMessage } from "node:http";
import { type ActionName, actions } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type Route } from "../../../contracts/routes";
import { type Schema } from "../../../contracts/schema";
import { isForServers } from "../../../contracts/scopes";
import { call } from "../../../platform/bus";
import { refuseHostileKeys } from "../../../platform/hostile";
import { withoutAliases } from "../aliases";
import { sendData } from "./answers";
import { type Door, type Exchange, type Request } from "./door";
import { payForRefresh } from "./pay";
import { convertStrings } from "./query";

/** JSON is UTF-8 (RFC 8259, 8.1); the parser alone would take any charset whose name begins with `utf-`. */
export function isJson({ headers }: IncomingMessage): boolean {
  const [type = "", ...params] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const charset = params.map((p) => /^\s*charset=\s*"?([^"\s]*)"?\s*$/.exec(p)?.[1]).find((c) => c !== undefined);
  return type.trim() === "application/json" && (charset === undefined || charset === "utf-8" || charset === "utf8");
}

const hasBody = ({ headers }: Request): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function bodyOf(req: Request): Record<string, unknown> {
  if (!hasBody(req)) return {};
  if (!isJson(req)) throw fail("UNSUPPORTED_TYPE", "The body must be JSON in UTF-8: Content-Type: application/json.");
  const { body } = req.$params;
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw fail("BAD_REQUEST", "The body must be a JSON object.");
  return withoutAliases(body as Record<string, unknown>);
}

/** What the door knows of the device; whatever a client sends under this name is overwritten. */
export const deviceOf = (req: Request): { userAgent: string; ip: string } => ({
  userAgent: (req.headers["user-agent"] ?? "").slice(0, 512),
  ip: req.clientIp,
});

/** A header wins over the body. */
function headersOf(route: Route, req: Request, body: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(route.headers ?? {}).map(([header, param]) => [
    param,
    req.headers[header.toLowerCase()] ?? body[param] ?? ownKey(param),
  ]);
  return Object.fromEntries(entries) as object;
}

/** A call may run twice where an answer was lost: a key of its own makes the second message the same one. */
const ownKey = (param: string): string | undefined => (param === "clientId" ? `auto:${randomUUID()}` : undefined);

/** Sockets name the parameter, over REST the body is it; either is taken. */
const whole = ({ into }: Route, body: object): object => (into === undefined || into in body ? body : { [into]: body });

function paramsOf(route: Route, schema: Schema<unknown>, { req, path, query }: Exchange): object {
  const body = route.anyBody ? {} : bodyOf(req);
  refuseHostileKeys(body);
  refuseHostileKeys(query);
  return {
    ...(route.method === "GET" ? convertStrings(schema, query) : {}),
    ...whole(route, body),
    ...headersOf(route, req, body),
    ...convertStrings(schema, path), // after the body: what was authorised by its path is what is acted on
    ...route.fixed,
    ...(schema.fields?.device ? { device: deviceOf(req) } : {}),
  };
}

type Payload = Readonly<Record<string, unknown>>;

const actionOf = ({ action, given }: Route, { query }: Exchange): ActionName =>
  given && given.query in query ? given.action : action;

export function doorOf(route: Route): Door {
  const { access } = actions[route.action];
  return {
    method: route.method,
    path: route.path,
    access: access === "anyone" ? "anyone" : "user",
    forServers: access === "anyone" || access === "admin" || isForServers(route.action),
    async handle(x) {
      const action = actionOf(route, x);
      const input = paramsOf(route, actions[action].params, x);
      if (action === "users.refresh") await payForRefresh(x.broker, x.req, x.res, (input as Payload).refreshToken);
      const data = await call(x.ctx, action, input as never, { meta: x.meta });
      sendData(x.res, data, route.status);
    },
  };
}
