/** Writes the client's types from the contracts: events and routes with what they take and answer, shapes, errors by code. */
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { actions } from "../contracts/actions";
import { errorTable } from "../contracts/errors";
import { type Route, routes } from "../contracts/routes";
import { either, type JsonSchema, object, type Schema } from "../contracts/schema";
import { PublicUser, UploadedFile, User } from "../contracts/shapes";
import { type ClientEvent, clientEvents, type Namespace, serverEvents } from "../contracts/sockets";
import { Tokens } from "../contracts/users";
import { projectRoot } from "../platform/root";

/** Where the generated text lives; a test holds it to the contracts. */
export const PROTOCOL_FILE = "client/src/protocol.ts";

const HEADER = "/** Generated from contracts/ by `npm run specs`; edit those. */\n/* eslint-disable */\n";

/** `details` of the errors that carry some. */
const details: Readonly<Record<string, string>> = {
  AUTH_INVALID: "{ expired?: boolean } | undefined",
  BAD_REQUEST: "{ field: string; rule: string; message?: string }[] | undefined",
  RATE_LIMITED: "{ retryAfterMs?: number } | undefined",
};

const isWord = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key);
const nameOf = (key: string): string => (isWord(key) ? key : JSON.stringify(key));

/** Collects the named shapes that are mentioned, so that each is written once. */
class Writer {
  private readonly named = new Map<string, string>();

  type(json: JsonSchema): string {
    const title = json.title;
    if (typeof title !== "string") return this.plain(json);
    if (Array.isArray(json.type)) {
      const kinds = json.type.filter((kind) => kind !== "null");
      return `${this.type({ ...json, type: kinds[0] ?? "null" })} | null`;
    }
    if (!this.named.has(title)) {
      this.named.set(title, ""); // a shape may mention itself
      this.named.set(title, this.plain(json));
    }
    return title;
  }

  private plain(json: JsonSchema): string {
    if (json.const !== undefined) return JSON.stringify(json.const);
    if (Array.isArray(json.enum)) return json.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (Array.isArray(json.anyOf)) return json.anyOf.map((one) => this.type(one as JsonSchema)).join(" | ");
    if (Array.isArray(json.type)) return json.type.map((type) => this.plain({ ...json, type })).join(" | ");
    switch (json.type) {
      case "integer":
      case "number":
        return "number";
      case "string":
        return "string";
      case "boolean":
        return "boolean";
      case "null":
        return "null";
      case "array":
        return this.listOf(this.type(json.items as JsonSchema));
      case "object":
        return this.object(json);
      default:
        return "unknown";
    }
  }

  private listOf(item: string): string {
    return isWord(item) ? `${item}[]` : `(${item})[]`;
  }

  private object({ properties, required, additionalProperties }: JsonSchema): string {
    if (additionalProperties) return `Record<string, ${this.type(additionalProperties as JsonSchema)}>`;
    const needed = new Set<unknown>(Array.isArray(required) ? required : []);
    const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([key, json]) => {
      const about = typeof json.description === "string" ? `\n/** ${json.description} */\n` : "";
      return `${about}${nameOf(key)}${needed.has(key) ? "" : "?"}: ${this.type(json)};`;
    });
    return fields.length > 0 ? `{ ${fields.join(" ")} }` : "Record<string, never>";
  }

  shapes(): string {
    return [...this.named].map(([name, text]) => `export interface ${name} ${text}`).join("\n");
  }
}

/** What the client sends: the params of the event's action, and what its ack carries. */
function clientMap(writer: Writer): string {
  const spaces = Object.entries(clientEvents).map(([space, events]) => {
    const rows = Object.entries<ClientEvent>(events).map(([event, { action, params }]) => {
      const contract = action === "door" ? undefined : actions[action];
      const asked = params ?? contract?.params;
      const answer = contract ? writer.type(contract.result.json) : "Record<string, never>";
      const about = contract ? `/** ${contract.about} */\n` : "";
      return `${about}${nameOf(event)}: { params: ${asked ? writer.type(asked.json) : "Record<string, never>"}; result: ${answer} };`;
    });
    return `${nameOf(space)}: { ${rows.join("\n")} };`;
  });
  return `export interface ClientEvents { ${spaces.join("\n")} }`;
}

function serverMap(writer: Writer): string {
  const spaces = (Object.keys(serverEvents) as Namespace[]).map((space) => {
    const rows = Object.entries<Schema<unknown>>(serverEvents[space]).map(
      ([event, { json }]) => `${nameOf(event)}: ${writer.type(json)};`,
    );
    return `${nameOf(space)}: { ${rows.join("\n")} };`;
  });
  return `export interface ServerEvents { ${spaces.join("\n")} }`;
}

/** Filled by the door, never by a client. */
const BY_DOOR = "device";

/** What a route takes, wherever it stands in the request. */
function routeParams({ action, given, fixed = {}, into }: Route): Schema<unknown> {
  const { params } = actions[action];
  const whole = into === undefined ? undefined : params.fields?.[into];
  if (whole) return whole;
  const open = Object.entries(params.fields ?? {}).filter(([name]) => name !== BY_DOOR && !(name in fixed));
  const own = object(Object.fromEntries(open));
  return given ? either(own, actions[given.action].params) : own;
}

function routeResult({ action, given, result }: Route): Schema<unknown> {
  const own = result ?? actions[action].result;
  return given ? either(own, actions[given.action].result) : own;
}

/** Every route but those whose body or answer is bytes. */
function routeMap(writer: Writer): string {
  const rows = routes
    .filter(({ form, bytes }) => !form && !bytes)
    .map((route) => {
      const about = actions[route.action].about;
      const types = [routeParams(route), routeResult(route)].map(({ json }) => writer.type(json));
      return `/** ${about} */\n${nameOf(`${route.method} ${route.path}`)}: { params: ${types[0]}; result: ${types[1]} };`;
    });
  return `export interface Routes { ${rows.join("\n")} }`;
}

/** Events that may be asked again when the answer got lost. */
function repeatable(): string {
  const names = Object.values(clientEvents).flatMap((events) =>
    Object.entries<ClientEvent>(events)
      .filter(([, { action }]) => action !== "door" && actions[action].idempotent === true)
      .map(([event]) => event),
  );
  return `export const repeatable: ReadonlySet<string> = /* @__PURE__ */ new Set(${JSON.stringify(names)});`;
}

function errors(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { about }]) => `/** ${about} */\n${code}: ${details[code] ?? "unknown"};`,
  );
  return `export interface ErrorDetails { ${rows.join("\n")} }\nexport type ErrorCode = keyof ErrorDetails;`;
}

/** The text of the client's protocol, as prettier leaves it. */
export async function clientProtocol(): Promise<string> {
  const writer = new Writer();
  for (const { json } of [User, PublicUser, Tokens, UploadedFile]) writer.type(json);
  const maps = [clientMap(writer), serverMap(writer), routeMap(writer)];
  const text = [HEADER, errors(), writer.shapes(), ...maps, repeatable(), ""].join("\n");
  const file = join(projectRoot, PROTOCOL_FILE);
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
