/** What the specs say of bounds is so: at each of them a value is taken, one step beyond it is refused by its name. */
import { type Namespace } from "../../contracts/sockets";
import { asyncApi, openApi } from "../../platform/specs";
import { type Bound, boundsIn, isOverBound, isUnread, withValue } from "../support/bounds";
import { Client, login, register, request } from "../support/client";
import { dereferenced } from "../support/fuzz";
import { startSystem, type System } from "../support/system";

jest.setTimeout(600_000);

let system: System;
let token: string;
const real: Record<string, unknown> = {};
const clients = new Map<Namespace, Client>();

beforeAll(async () => {
  const admin = { email: "admin@bounds.example", password: "Quiet-harbor-77" };
  const env = { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password, ADMIN_EXPORT: "on" };
  system = await startSystem({ env });
  const first = (await request(system.url, "POST", "/auth/login", { body: admin })).body.data.accessToken;
  // Not the user with the lowest id: some of these requests end that one.
  const speaker = await register(system.url);
  await request(system.url, "POST", `/users/${speaker.id}/roles`, { token: first, body: { role: "admin" } });
  token = (await login(system.url, speaker)).token;
  const [ben, cid] = [await register(system.url), await register(system.url)];
  const group = { participantIds: [ben.id, cid.id], name: "bounds", type: "group" };
  const made = await request(system.url, "POST", "/conversations", { token, body: group });
  real.conversationId = made.body.data._id;
  const sent = `/conversations/${String(real.conversationId)}/messages`;
  real.messageId = (await request(system.url, "POST", sent, { token, body: { content: "hello" } })).body.data._id;
  Object.assign(real, { userId: ben.id, participantIds: [ben.id, cid.id], messageIds: [real.messageId] });
  for (const namespace of ["/chat", "/notifications"] as const)
    clients.set(namespace, await Client.connect(system.url, token, { namespace }));
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await system.stop();
});

/** What there is, where the example names what there is not. */
const onReal = (example: any): any => ({
  ...example,
  ...Object.fromEntries(Object.entries(real).filter(([name]) => example && name in example)),
});

/** Bodies above 100 kB, frames above 1 MB, and texts beyond MAX_CONTENT: told so by a code of their own. */
const mayBeTooLarge = (bound: Bound, payload: unknown): boolean =>
  ["content", "attachments"].includes(String(bound.path.find((step) => typeof step === "string"))) ||
  JSON.stringify(payload).length > 100_000;

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

interface Answer {
  readonly code: string | undefined;
  readonly error: any;
}

/** What is wrong with the answers to a value at the bound and to one beyond. */
async function wrongWith(bound: Bound, send: (value: unknown) => Promise<Answer>): Promise<string[]> {
  const wrong: string[] = [];
  const told = (value: unknown, { error }: Answer) =>
    `${bound.path.join(".")} ${bound.what} ${JSON.stringify(value)?.slice(0, 60)} -> ${JSON.stringify(error)?.slice(0, 300)}`;
  const at = await send(bound.at);
  if (["INTERNAL", "UNAVAILABLE"].includes(at.code ?? "")) wrong.push(`failed: ${told(bound.at, at)}`);
  if (at.code === "BAD_REQUEST" && (isOverBound(at.error, bound.path) || isUnread(at.error)))
    wrong.push(`not taken: ${told(bound.at, at)}`);
  if (at.code === "TOO_LARGE" && !mayBeTooLarge(bound, bound.at)) wrong.push(`too large: ${told(bound.at, at)}`);
  if (bound.beyond === undefined) return wrong;
  const beyond = await send(bound.beyond);
  const refused = beyond.code === "BAD_REQUEST" && isOverBound(beyond.error, bound.path);
  const large = beyond.code === "TOO_LARGE" && mayBeTooLarge(bound, bound.beyond);
  // A rule that comes after others says how many, and that there is no such file.
  const byLaterRule = bound.path[0] === "attachments" && beyond.code !== undefined;
  if (!refused && !large && !byLaterRule) wrong.push(`not refused: ${told(bound.beyond, beyond)}`);
  return wrong;
}

