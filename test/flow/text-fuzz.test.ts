/** Every text field of the contract, over REST and socket, with texts that grow when folded, halves, and odd digits. */
import { TOTP } from "otpauth";
import { exampleOf } from "../../platform/specs/examples";
import { asyncApi, openApi } from "../../platform/specs";
import { type Namespace } from "../../contracts/sockets";
import { Client } from "../support/client";
import { dereferenced } from "../support/fuzz";
import { startSystem, type System } from "../support/system";

jest.setTimeout(600_000);

const MOST = 600;
const fill = (unit: string, max: number): string =>
  unit.repeat(Math.max(1, Math.floor(Math.min(max, MOST) / unit.length)));
/** By what is odd about them, of a field that takes so many characters. */
const odd: Readonly<Record<string, (max: number) => string>> = {
  "grows when folded": (max) => fill("ﷺΐİﬃ㌀", max),
  "is of digits that are not ASCII": (max) => fill("٣", Math.min(max, 6)),
  "has marks and joiners": (max) => fill("e\u0301\u0327👨‍👩‍👧", max),
  "has half a character": () => "ab\ud83dcd",
  "has a NUL": () => "ab\0cdef",
  "turns around and is no character": (max) => fill("\u202e\u2066\ufffe\u200b", max),
  "is nearly an e-mail": () => "ﷺ\u00ad@ﷺ.ﷺ",
};

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly max: number;
}

/** Where the texts of a schema are. */
function textsOf(spec: any, json: any, path: readonly (string | number)[] = []): Leaf[] {
  const { type, anyOf, properties = {}, items, maxLength = MOST, enum: values } = dereferenced(spec, json) ?? {};
  if (anyOf) return anyOf.flatMap((one: any) => textsOf(spec, one, path));
  const types = [type].flat();
  if (types.includes("string")) return values ? [] : [{ path, max: maxLength }];
  if (types.includes("array")) return textsOf(spec, items, [...path, 0]);
  return Object.entries(properties).flatMap(([key, inner]) => textsOf(spec, inner, [...path, key]));
}

function withText(value: any, [key, ...rest]: readonly (string | number)[], text: string): any {
  if (key === undefined) return text;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = withText(copy[key], rest, text);
  return copy;
}

const halves = (value: unknown): boolean =>
  typeof value === "string"
    ? !value.isWellFormed()
    : typeof value === "object" && value !== null && Object.entries(value).some(([k, v]) => halves(k) || halves(v));

const PASSWORD = "Quiet-harbor-77";
const ADMIN = { email: "admin@fuzz.example", password: PASSWORD };
let system: System;
let token: string;
let known: Readonly<Record<string, unknown>>;
const clients = new Map<Namespace, Client>();

async function ask(
  method: string,
  path: string,
  body?: unknown,
  bearer?: string,
): Promise<{ status: number; text: string }> {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(system.url + path, init);
  return { status: answer.status, text: await answer.text() };
}
const ok = async (path: string, body: unknown, bearer?: string): Promise<any> =>
  JSON.parse((await ask("POST", path, body, bearer)).text).data;

beforeAll(async () => {
  const env = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };
  system = await startSystem({ env });
  const admin = await ok("/auth/login", ADMIN);
  token = admin.accessToken;
  const ben = await ok("/auth/register", { username: "ben", email: "ben@fuzz.example", password: PASSWORD });
  const group = await ok("/conversations", { participantIds: [ben.user.user_id], name: "fuzz", type: "group" }, token);
  const message = await ok(`/conversations/${group._id}/messages`, { content: "hello" }, token);
  // Codes are asked for where there is a second factor.
  const { secret } = await ok("/auth/totp", { password: PASSWORD }, ben.accessToken);
  const { recoveryCodes } = await ok("/auth/totp/confirm", { code: new TOTP({ secret }).generate() }, ben.accessToken);
  expect(recoveryCodes.length).toBeGreaterThan(0);
  known = {
    conversationId: group._id,
    messageId: message._id,
    messageIds: [message._id],
    replyTo: message._id,
    userId: ben.user.user_id,
    userIds: [ben.user.user_id],
    participantIds: [ben.user.user_id],
    id: admin.user.user_id,
    email: ben.user.email,
    password: PASSWORD,
    current: PASSWORD,
    attachments: [],
    clientId: undefined,
    cursor: undefined,
  };
  for (const namespace of ["/chat", "/notifications"] as const)
    clients.set(namespace, await Client.connect(system.url, token, { namespace }));
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await system.stop();
});

const real = (example: any): any =>
  Object.fromEntries(
    Object.entries(example ?? {}).flatMap(([key, value]) => {
      const given = key in known ? known[key] : value;
      return given === undefined ? [] : [[key, given]];
    }),
  );

