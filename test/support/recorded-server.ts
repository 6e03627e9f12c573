/** A server that answers anything with an example of what the contract says, and keeps what it was asked. */
import Validator from "fastest-validator";
import { type Auth, type Namespace, type OpenSockets, type SocketLike } from "../../client/src/sockets";
import { type ActionName, actions } from "../../contracts/actions";
import { type Route, routes } from "../../contracts/routes";
import { type Json } from "../../contracts/schema";
import { type ClientEvent, clientEvents } from "../../contracts/sockets";
import { exampleOf } from "../../platform/specs/examples";
import { convertStrings } from "../../services/api/http/query";

export interface Asked {
  readonly action: ActionName | "door";
  readonly params: unknown;
  /** What the contract's own check says of them. */
  readonly faults: unknown;
}

const validator = new Validator({ useNewCustomCheckerFunction: true });
function faultsOf(action: ActionName, params: object): unknown {
  const fields = actions[action].params.fields ?? {};
  const unknown = Object.keys(params).filter((name) => !(name in fields));
  if (unknown.length > 0) return `${action} takes no ${unknown.join()}`;
  const rules = Object.fromEntries(Object.entries(fields).map(([name, { rule }]) => [name, rule]));
  const found = validator.compile(rules)(structuredClone(params));
  return found === true ? undefined : found;
}

export class RecordedServer {
  readonly asked: Asked[] = [];

  /** @param answers in place of the examples, by event */
  constructor(private readonly answers: Readonly<Record<string, unknown>>) {}

  readonly sockets: OpenSockets = () => (namespace: Namespace, _auth: Auth) => this.socket(namespace);

  readonly fetch: typeof fetch = (input, init = {}) => Promise.resolve(this.respond(input as string, init));

  private respond(input: string, init: RequestInit): Response {
    const { pathname, searchParams } = new URL(input);
    const method = init.method ?? "GET";
    const route = routes.find((one) => one.method === method && patternOf(one).test(pathname));
    if (!route) throw new Error(`there is no ${method} ${pathname}`);
    const params = paramsOf(route, pathname, searchParams, init.body);
    if (!route.form && !route.bytes) this.note(route.action, params);
    else this.asked.push({ action: route.action, params, faults: undefined });
    if (route.bytes) return new Response("bytes");
    return Response.json({ ok: true, data: exampleOf((route.result ?? actions[route.action].result).json) });
  }

  private note(action: ActionName, params: object): void {
    this.asked.push({ action, params, faults: faultsOf(action, params) });
  }

  private answer(namespace: Namespace, event: string, params: unknown): { ok: true; data: unknown } {
    const known = (clientEvents[namespace] as Readonly<Record<string, ClientEvent>>)[event];
    if (!known) throw new Error(`there is no event ${event}`);
    if (known.action === "door") return { ok: true, data: {} };
    this.note(known.action, params as object);
    return { ok: true, data: this.answers[event] ?? exampleOf(actions[known.action].result.json) };
  }

  private socket(namespace: Namespace): SocketLike {
    const ups: (() => void)[] = [];
    let connected = false;
    return {
      get connected() {
        return connected;
      },
      connect: () =>
        queueMicrotask(() => {
          connected = true;
          for (const up of ups) up();
        }),
      disconnect: () => (connected = false),
      ask: (event, params) => Promise.resolve(this.answer(namespace, event, params)),
      onEvent: () => undefined,
      onUp: (run) => void ups.push(run),
      onDown: () => undefined,
      onRefused: () => undefined,
    };
  }
}

const patternOf = ({ path }: Route): RegExp => new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`);

function paramsOf(route: Route, path: string, query: URLSearchParams, body: unknown): object {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const values = (patternOf(route).exec(path) ?? []).slice(1).map(decodeURIComponent);
  const given = [...names.map((name, i): [string, unknown] => [name, values[i]]), ...query.entries()];
  const strings = convertStrings(actions[route.action].params, Object.fromEntries(given));
  const sent = typeof body === "string" ? (JSON.parse(body) as Json) : {};
  return { ...strings, ...(route.into === undefined ? (sent as object) : { [route.into]: sent }) };
}
