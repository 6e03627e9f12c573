import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { openApi } from "../../platform/specs";
import { arbitrary, CASES, dereferenced, LEAK, objects, type Pool } from "../support/fuzz";
import { leaksIn } from "../support/leaks";
import { startSystem, type System } from "../support/system";

jest.setTimeout(1_200_000);
const spec = openApi() as any;
const deref = (json: any): any => dereferenced(spec, json);

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly spec: any;
}
/** These end the very session that speaks: each of their requests has a user of its own. */
const ending = new Set(["users_logout", "users_logoutAll", "users_changePassword", "users_endSession", "users_delete"]);
const documented: Operation[] = Object.entries<any>(spec.paths).flatMap(([path, item]) =>
  Object.entries<any>(item).map(([method, o]) => ({ method, path, spec: o })),
);
const operations = documented.filter((o) => !ending.has(o.spec.operationId));

const NODE = "the-fuzzed-node";
let system: System;
let token: string;
let pool: Pool;
const post = async (path: string, body: object, bearer?: string): Promise<any> => {
  const headers = { "content-type": "application/json", ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
  const answer = await fetch(system.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  leaksIn(bearer, text, path); // whose tokens and addresses these are is remembered
  return JSON.parse(text).data;
};
beforeAll(async () => {
  system = await startSystem({ env: { NODE_ID: NODE } });
  const account = (name: string) =>
    post("/auth/register", { username: name, email: `${name}@fuzz.example`, password: "Quiet-harbor-77" });
  const [ann, ben, cid] = [await account("ann"), await account("ben"), await account("cid")];
  token = ann.accessToken;
  const users = [ben.user.user_id, cid.user.user_id, ann.user.user_id];
  const group = await post("/conversations", { participantIds: users, name: "fuzz" }, token);
  const message = await post(`/conversations/${group._id}/messages`, { content: "hello" }, token);
  pool = { ids: [group._id, message._id], users };
});
afterAll(() => system.stop());

const ajv = addFormats(new Ajv2020({ strict: false }));
ajv.addSchema({ $id: "spec", ...spec });
const checks = new Map<string, ReturnType<typeof ajv.compile>>();
function checkOf({ spec: o }: Operation, status: number) {
  const key = `${o.operationId} ${status}`;
  const schema = deref(o.responses[status])?.content?.["application/json"]?.schema;
  if (!checks.has(key) && schema)
    checks.set(key, ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"spec#/'))));
  return checks.get(key);
}

const stringOf = (value: any): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

function requestOf(operation: Operation) {
  const parameters = ((operation.spec.parameters ?? []) as any[]).map((p) => ({ ...p, schema: deref(p.schema) }));
  const part = (place: string) => {
    const those = parameters.filter((p) => p.in === place);
    const required = those.filter((p) => p.required).map((p) => p.name as string);
    return objects(Object.fromEntries(those.map((p) => [p.name, p.schema])), required, pool);
  };
  const body = deref(operation.spec.requestBody?.content?.["application/json"]?.schema);
  return fc.record({
    operation: fc.constant(operation),
    path: part("path") as fc.Arbitrary<Record<string, unknown>>,
    query: part("query") as fc.Arbitrary<Record<string, unknown>>,
    body: body ? arbitrary(body, pool) : fc.constant(undefined),
    signedIn: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  });
}

interface Case {
  readonly operation: Operation;
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
  readonly signedIn: boolean;
}

function pathOf({ operation, path, query }: Case): string {
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(stringOf(path[name] ?? "-")),
  );
  const pairs = Object.entries(query).map(([k, v]): [string, string] => [k, stringOf(v)]);
  const search = new URLSearchParams(pairs).toString();
  return `${filled}${search && `?${search}`}`;
}

/** @throws unless the answer is one that the spec knows; says its status */
async function check(one: Case, bearer: string): Promise<number> {
  const { operation, body, signedIn } = one;
  const at = pathOf(one);
  const res = await fetch(system.url + at, {
    method: operation.method.toUpperCase(),
    headers: {
      ...(signedIn ? { authorization: `Bearer ${bearer}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await res.text();
  const told = `${operation.method} ${at} ${JSON.stringify(body)} -> ${res.status} ${text.slice(0, 500)}`;
  if (res.status >= 500) throw new Error(`5xx: ${told}`);
  // A path whose parameter is empty or odd may be another route: its answer is not this operation's.
  if (operation.spec.responses[res.status] === undefined && !/404|405/.test(String(res.status)))
    throw new Error(`undocumented status: ${told}`);
  const isJson = res.headers.get("content-type")?.startsWith("application/json");
  if (isJson && operation.spec.tags[0] !== "documents") {
    const fits = checkOf(operation, res.status);
    if (fits && !fits(JSON.parse(text))) throw new Error(`not the schema: ${JSON.stringify(fits.errors)} ${told}`);
    const leaks = leaksIn(signedIn ? bearer : undefined, text, at);
    if (LEAK.test(text) || text.includes(NODE) || leaks.length) throw new Error(`leak: ${leaks.join()} ${told}`);
  }
  return res.status;
}

test(`${CASES} requests from openapi.yml: no 5xx, no deviation from the schemas, no leak`, async () => {
  const requests = fc.constantFrom(...operations).chain(requestOf);
  await fc.assert(
    fc.asyncProperty(requests, async (one) => void (await check(one, token))),
    { numRuns: CASES, endOnFailure: true },
  );
});

test.each(operations.map((o) => [o.spec.operationId as string, o] as const))(
  "%s is asked at least three times",
  async (_name, operation) => {
    for (const one of fc.sample(requestOf(operation), 3)) await check(one, token);
  },
);

describe("what ends sessions", () => {
  const PASSWORD = "Quiet-harbor-77";
  let users = 0;
  async function throwAway(): Promise<{ bearer: string; userId: number; sessionId: string }> {
    const body = { username: "gone soon", email: `gone${++users}@fuzz.example`, password: PASSWORD };
    const { accessToken, user } = await post("/auth/register", body);
    const { sid } = JSON.parse(Buffer.from(accessToken.split(".")[1], "base64url").toString());
    return { bearer: accessToken, userId: user.user_id, sessionId: sid };
  }
  const ends = documented.filter((o) => ending.has(o.spec.operationId));

  test("is all of what is left out above", () => expect(ends).toHaveLength(ending.size));

  test.each(ends.map((o) => [o.spec.operationId as string, o] as const))("%s", async (name, operation) => {
    for (const one of fc.sample(requestOf(operation), 10)) await check(one, (await throwAway()).bearer);
    // And once as it is meant, which ends the session indeed.
    const { bearer, userId, sessionId } = await throwAway();
    const path = { id: name === "users_delete" ? userId : sessionId };
    const body = name === "users_changePassword" ? { current: PASSWORD, next: "Quiet-harbor-78" } : undefined;
    expect(await check({ operation, path, query: {}, body, signedIn: true }, bearer)).toBe(200);
    const after = await fetch(`${system.url}/users/me`, { headers: { authorization: `Bearer ${bearer}` } });
    expect(after.status).toBe(name === "users_changePassword" ? 200 : 401);
  });
});
