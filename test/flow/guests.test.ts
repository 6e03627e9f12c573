/** Guests: a name, one conversation, a lifetime; and nothing outside. */
import { type ActionName, actions } from "../../contracts/actions";
import { operator } from "../../contracts/caller";
import { isForGuests } from "../../contracts/guests";
import { type Route, routes } from "../../contracts/routes";
import { call } from "../../platform/bus";
import { tokensOf } from "../../platform/tokens";
import { endGuests } from "../../services/users/guests";
import { contextOf } from "../../services/users/context";
import { createChatServer } from "../../client/src";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

const KEY = "the-key-of-the-shop-0123456789abcdef";
let system: System;
let host: Account;
let stranger: Account;
let group: string;
const clients: Client[] = [];

beforeAll(async () => {
  system = await startSystem({
    env: { SERVER_KEYS: KEY, REGISTRATION: "open" },
  });
  [host, stranger] = [await register(system.url, "Host"), await register(system.url, "Stranger")];
  const body = { type: "group", name: "Desk", participantIds: [] };
  group = (await request(system.url, "POST", "/conversations", { token: host.token, body })).body.data._id;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await system?.stop();
});

const server = () => createChatServer({ url: system.url, key: KEY });
const guest = (more: object = {}): Promise<any> =>
  server().ask(host.id, "POST", `/conversations/${group}/guests`, { username: "Visitor", ...more });
const ask = (token: string, method: string, path: string, body?: unknown) =>
  request(system.url, method, path, { token, ...(body === undefined ? {} : { body }) });
const codeOf = async (...args: Parameters<typeof ask>): Promise<string> =>
  (await ask(...args)).body.error?.code ?? "ok";
const connect = async (token: string): Promise<Client> => {
  const client = await Client.connect(system.url, token);
  clients.push(client);
  return client;
};

describe("a guest", () => {
  test("talks in the one conversation, over sockets and REST", async () => {
    const { accessToken, user } = await guest();
    const [visitor, hosting] = [await connect(accessToken), await connect(host.token)];
    await visitor.ok("message:send", { conversationId: group, content: "is anybody there?" });
    await hosting.next("message:created", ({ sender_id }: any) => sender_id === user.user_id);
    expect(await codeOf(accessToken, "GET", `/conversations/${group}/messages`)).toBe("ok");
    expect((await ask(accessToken, "GET", "/conversations")).body.data.map((c: any) => c._id)).toEqual([group]);
  });

  test("sees the people of that conversation, and nobody else", async () => {
    const { accessToken } = await guest();
    expect((await ask(accessToken, "GET", `/users/${host.id}`)).body.data.username).toBe("Host");
    expect(await codeOf(accessToken, "GET", `/users/${stranger.id}`)).toBe("NOTFOUND");
    const { body } = await ask(accessToken, "POST", "/users/batch", { ids: [host.id, stranger.id] });
    expect(body.data.map((user: any) => user.user_id)).toEqual([host.id]);
    expect(await codeOf(accessToken, "GET", "/users/search?q=stranger")).toBe("FORBIDDEN");
  });

  test("is found by no search, and can be brought into nothing else", async () => {
    const { user } = await guest({ username: "Findling" });
    expect((await ask(stranger.token, "GET", "/users/search?q=findling")).body.data).toEqual([]);
    const into = (body: object) => codeOf(stranger.token, "POST", "/conversations", body);
    expect(await into({ type: "private", participantIds: [user.user_id] })).not.toBe("ok");
    expect(await into({ type: "group", name: "Trap", participantIds: [user.user_id] })).not.toBe("ok");
    const own = await ask(stranger.token, "POST", "/conversations", {
      type: "group",
      name: "Trap",
      participantIds: [],
    });
    const path = `/conversations/${own.body.data._id}/members`;
    expect(await codeOf(stranger.token, "POST", path, { userId: user.user_id })).toBe("NOTFOUND");
  });

  test("is one on behalf of whom a server can do no more either", async () => {
    const { user } = await guest();
    await expect(server().ask(user.user_id, "POST", "/conversations", { type: "group", name: "x", participantIds: [] }))
      .rejects.toMatchObject({ code: "FORBIDDEN" }); // prettier-ignore
  });

  test("stays one when its tokens are renewed", async () => {
    const { refreshToken } = await guest();
    const { body } = await request(system.url, "POST", "/auth/refresh", { body: { refreshToken } });
    expect(tokensOf(system.broker).verifyAccess(body.data.accessToken).caller.guestOf).toBe(group);
    expect(await codeOf(body.data.accessToken, "GET", "/users/search?q=host")).toBe("FORBIDDEN");
  });
});

/** With an id that fits wherever one is asked for. */
const pathOf = ({ path }: Route): string =>
  path.replace(/:(\w+)/g, (_, name: string) => (name === "userId" || path.startsWith("/users") ? "1" : "0".repeat(24)));
const closed = routes.filter(({ action }) => actions[action].access !== "anyone" && !isForGuests(action));

