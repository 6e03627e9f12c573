/** The log of facts over server-sent events: who may read, from where, and that a reader goes on where it was. */
import { get, type IncomingMessage } from "node:http";
import { createChatServer } from "../../client/src";
import { type FactKind } from "../../contracts/facts";
import { type Happened } from "../../contracts/facts";
import { newId } from "../../mixins/documents";
import { call } from "../../platform/bus";
import { register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { serverKeys } from "../support/leaks";
import { startSystem, type System } from "../support/system";

const KEY = "k3y-of-the-facts_0123456789abcdefghijklmn";
serverKeys.add(KEY);
let system: System;
const open = new Set<IncomingMessage>();

beforeAll(async () => {
  system = await startSystem({ env: { SERVER_KEYS: KEY } });
});
afterAll(async () => {
  for (const res of open) res.destroy();
  await system.stop();
});

interface Heard {
  readonly position: number;
  readonly type: FactKind;
  readonly data: { readonly n: number };
}
interface Reader {
  readonly status: number;
  readonly res: IncomingMessage;
  readonly heard: Heard[];
  readonly text: () => string;
  readonly ended: () => boolean;
}

function read(query: string, headers: Record<string, string> = { authorization: `Bearer ${KEY}` }): Promise<Reader> {
  return new Promise((resolve, reject) => {
    get(`${system.url}/admin/facts/stream${query}`, { headers }, (res) => {
      let [text, ended] = ["", false];
      const heard: Heard[] = [];
      let rest = "";
      open.add(res);
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => {
        text += chunk;
        const events = (rest + chunk).split("\n\n");
        rest = events.pop() ?? "";
        for (const event of events) {
          const data = /^data: (\{"id".*)$/m.exec(event)?.[1];
          if (data) heard.push(JSON.parse(data) as Heard);
        }
      });
      res.on("close", () => (ended = true)).on("error", () => undefined);
      resolve({ status: res.statusCode ?? 0, res, heard, text: () => text, ended: () => ended });
    }).on("error", reject);
  });
}

let count = 0;
async function happen(many: number): Promise<number[]> {
  const numbers = Array.from({ length: many }, () => ++count);
  const facts = numbers.map((n): Happened => {
    const data = { conversationId: newId(), userId: 1, actorId: 1, n };
    return { type: n % 2 ? "member.added" : "member.removed", key: String(n), at: new Date().toISOString(), data };
  });
  await call(system.broker, "notifications.record", { log: "facts", facts });
  return numbers;
}
const numbersOf = ({ heard }: Reader): number[] => heard.filter(({ data }) => data.n).map(({ data }) => data.n);

it("tells what was and what comes, in order; who goes on by Last-Event-ID misses nothing and hears nothing twice", async () => {
  await happen(250);
  const first = await read("?from=0");
  expect(first.res.headers["content-type"]).toMatch(/^text\/event-stream/);
  await eventually(() => expect(numbersOf(first)).toHaveLength(250));
  await happen(3);
  await eventually(() => expect(numbersOf(first)).toHaveLength(253));
  first.res.destroy(); // killed anywhere
  await happen(5);
  const at = { authorization: `Bearer ${KEY}`, "last-event-id": String(first.heard.at(-1)!.position) };
  const second = await read("?from=0", at);
  await eventually(() => expect(numbersOf(second)).toHaveLength(5));
  const all = [...numbersOf(first), ...numbersOf(second)];
  expect(all).toEqual(Array.from({ length: 258 }, (_, i) => i + 1));
});

it("tells only the kinds that are asked for", async () => {
  const reader = await read("?from=0&types=member.removed");
  await eventually(() => expect(reader.heard.length).toBeGreaterThan(100));
  expect(new Set(reader.heard.map(({ type }) => type))).toEqual(new Set(["member.removed"]));
});

const lies: [string, string, Record<string, string>, number, string][] = [
  ["a position beyond the end", "?from=999999", {}, 400, "BAD_REQUEST"],
  ["a Last-Event-ID beyond the end", "", { "last-event-id": "999999" }, 400, "BAD_REQUEST"],
  ["a Last-Event-ID that is none", "", { "last-event-id": "abc" }, 400, "BAD_REQUEST"],
  ["a negative one", "", { "last-event-id": "-1" }, 400, "BAD_REQUEST"],
  ["one that no number holds", "", { "last-event-id": "9".repeat(40) }, 400, "BAD_REQUEST"],
  ["a kind that is none", "?types=message.sung", {}, 400, "BAD_REQUEST"],
  ["a key that is none", "", { authorization: `Bearer ${KEY}x` }, 401, "AUTH_INVALID"],
];
it.each(lies)("refuses %s", async (_what, query, headers, status, code) => {
  const reader = await read(query, { authorization: `Bearer ${KEY}`, ...headers });
  await eventually(() => expect(reader.text()).toContain(code));
  expect(reader.status).toBe(status);
});

it("gives pages of several kinds, named with commas or one by one", async () => {
  for (const types of ["types=member.added,member.removed", "types=member.added&types=member.removed"]) {
    const { body } = await request(system.url, "GET", `/admin/facts?from=0&limit=4&${types}`, { token: KEY });
    expect(body.data).toMatchObject({ facts: [{ position: 1 }, {}, {}, {}], position: 4, first: 1 });
  }
});

it("tells of people as they are when it is told, with their key in the product, and without their address", async () => {
  const { body } = await request(system.url, "PUT", "/admin/users/external/shop-7", {
    token: KEY,
    body: { username: "Ada", email: "ada@example.org" },
  });
  const { user_id } = body.data as { user_id: number };
  await request(system.url, "PATCH", `/admin/users/${user_id}`, { token: KEY, body: { username: "Ada L" } });
  const page = async () => {
    const { body } = await request(
      system.url,
      "GET",
      "/admin/facts?from=0&types=user.created,user.updated,user.deleted",
      {
        token: KEY,
      },
    );
    return (body.data as { facts: Heard[] }).facts;
  };
  await eventually(async () =>
    expect((await page()).map(({ type }) => type)).toEqual(["user.created", "user.updated"]),
  );
  const [made, changed] = await page();
  const user = { user_id, username: "Ada L", external_id: "shop-7", status: "active" };
  expect(made?.data).toMatchObject({ userId: user_id, user });
  expect(changed?.data).toMatchObject({ userId: user_id, user, fields: ["username"] });
  expect(JSON.stringify(await page())).not.toContain("ada@example.org");
  await request(system.url, "DELETE", `/admin/users/${user_id}`, { token: KEY });
  await eventually(async () => expect((await page()).map(({ type }) => type)).toContain("user.deleted"));
  expect(JSON.stringify(await page())).not.toMatch(/Ada|shop-7/);
});

it("is closed to who is no admin", async () => {
  const { token } = await register(system.url, "Nobody");
  const reader = await read("", { authorization: `Bearer ${token}` });
  expect(reader.status).toBe(403);
  const page = await request(system.url, "GET", "/admin/facts", { token });
  expect(page.status).toBe(403);
});

it("the client for servers reads them, and goes on behind the last that it was given", async () => {
  const server = createChatServer({ url: system.url, key: KEY });
  const take = async (after: number, count: number): Promise<number[]> => {
    const positions: number[] = [];
    for await (const { position } of server.facts({ after })) if (positions.push(position) === count) break;
    return positions;
  };
  await happen(3);
  const [first = 0, ...more] = await take(0, 3);
  expect(more).toEqual([first + 1, first + 2]);
  expect(await take(first, 2)).toEqual(more);
  await expect(take(1_000_000, 1)).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

it("ends when the session of its reader ends", async () => {
  const admin = await register(system.url, "Admin");
  await call(
    system.broker,
    "users.grantRole",
    { id: admin.id, role: "admin" },
    { meta: { caller: (await import("../../contracts/caller")).operator } },
  );
  const { body } = await request(system.url, "POST", "/auth/login", {
    body: { email: admin.email, password: admin.password },
  });
  const { accessToken: token } = body.data as { accessToken: string };
  const reader = await read("?from=0", { authorization: `Bearer ${token}` });
  await eventually(() => expect(reader.heard.length).toBeGreaterThan(0));
  await request(system.url, "POST", "/auth/logout-all", { token });
  await happen(1);
  await eventually(() => expect(reader.ended()).toBe(true));
  expect(reader.text()).toContain("AUTH_INVALID");
});
