/**
 * Holds what comes out of sockets to asyncapi.yml as it is published: every event and every ack, in every test that uses
 * the test client. A field that is not published counts as wrong, too: it may be one that was never to be told.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020, { type ErrorObject, type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { type Namespace } from "../../contracts/sockets";
import { projectRoot } from "../../platform/root";

type Schema = Record<string, unknown>;
type Messages = Record<string, { name: string; payload: Schema }>;

/** A published object may grow, so its schema is open; what we send ourselves must be in it. */
function closed(node: any): any {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== "object") return node;
  const out = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isObject = out.type === "object" && out.properties && out.additionalProperties === undefined;
  return isObject ? { ...out, additionalProperties: false } : out;
}

const valueAt = (value: unknown, path: string): unknown =>
  path
    .split("/")
    .slice(1)
    .reduce((at: any, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], value);

function wordsOf(error: ErrorObject, value: unknown): string {
  const { additionalProperty } = error.params as { additionalProperty?: string };
  const path = additionalProperty === undefined ? error.instancePath : `${error.instancePath}/${additionalProperty}`;
  const shown = String(JSON.stringify(valueAt(value, path))).slice(0, 300);
  return `${path || "the payload"} ${additionalProperty === undefined ? error.message : "is not published"}, got ${shown}`;
}

const keyOf = (namespace: Namespace, event: string): string => `${namespace} ${event}`;

class Published {
  private readonly ajv = addFormats(new Ajv2020({ strict: false }));
  private readonly compiled = new Map<string, ValidateFunction>();
  private readonly channels: Record<string, { messages: Messages }>;

  constructor() {
    const spec = parse(readFileSync(join(projectRoot, "asyncapi.yml"), "utf8")) as Schema;
    this.ajv.addSchema({ $id: "asyncapi", components: closed(spec.components) });
    this.channels = spec.channels as Record<string, { messages: Messages }>;
  }

  /** @returns what is wrong with it, in words; undefined where nothing is */
  event(namespace: Namespace, event: string, payload: unknown): string | undefined {
    const schema = this.message(namespace, "server_", event)?.payload;
    return schema ? this.compare(keyOf(namespace, event), schema, payload) : `${namespace} ${event}: no such event`;
  }

  /** An ack of an event that is not published can only be a failure. */
  ack(namespace: Namespace, event: string, ack: { ok?: unknown } | undefined): string | undefined {
    const kinds = this.message(namespace, "ack_", `${event} (ack)`)?.payload.oneOf as Schema[] | undefined;
    const failure = { $ref: "#/components/schemas/Failure" };
    const schema = ack?.ok === true && kinds?.[0] ? kinds[0] : failure;
    const what = keyOf(namespace, `${event} (ack)`);
    return this.compare(schema === failure ? `${what} that fails` : what, schema, ack);
  }

  /** Events of a namespace of which nothing has come yet: no ack of a success, or nothing told. */
  unseen(namespace: Namespace, prefix: "ack_" | "server_"): string[] {
    const messages = Object.entries(this.channels[namespace.slice(1)]?.messages ?? {});
    const names = messages.flatMap(([id, { name }]) => (id.startsWith(prefix) ? [name] : []));
    return names.filter((name) => !this.compiled.has(keyOf(namespace, name)));
  }

  private message(namespace: Namespace, prefix: string, name: string) {
    const messages = Object.entries(this.channels[namespace.slice(1)]?.messages ?? {});
    return messages.find(([id, message]) => id.startsWith(prefix) && message.name === name)?.[1];
  }

  private compare(what: string, schema: Schema, value: unknown): string | undefined {
    const fits = this.compiled.get(what) ?? this.compile(schema);
    this.compiled.set(what, fits);
    if (fits(value)) return undefined;
    return `${what}: ${(fits.errors ?? []).map((error) => wordsOf(error, value)).join("; ")}`;
  }

  private compile(schema: Schema): ValidateFunction {
    return this.ajv.compile(JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"asyncapi#/')) as Schema);
  }
}

let instance: Published | undefined;
/** Read when the first payload comes, once per test file. */
export const published = (): Published => (instance ??= new Published());

const deviations: string[] = [];
export const noteDeviation = (deviation: string | undefined): void => {
  if (deviation !== undefined) deviations.push(deviation);
};
export const takeDeviations = (): string[] => deviations.splice(0);

/** In a test file that uses the client: a test during which something else came than is published has failed. */
export function holdToPublished(): void {
  afterEach(() => {
    const wrong = takeDeviations();
    if (wrong.length) throw new Error(`not as asyncapi.yml says:\n${[...new Set(wrong)].slice(0, 10).join("\n")}`);
  });
}
