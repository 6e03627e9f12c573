/**
 * Two tenants whose people, conversations, messages and files have the same ids, names and addresses, and every operation and
 * event between them: keys of one open nothing of the other, nobody is told a word of the other, and nothing of the other changes.
 */
import fc from "fast-check";
import { actions } from "../../contracts/actions";
import { routes } from "../../contracts/routes";
import { type Namespace } from "../../contracts/sockets";
import { asyncApi, openApi } from "../../platform/specs";
import { Client, request } from "../support/client";
import { arbitrary, dereferenced, objects, type Pool } from "../support/fuzz";
import { serverKeys, takeLeaks } from "../support/leaks";
import { startTenants, type TenantSystem } from "../support/tenants";

/**
 * Ids that are the same in both, whose people do the same things one after the other: a place in the code counts for itself, so
 * that what is done in the background meanwhile takes no number away.
 */
const mockSites = new Map<string, number>();
const mockCounts = new Map<string, number>();
let mockStep = 0;
jest.mock("../../platform/id", () => ({
  newId() {
    const site = new Error().stack?.split("\n")[2] ?? "";
    const index = mockSites.get(site) ?? mockSites.size;
    mockSites.set(site, index);
    const count = mockCounts.get(site) ?? 0;
    mockCounts.set(site, count + 1);
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
    return `65a0${hex(index, 4)}${hex(mockStep, 8)}${hex(count, 8)}`;
  },
}));
const nextStep = (step: number): void => {
  mockStep = step;
  mockCounts.clear();
};
const WORDS = { acme: "kumquat", globex: "rutabaga" } as const;
type Name = keyof typeof WORDS;
const KEYS = { acme: `acme-${"k".repeat(40)}`, globex: `globex-${"k".repeat(40)}` };
for (const key of Object.values(KEYS)) serverKeys.add(key);
const PASSWORD = "correct horse battery";

interface Asked {
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: unknown;
}
interface People {
  readonly pool: Pool;
  /** The first of them, an admin, an API token and a server. */
  readonly keys: Record<"member" | "admin" | "api" | "server", string>;
  readonly ids: readonly string[];
}
let system: TenantSystem;
const people = {} as Record<Name, People>;
const ears: Client[] = [];