test(`a guest does none of the ${closed.length} things that are not a guest's`, async () => {
  const { accessToken } = await guest();
  const odd: string[] = [];
  for (const route of closed) {
    // Where one query is answered by another action, that one is asked for itself.
    const { status } = await ask(
      accessToken,
      route.method,
      pathOf(route),
      route.method === "GET" || route.form ? undefined : exampleOf(route.action),
    );
    if (status !== 403 && status !== 400) odd.push(`${route.method} ${route.path}: ${status}`);
  }
  expect(odd).toEqual([]);
  const caller = tokensOf(system.broker).verifyAccess(accessToken).caller;
  for (const { action } of closed)
    await expect(call(system.broker, action, exampleOf(action) as never, { meta: { caller } })).rejects.toBeDefined();
});

function exampleOf(action: ActionName): object {
  const fields = Object.entries(actions[action].params.fields ?? {});
  return Object.fromEntries(fields.map(([name]) => [name, /Ids?$/i.test(name) ? group : "x"]));
}

describe("a guest's time", () => {
  const users = () => contextOf(system.broker.getLocalService("users"));

  test("ends its tokens and its sessions, however long they would live", async () => {
    const { user, refreshToken } = await guest({ expiresInHours: 1 });
    const context = users();
    const [row] = (await context.db.work((tx) =>
      context.Session.findAll({ where: { user_id: user.user_id }, transaction: tx, raw: true }),
    )) as unknown as [{ expired_at: Date; created_at: Date }];
    expect(row.expired_at.getTime() - row.created_at.getTime()).toBeLessThanOrEqual(3_600_000);
    const soon = { guest_until: new Date(Date.now() + 60_000) };
    await context.db.work((tx) => context.User.update(soon, { where: { user_id: user.user_id }, transaction: tx }));
    const { body } = await request(system.url, "POST", "/auth/refresh", { body: { refreshToken } });
    expect(tokensOf(system.broker).verifyAccess(body.data.accessToken).expiresAt).toBeLessThanOrEqual(
      soon.guest_until.getTime(),
    );
  });

  test("over, it comes in by nothing, and is shown as gone; its words keep its name", async () => {
    const { user, accessToken } = await guest({ username: "Brief" });
    const socket = await connect(accessToken);
    await socket.ok("message:send", { conversationId: group, content: "I was here" });
    const context = users();
    const where = { user_id: user.user_id };
    const over = { guest_until: new Date(Date.now() - 1000) };
    await context.db.work((tx) => context.User.update(over, { where, transaction: tx }));
    await expect(server().signIn(user.user_id)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(server().ask(user.user_id, "GET", "/users/me")).rejects.toMatchObject({ code: "FORBIDDEN" });
    await endGuests(context);
    await eventually(async () =>
      expect((await ask(host.token, "GET", `/users/${user.user_id}`)).body.data).toMatchObject({
        username: "Brief",
        status: "deactivated",
      }),
    );
  });
});

describe("a guest is not made", () => {
  const code = async (path: string, headers: Record<string, string>, body: object = { username: "Xy" }) =>
    (await request(system.url, "POST", path, { headers, body })).body.error?.code ?? "ok";
  const key = (behalf: number) => ({ authorization: `Bearer ${KEY}`, "on-behalf-of": String(behalf) });
  const bearer = ({ token }: Account) => ({ authorization: `Bearer ${token}` });
  const count = async () =>
    call(system.broker, "users.list", { limit: 100, status: "active" } as never, { meta: { caller: operator } });

  test("by who is no admin, or for somebody who may not add members; and nobody is left over", async () => {
    const before = (await count()).length;
    expect(await code(`/conversations/${group}/guests`, bearer(host))).toBe("FORBIDDEN");
    expect(await code(`/conversations/${group}/guests`, key(stranger.id))).not.toBe("ok");
    expect(await code(`/conversations/${"0".repeat(24)}/guests`, key(host.id))).toBe("NOTFOUND");
    expect(await code(`/conversations/${group}/guests`, { authorization: `Bearer ${KEY}` })).toBe("BAD_REQUEST");
    const { accessToken } = await guest();
    expect(await codeOf(accessToken, "POST", `/conversations/${group}/guests`, { username: "Xy" })).toBe("FORBIDDEN");
    expect((await count()).length).toBe(before + 1);
  });

  test.each([
    { username: "x" },
    { username: "deleted user" },
    { username: "Xy", expiresInHours: 0 },
    { expiresInHours: 1 },
  ])("with %j", async (body) =>
    expect(await code(`/conversations/${group}/guests`, key(host.id), body)).toBe("BAD_REQUEST"),
  );

  test("of a private conversation: that is of two", async () => {
    const body = { type: "private", participantIds: [stranger.id] };
    const { data } = (await ask(host.token, "POST", "/conversations", body)).body;
    expect(await code(`/conversations/${data._id}/guests`, key(host.id))).not.toBe("ok");
  });
});