const answers = { ok: 0, refused: 0 };
function check(told: string, text: string, failed: boolean): void {
  if (text.startsWith('{"ok":true')) answers.ok++;
  else answers.refused++;
  if (failed) throw new Error(`failed: ${told} -> ${text.slice(0, 500)}`);
  if (/^[[{]/.test(text) && halves(JSON.parse(text)))
    throw new Error(`half a character: ${told} -> ${text.slice(0, 500)}`);
}

const rest = openApi() as any;
const operations = Object.entries<any>(rest.paths).flatMap(([path, item]) =>
  Object.entries<any>(item).map(([method, spec]) => ({ method: method.toUpperCase(), path, spec })),
);
const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
/** As a URL can carry it: a half as the three bytes that a sloppy encoder makes of it. */
const inUrl = (text: string): string =>
  [...text].map((c) => (c.isWellFormed() ? encodeURIComponent(c) : "%ED%A0%BD")).join("");

interface Door {
  readonly leaf: Leaf;
  readonly put: (text: string) => Promise<void>;
}

function doorsOf({ method, path, spec }: (typeof operations)[number]): Door[] {
  const parameters = ((spec.parameters ?? []) as any[]).map((p) => ({ ...p, schema: dereferenced(rest, p.schema) }));
  const schema = dereferenced(rest, spec.requestBody?.content?.["application/json"]?.schema);
  const pathWith = (name?: string, text = ""): string => {
    const filled = path.replace(/\{(\w+)\}/g, (_m: string, key: string) =>
      key === name ? inUrl(text) : encodeURIComponent(shown(known[key] ?? "0".repeat(24))),
    );
    const query = parameters
      .filter((p) => p.in === "query" && (p.required || p.name === name))
      .map(
        (p) => `${p.name}=${p.name === name ? inUrl(text) : encodeURIComponent(shown(exampleOf(p.schema, p.name)))}`,
      );
    return query.length ? `${filled}?${query.join("&")}` : filled;
  };
  const send = async (at: string, body: unknown): Promise<void> => {
    const { status, text } = await ask(method, at, body, token);
    check(`${method} ${at} ${JSON.stringify(body)}`, text, status >= 500 || status === 429);
  };
  const body = () => (schema ? real(exampleOf(schema)) : undefined);
  return [
    ...parameters
      .filter((p) => ["path", "query"].includes(p.in))
      .flatMap((p) => textsOf(rest, p.schema).map(({ max }) => ({ p, max })))
      .map(({ p, max }): Door => ({
        leaf: { path: [p.name], max },
        put: (text) => send(pathWith(p.name, text), body()),
      })),
    ...textsOf(rest, schema).map((leaf): Door => ({
      leaf,
      put: (text) => send(pathWith(), withText(body(), leaf.path, text)),
    })),
  ];
}

async function putAll(doors: readonly Door[]): Promise<void> {
  for (const { leaf, put } of doors) await Promise.all(Object.values(odd).map((make) => put(make(leaf.max))));
}

test.each(operations.map((o) => [o.spec.operationId as string, o] as const))(
  "%s bears any text",
  async (_name, operation) => {
    await putAll(doorsOf(operation));
  },
);

const sockets = asyncApi() as any;
const events = Object.values<any>(sockets.channels).flatMap(({ address, messages }) =>
  Object.entries<any>(messages).flatMap(([id, message]) =>
    id.startsWith("client_") ? [{ namespace: address as Namespace, message }] : [],
  ),
);

test.each(events.map((event) => [event.message.name as string, event] as const))(
  "%s bears any text",
  async (name, { namespace, message }) => {
    const schema = dereferenced(sockets, message.payload);
    const doors = textsOf(sockets, schema).map((leaf): Door => ({
      leaf,
      async put(text) {
        const payload = withText(real(exampleOf(schema)), leaf.path, text);
        const ack = await (clients.get(namespace) as Client).send(name, payload);
        const { code } = ack.error ?? {};
        const failed = code === "INTERNAL" || code === "UNAVAILABLE" || code === "RATE_LIMITED";
        check(`${name} ${JSON.stringify(payload)}`, JSON.stringify(ack), failed);
      },
    }));
    await putAll(doors);
  },
);

test("some were taken, and some refused", () => {
  expect(answers.ok).toBeGreaterThan(50);
  expect(answers.refused).toBeGreaterThan(200);
});

test("there are texts in both", () => {
  expect(
    operations.flatMap((o) => textsOf(rest, o.spec.requestBody?.content?.["application/json"]?.schema)).length,
  ).toBeGreaterThan(20);
  expect(events.flatMap(({ message }) => textsOf(sockets, message.payload)).length).toBeGreaterThan(20);
});
