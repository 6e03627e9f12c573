/** openapi.yml, made from the routes and actions of the contract so that it can't say anything else. */
import { actions } from "../../contracts/actions";
import { clientId } from "../../contracts/chat/fields";
import { readEnv } from "../../contracts/env";
import { errorTable, type ErrorCode } from "../../contracts/errors";
import { LONGEST } from "../../contracts/most";
import { type Route, routes } from "../../contracts/routes";
import { either, int, type Json, type JsonSchema, optional, type Schema } from "../../contracts/schema";
import { WireErrorShape } from "../../contracts/shapes";
import { Components } from "./components";
import { exampleOf } from "./examples";
import { taken } from "./inputs";
import { oidcPages } from "./oidc";
import { ownPages } from "./pages";
import { accountExport, factStream } from "./stream";

type Spec = Record<string, unknown>;

const JSON_TYPE = "application/json";
/** Filled by the door, never by a client. */
const BY_DOOR = "device";

const headers: Spec = {
  "X-Request-Id": {
    description: "Names this request on every log line and span; taken from the request where it is a sane one.",
    schema: { type: "string", maxLength: 128, pattern: "^[\\w.:-]+$" },
  },
  "RateLimit-Limit": { description: "Requests per window.", schema: int().json },
  "RateLimit-Remaining": { description: "Requests left in this window.", schema: int().json },
  "RateLimit-Reset": { description: "Seconds until the window ends.", schema: int().json },
  "Access-Control-Allow-Origin": {
    description: "The page's own origin where ALLOWED_ORIGINS lists it; never `*`.",
    schema: { type: "string", format: "uri", maxLength: LONGEST.url },
  },
};
const headerRefs: Spec = Object.fromEntries(
  Object.keys(headers).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);
const retryAfter = { description: "Seconds to wait before the next try.", schema: int().json };

/** A head that is too long is refused before anybody sees a route in it. */
const HEAD_TOO_LONG = 431;

/** One response per status; codes that share a status are told together. */
function failures(): Spec {
  const byStatus = new Map<number, ErrorCode[]>([[HEAD_TOO_LONG, ["TOO_LARGE"]]]);
  for (const [code, { status }] of Object.entries(errorTable).filter(([code]) => code !== "AUTH_EXPIRED"))
    byStatus.set(status, [...(byStatus.get(status) ?? []), code as ErrorCode]);
  const entries = [...byStatus].map(([status, codes]) => {
    const waits = status === 429 || status === 503 ? { "Retry-After": retryAfter } : {};
    const error = { code: codes[0] ?? "INTERNAL", message: errorTable[codes[0] ?? "INTERNAL"].about };
    return [
      `Status${status}`,
      {
        description: codes.map((c) => `\`${c}\`: ${errorTable[c].about}`).join(" "),
        headers: { ...headerRefs, ...waits },
        content: {
          [JSON_TYPE]: { schema: { $ref: "#/components/schemas/Failure" }, example: { ok: false, error } },
        },
      },
    ];
  });
  return Object.fromEntries(entries) as Spec;
}

function statusesOf(route: Route, access: string): number[] {
  const writes = route.method !== "GET";
  const always = [400, 404, 405, 429, HEAD_TOO_LONG, 500, 503];
  const known = access === "anyone" && !route.bytes && !route.path.startsWith("/auth") ? [403] : [401, 403];
  const body = writes ? [409, 413, 415] : [];
  return [...always, ...known, ...body, ...(route.form ? [507] : [])].sort();
}

interface Field {
  readonly name: string;
  readonly schema: Schema<unknown>;
  readonly required: boolean;
}

/** With those of the action that answers for another query: each alone is none's duty. */
function paramsOf(route: Route): [string, Schema<unknown>][] {
  const own = Object.entries(actions[route.action].params.fields ?? {});
  const others = route.given ? Object.entries(actions[route.given.action].params.fields ?? {}) : [];
  return [...own, ...others.map(([name, schema]): [string, Schema<unknown>] => [name, optional(schema)])];
}

const fieldsOf = (route: Route): Field[] =>
  paramsOf(route)
    .filter(([name]) => name !== BY_DOOR && !(name in (route.fixed ?? {})))
    .map(([name, schema]) => ({
      name,
      schema,
      required: !("optional" in schema) && schema.rule.default === undefined,
    }));