async function populate(name: Name): Promise<People> {
  const url = system.urlOf(name);
  const word = WORDS[name];
  const data = async (method: string, path: string, token?: string, body?: unknown): Promise<any> => {
    nextStep(mockStep + 1);
    const answer = await request(url, method, path, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.body.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body.error)}`);
    return answer.body.data;
  };
  nextStep(0);
  const accounts: any[] = [];
  for (const who of ["Ann", "Bob", "Cid"]) {
    const account = { username: who, email: `${who}@same.example`, password: PASSWORD };
    accounts.push(await data("POST", "/auth/register", undefined, account));
  }
  const [ann, bob, cid] = accounts.map(({ user, accessToken }) => ({ id: user.user_id, token: accessToken }));
  const boss = await data("POST", "/auth/login", undefined, { email: "boss@same.example", password: PASSWORD });
  const members = { participantIds: [bob!.id, cid!.id], name: `${word} crew`, custom: { [word]: word } };
  const group = await data("POST", "/conversations", ann!.token, { ...members, externalId: "order-1", content: word });
  const said = await data("POST", `/conversations/${group._id}/messages`, bob!.token, { content: `hello ${word}` });
  const pair = await data("POST", "/conversations", bob!.token, { participantIds: [ann!.id], content: `${word}?` });
  await data("POST", `/messages/${said._id}/reactions`, cid!.token, { emoji: "👍" });
  const api = await data("POST", "/auth/tokens", ann!.token, { name: word, scopes: ["chat:read"], password: PASSWORD });
  const ids = [group._id, said._id, pair._id];
  return {
    ids,
    pool: { ids, users: [ann!.id, bob!.id, cid!.id] },
    keys: { member: ann!.token, admin: boss.accessToken, api: api.token, server: KEYS[name] },
  };
}

beforeAll(async () => {
  const admin = (name: string) => ({
    [`${name}__ADMIN_EMAIL`]: "boss@same.example",
    [`${name}__ADMIN_PASSWORD`]: PASSWORD,
  });
  system = await startTenants(["acme", "globex"], {
    ...admin("ACME"),
    ...admin("GLOBEX"),
    ACME__SERVER_KEYS: KEYS.acme,
    GLOBEX__SERVER_KEYS: KEYS.globex,
    JWT_ACCESS_SECRET: "one-secret-of-the-system-for-access-tokens",
    JWT_REFRESH_SECRET: "and-one-for-refresh-tokens-of-the-system",
  });
  for (const name of ["acme", "globex"] as const) people[name] = await populate(name);
  nextStep(1_000_000);
  for (const namespace of ["/chat", "/notifications"] as const)
    ears.push(await Client.connect(system.urlOf("acme"), people.acme.keys.member, { namespace }));
});
afterAll(async () => {
  for (const ear of ears) ear.close();
  await system.stop();
});

/** What acme's people see of what is theirs. */
async function sightOf(name: Name): Promise<string> {
  const { keys, ids } = people[name];
  const paths = ["/conversations", "/notifications", "/users/me", ...ids.map((id) => `/conversations/${id}/messages`)];
  const seen = paths.map(async (path) => (await request(system.urlOf(name), "GET", path, { token: keys.member })).body);
  return JSON.stringify(await Promise.all(seen));
}

test("the two are the same to the last id, but for what is said in them", () => {
  expect(people.acme.ids).toEqual(people.globex.ids);
  expect(people.acme.pool).toEqual(people.globex.pool);
});

describe("with keys of acme, at globex", () => {
  const filled = (path: string): string =>
    path.replace(/:(\w+)/g, (_, name: string) => {
      const { ids, pool } = people.globex;
      if (/user/i.test(name) || path.startsWith("/users") || path.includes("/users/")) return String(pool.users[0]);
      return String(/message/i.test(name) || path.startsWith("/messages") ? ids[1] : ids[0]);
    });
  const ends = ({ path }: { path: string }): number => Number(/logout|sessions|password/.test(path));
  // What would end the sessions comes last: were they let in, all others would be refused for that.
  const closed = routes.filter(({ action }) => actions[action].access !== "anyone").sort((a, b) => ends(a) - ends(b));

  test.each(closed.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s opens to none",
    async (_name, route) => {
      for (const [which, token] of Object.entries(people.acme.keys)) {
        const headers = {
          authorization: `Bearer ${token}`,
          ...(route.method === "GET" ? {} : { "content-type": "application/json" }),
        };
        const url = system.urlOf("globex") + filled(route.path);
        const answer = await fetch(url, {
          method: route.method,
          headers,
          ...(route.method === "GET" ? {} : { body: "{}" }),
        });
        expect([which, answer.status, await answer.text()]).toEqual([
          which,
          401,
          expect.stringContaining("AUTH_INVALID"),
        ]);
      }
    },
  );

  test.each(["/chat", "/notifications"] as const)(
    "no socket of %s opens, so no event of it is heard",
    async (namespace) => {
      for (const token of Object.values(people.acme.keys))
        await expect(Client.connect(system.urlOf("globex"), token, { namespace })).rejects.toMatchObject({
          data: { code: "AUTH_INVALID" },
        });
    },
  );
});

describe("with keys of globex, whatever its people do", () => {
  const rest = openApi() as any;
  const async_ = asyncApi() as any;
  const ends = /logout|changePassword|endSession|users_delete|ban|deactivate|erase|revoke/i;
  const rank = ({ method, spec }: { method: string; spec: any }): number =>
    ends.test(spec.operationId) ? 2 : Number(method !== "get");
  const operations = Object.entries<any>(rest.paths)
    .flatMap(([path, item]) => Object.entries<any>(item).map(([method, spec]) => ({ path, method, spec })))
    // What is read first, what ends somebody last: else there would be nobody to ask.
    .sort((a, b) => rank(a) - rank(b));
  const events = Object.values<any>(async_.channels).flatMap(({ address, messages }) =>
    Object.entries<any>(messages).flatMap(([id, message]) =>
      id.startsWith("client_") ? [{ namespace: address as Namespace, message }] : [],
    ),
  );
  const ending = ({ message }: { message: any }): number =>
    Number(/delete|leave|clear|decline|block|remove|demote|transfer|hide|renew/.test(message.name));
  const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  let before: string;
  let heard: number;
  let told = 0;
  let done = 0;

  const look = (what: string, text: string, ok: boolean): void => {
    if (text.includes(WORDS.acme)) throw new Error(`${what} tells of acme: ${text.slice(0, 300)}`);
    told += Number(text.includes(WORDS.globex));
    done += Number(ok);
  };
  const count = (): number => ears.reduce((sum, ear) => sum + ear.heard.length, 0);

  beforeAll(async () => {
    before = await sightOf("acme");
    for (const ear of ears) if (ear === ears[0]) await ear.settled();
    heard = count();
  });
  afterEach(() => void takeLeaks()); // an admin is told addresses, and here everybody is one

  /** As a member, an admin and a server. */
  async function askAll(those: typeof operations): Promise<void> {
    for (const { path, method, spec } of those) {
      const part = (place: string) => {
        const those = ((spec.parameters ?? []) as any[]).filter((p) => p.in === place);
        const required = those.filter((p) => p.required).map((p) => p.name as string);
        const schemas = those.map((p) => [p.name, dereferenced(rest, p.schema)]);
        return objects(Object.fromEntries(schemas), required, people.globex.pool) as fc.Arbitrary<
          Record<string, unknown>
        >;
      };
      const body = dereferenced(rest, spec.requestBody?.content?.["application/json"]?.schema);
      const asked = fc.record({
        path: part("path"),
        query: part("query"),
        body: body ? arbitrary(body, people.globex.pool) : fc.constant(undefined),
      });
      // What is there, asked for as it is: of made up queries most are refused.
      const there = method === "get" ? [...people.globex.ids, people.globex.pool.users[0]] : [];
      const plain = there.map((id): Asked => ({
        path: new Proxy({}, { get: () => id }),
        query: {},
        body: undefined,
      }));
      for (const who of ["member", "admin", "server"] as const)
        for (const one of [...plain, ...fc.sample(asked, { numRuns: 2, seed: 11 })]) {
          const at = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(one.path[name] ?? "-")));
          const query = new URLSearchParams(
            Object.entries(one.query).map(([k, v]): [string, string] => [k, textOf(v)]),
          ).toString();
          if (at.endsWith("/stream")) continue; // it has no end; what it tells are rows of the log, which the page has
          const answer = await fetch(`${system.urlOf("globex")}${at}${query && `?${query}`}`, {
            method: method.toUpperCase(),
            redirect: "manual",
            headers: {
              authorization: `Bearer ${people.globex.keys[who]}`,
              ...(one.body === undefined ? {} : { "content-type": "application/json" }),
            },
            ...(one.body === undefined ? {} : { body: JSON.stringify(one.body) }),
          });
          look(`${method} ${path} for the ${who}`, await answer.text(), answer.ok);
        }
    }
  }

  test("no answer to an operation that reads has a word of acme's", async () => {
    await askAll(operations.filter((one) => rank(one) === 0));
  });

  test("no event's answer, and nothing heard meanwhile, has a word of acme's", async () => {
    const sockets = new Map<Namespace, Client>();
    for (const namespace of ["/chat", "/notifications"] as const)
      sockets.set(namespace, await Client.connect(system.urlOf("globex"), people.globex.keys.member, { namespace }));
    for (const { namespace, message } of events.sort((a, b) => ending(a) - ending(b))) {
      const payload = arbitrary(dereferenced(async_, message.payload), people.globex.pool);
      for (const one of fc.sample(payload, { numRuns: 3, seed: 7 })) {
        const ack = await (sockets.get(namespace) as Client).send(message.name, one);
        look(message.name, JSON.stringify(ack), ack.ok);
      }
    }
    for (const socket of sockets.values()) {
      look("what is heard", JSON.stringify(socket.heard), true);
      socket.close();
    }
  });

  test("no answer to an operation that changes has a word of acme's", async () => {
    await askAll(operations.filter((one) => rank(one) > 0));
  });

  test("and they did much, and were told much of their own", () => {
    expect(done).toBeGreaterThan(150);
    expect(told).toBeGreaterThan(30);
  });

  test("of all this acme's people heard nothing, and nothing of theirs is changed", async () => {
    await ears[0]!.settled();
    expect(ears.flatMap((ear) => ear.heard).slice(heard)).toEqual([]);
    expect(count()).toBe(heard);
    expect(await sightOf("acme")).toBe(before);
    expect(before).toContain(WORDS.acme);
  });
});