describe("over REST", () => {
  const spec = openApi() as any;
  const operations = Object.entries<any>(spec.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

  /** The request with one value in place of the example's. */
  function requestWith(
    { path, operation }: (typeof operations)[number],
    place: string,
    at: Bound["path"],
    value: unknown,
  ) {
    const parameters: any[] = operation.parameters ?? [];
    const body = onReal(operation.requestBody?.content?.["application/json"]?.example);
    const given = (name: string): unknown =>
      place !== "body" && at[0] === name ? withValue(undefined, at.slice(1), value) : real[name];
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(given(name) ?? 1)));
    const query = new URLSearchParams();
    for (const { name, in: where } of parameters)
      if (where === "query" && place === "query" && at[0] === name)
        for (const one of [given(name)].flat()) query.append(name, textOf(one));
    const search = query.toString();
    return {
      path: `${filled}${search && `?${search}`}`,
      ...(operation.requestBody ? { body: place === "body" ? withValue(body, at, value) : body } : {}),
    };
  }

  function boundsOf({ operation }: (typeof operations)[number]): (Bound & { readonly place: string })[] {
    const inPlaces = ((operation.parameters ?? []) as any[])
      .filter((parameter) => parameter.in !== "header")
      .flatMap(({ name, in: place, schema }) => boundsIn(spec, schema, undefined, [name]).map((b) => ({ ...b, place })))
      // A path without a part is another path.
      .filter(({ place, what, beyond }) => place !== "path" || (what !== "null" && beyond !== ""));
    const json = operation.requestBody?.content?.["application/json"];
    if (!json) return inPlaces;
    const example = onReal(json.example);
    return [...inPlaces, ...boundsIn(spec, json.schema, example).map((b) => ({ ...b, place: "body" }))];
  }

  /** Asks for what the browser came back with before anything else. */
  const bounded = operations.filter((one) => boundsOf(one).length > 0 && one.path !== "/oidc/session");

  test("most operations have bounds", () => expect(bounded.length).toBeGreaterThan(80));

  test.each(bounded.map((one) => [`${one.method} ${one.path}`, one] as const))("%s", async (_name, one) => {
    for (const bound of boundsOf(one)) {
      const send = async (value: unknown): Promise<Answer> => {
        const { path, body } = requestWith(one, bound.place, bound.path, value);
        const answer = await request(system.url, one.method, path, { token, ...(body ? { body } : {}) });
        if (answer.status >= 500) throw new Error(`${answer.status} ${one.method} ${path}`);
        return { code: answer.body?.error?.code, error: answer.body?.error };
      };
      expect(await wrongWith(bound, send)).toEqual([]);
    }
  });
});

describe("over sockets", () => {
  const spec = asyncApi() as any;
  const events = Object.values<any>(spec.channels).flatMap(({ address, messages }) =>
    Object.entries<any>(messages).flatMap(([id, message]) =>
      id.startsWith("client_") ? [{ namespace: address as Namespace, message }] : [],
    ),
  );

  test.each(events.map((event) => [event.message.name as string, event] as const))("%s", async (name, event) => {
    const client = clients.get(event.namespace) as Client;
    const example = onReal(event.message.examples[0].payload);
    for (const bound of boundsIn(spec, dereferenced(spec, event.message.payload), example)) {
      const send = async (value: unknown): Promise<Answer> => {
        const payload = withValue(example, bound.path, value);
        if (JSON.stringify(payload).length > 900_000) return { code: "TOO_LARGE", error: "not sent" };
        const ack = await client.send(name, payload);
        return { code: ack.error?.code, error: ack.error };
      };
      expect(await wrongWith(bound, send)).toEqual([]);
    }
  });
});