function resultOf({ action, given, result }: Route): Schema<unknown> {
  const own = result ?? actions[action].result;
  return given ? either(own, actions[given.action].result) : own;
}

const pathNames = ({ path }: Route): string[] => [...path.matchAll(/:(\w+)/g)].map((m) => m[1] ?? "");

const aboutGiven = ({ given }: Route): string[] =>
  given ? [`With \`${given.query}\`, for anyone who is signed in: ${actions[given.action].about}`] : [];

class OpenApi {
  readonly #components = new Components();
  readonly #ids = new Set<string>();

  #parameters(route: Route): Spec[] {
    const inPath = pathNames(route);
    const of = (place: string, { name, schema, required }: Field): Spec => {
      const { description, ...json } = schema.json;
      return {
        name,
        in: place,
        required: place === "path" || required,
        ...(typeof description === "string" ? { description } : {}),
        schema: this.#components.ref(json),
      };
    };
    const path = fieldsOf(route).filter((f) => inPath.includes(f.name));
    const header = Object.entries(route.headers ?? {}).map(([name, param]) => ({
      name,
      in: "header",
      required: false,
      description: `Fills \`${param}\`: a repeated key is the same request, answered as the first time.`,
      schema: clientId.json,
    }));
    return [...path.map((f) => of("path", f)), ...this.#inQuery(route).map((f) => of("query", f)), ...header];
  }

