/** The REST routes of contracts/routes: each calls its one action with what path, query, body and headers say. */
import { actions } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type Route } from "../../../contracts/routes";
import { type Schema } from "../../../contracts/schema";
import { call } from "../../../mixins/bus";
import { envOf } from "../../../mixins/env";
import { refuseHostileKeys } from "../../../mixins/hostile";
import { sendData } from "./answers";
import { type Door, type Exchange, type Request } from "./door";
import { accountBudget, spend } from "./limits";
import { convertStrings } from "./query";

const hasBody = ({ headers }: Request): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function bodyOf(req: Request): object {
  if (!hasBody(req)) return {};
  if (!req._body) throw fail("UNSUPPORTED_TYPE", "The body must be JSON: Content-Type: application/json.");
  const { body } = req.$params;
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw fail("BAD_REQUEST", "The body must be a JSON object.");
  return body;
}

/** What the door knows of the device; whatever a client sends under this name is overwritten. */
const deviceOf = (req: Request): { userAgent: string; ip: string } => ({
  userAgent: (req.headers["user-agent"] ?? "").slice(0, 512),
  ip: req.clientIp,
});

function headersOf(route: Route, req: Request): object {
  const entries = Object.entries(route.headers ?? {}).flatMap(([header, param]) => {
    const value = req.headers[header.toLowerCase()];
    return typeof value === "string" ? [[param, value]] : [];
  });
  return Object.fromEntries(entries) as object;
}

/** Sockets name the parameter, over REST the body is it; either is taken. */
const whole = ({ into }: Route, body: object): object => (into === undefined || into in body ? body : { [into]: body });

function paramsOf(route: Route, schema: Schema<unknown>, { req, path, query }: Exchange): object {
  const body = bodyOf(req);
  refuseHostileKeys(body);
  refuseHostileKeys(query);
  return {
    ...(route.method === "GET" ? convertStrings(schema, query) : {}),
    ...whole(route, body),
    ...headersOf(route, req),
    ...convertStrings(schema, path), // after the body: what was authorised by its path is what is acted on
    ...route.fixed,
    ...(schema.fields?.device ? { device: deviceOf(req) } : {}),
  };
}

export function doorOf(route: Route): Door {
  const { access, params } = actions[route.action];
  return {
    method: route.method,
    path: route.path,
    access: access === "anyone" ? "anyone" : "user",
    async handle(x) {
      const account = accountBudget(envOf(x.broker), x.req.parsedUrl, x.req.$params.body);
      if (account) await spend(x.broker, envOf(x.broker), x.res, account);
      const input = paramsOf(route, params, x);
      const data = await call(x.ctx, route.action, input as never, { meta: x.meta });
      sendData(x.res, data, route.status);
    },
  };
}