  #inQuery(route: Route): Field[] {
    if (route.method !== "GET" && route.method !== "DELETE") return [];
    const inPath = pathNames(route);
    const free = fieldsOf(route).filter((f) => !inPath.includes(f.name));
    return route.method === "GET" ? free : free.filter((f) => !f.required);
  }

  #body(route: Route): Spec | undefined {
    if (route.form) return formBody(route.form);
    const elsewhere = new Set([...pathNames(route), ...this.#inQuery(route).map((f) => f.name)]);
    const fields = fieldsOf(route).filter((f) => !elsewhere.has(f.name));
    if (fields.length === 0) return undefined;
    const required = fields.filter((f) => f.required).map((f) => f.name);
    const json: JsonSchema = {
      type: "object",
      properties: Object.fromEntries(fields.map((f) => [f.name, f.schema.json])),
      ...(required.length ? { required } : {}),
    };
    const whole = taken(route.into === undefined ? json : ((json.properties as JsonSchema)[route.into] as JsonSchema));
    return {
      required: required.length > 0,
      content: { [JSON_TYPE]: { schema: this.#components.ref(whole), example: exampleOf(whole) } },
    };
  }

  #success(route: Route): Spec {
    const data = resultOf(route).json;
    const status = String(route.status ?? 200);
    if (route.bytes) return bytesResponse;
    const schema = {
      type: "object",
      properties: { ok: { const: true }, data: this.#components.ref(data) },
      required: ["ok", "data"],
    };
    const example = { ok: true, data: exampleOf(data) };
    return { [status]: { description: "Done.", headers: headerRefs, content: { [JSON_TYPE]: { schema, example } } } };
  }

  /** The action's name; where several routes lead to it, with what sets this one apart. */
  #idOf({ action, method, path }: Route): string {
    const plain = action.replace(".", "_");
    const withMethod = `${plain}_${method.toLowerCase()}`;
    const id = [plain, withMethod].find((one) => !this.#ids.has(one)) ?? `${withMethod}${path.replace(/\W+/g, "_")}`;
    this.#ids.add(id);
    return id;
  }

  #operation(route: Route): Spec {
    const { access, about } = actions[route.action];
    const operationId = this.#idOf(route);
    const errors = statusesOf(route, access).map((s) => [s, { $ref: `#/components/responses/Status${s}` }]);
    const body = this.#body(route);
    const parameters = this.#parameters(route);
    return {
      operationId,
      tags: [route.path.split("/")[1] ?? ""],
      summary: about.split(". ")[0]?.replace(/\.$/, ""),
      description: [access === "admin" ? `${about} Needs the role \`admin\`.` : about, ...aboutGiven(route)].join(" "),
      ...(access === "anyone" ? { security: route.bytes ? [{}, { bearer: [] }] : [] } : {}),
      ...(parameters.length ? { parameters } : {}),
      ...(body ? { requestBody: body } : {}),
      responses: { ...this.#success(route), ...Object.fromEntries(errors) },
    };
  }

  build(): Spec {
    const paths: Record<string, Spec> = {};
    for (const route of routes) {
      const path = route.path.replace(/:(\w+)/g, "{$1}");
      (paths[path] ??= {})[route.method.toLowerCase()] = this.#operation(route);
    }
    Object.assign(paths, ownPages(headerRefs), oidcPages(headerRefs), accountExport(headerRefs));
    Object.assign(paths, factStream(this.#components, headerRefs));
    const error = this.#components.ref(WireErrorShape.json);
    const codes = { type: "string", enum: Object.keys(errorTable) };
    const { Error: shape } = this.#components.schemas;
    if (shape) shape.properties = { ...(shape.properties as JsonSchema), code: codes as unknown as JsonSchema };
    const Failure = {
      type: "object",
      properties: { ok: { const: false }, error },
      required: ["ok", "error"],
    };
    const schemas = { ...this.#components.schemas, Failure };
    return { ...head, paths, components: { securitySchemes, headers, responses: failures(), schemas } };
  }
}

const formBody = ({ field, max }: NonNullable<Route["form"]>): Spec => {
  const file = { type: "string", contentMediaType: "application/octet-stream", maxLength: readEnv({}).MAX_FILE_SIZE };
  const value = max === 1 ? file : { type: "array", items: file, minItems: 1, maxItems: max };
  return {
    required: true,
    content: {
      "multipart/form-data": { schema: { type: "object", properties: { [field]: value }, required: [field] } },
    },
  };
};

/** Of any type; generators of clients take none but this for bytes. */
const octets = {
  "application/octet-stream": { schema: { type: "string", contentMediaType: "application/octet-stream" } },
};
const bytesResponse: Spec = {
  "200": { description: "The bytes, with their type and an ETag.", headers: headerRefs, content: octets },
  "206": { description: "The range that was asked for.", headers: headerRefs, content: octets },
  "302": { description: "Where the bytes are, for a while (S3_REDIRECT).", headers: headerRefs },
  "304": { description: "Not changed since that ETag.", headers: headerRefs },
  "412": { description: "Not the file that `If-Match` or `If-Unmodified-Since` names.", headers: headerRefs },
  "416": { description: "There is no such range.", headers: headerRefs },
};

const securitySchemes: Spec = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "`accessToken` of login or of a trusted issuer, checked as RFC8725 asks; an API token; or a server key, which speaks for " +
      "a user with the header `On-Behalf-Of: <id>` or `On-Behalf-Of: external:<external_id, percent-encoded>`.",
  },
};

const tags: Readonly<Record<string, string>> = {
  hooks: "Where other systems speak in groups: incoming webhooks.",
  auth: "Accounts and sessions",
  config: "What clients must keep to",
  registration: "Who may make an account",
  users: "Profiles, roles, block lists",
  conversations: "Conversations and what is in them",
  messages: "Messages by id, and search",
  sync: "What was missed",
  scheduled: "Messages that are sent at a time",
  reminders: "Reminders to oneself",
  presence: "Who is online",
  notifications: "One's notifications and their preferences",
  mail: "What mail programs ask for by themselves",
  reports: "What the staff should look at",
  upload: "Files in",
  files: "Files out",
  admin: "For operators",
  operations: "For load balancers and Prometheus",
  documents: "These documents and the demo client",
};

const head: Spec = {
  openapi: "3.1.0",
  info: {
    title: "Chat",
    version: "1.0.0",
    license: { name: "MIT", url: "https://opensource.org/license/mit" },
    description:
      "The REST side of the chat. Every answer is `{ok: true, data}` or `{ok: false, error: {code, message, details?}}`. " +
      "The same actions are socket events, see /ws-docs; messages arrive by socket. Fields that are not named here are " +
      "ignored, but keys that begin with `$`, `__proto__`, `constructor` and `prototype` are BAD_REQUEST; JSON bodies have at " +
      "most 100 kB.",
  },
  servers: [{ url: "/", description: "This server, local or in production", "x-internal": false }],
  security: [{ bearer: [] }],
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
};

export type OpenApiDocument = Record<string, Json>;
export const openApi = (): OpenApiDocument => JSON.parse(JSON.stringify(new OpenApi().build())) as OpenApiDocument;
