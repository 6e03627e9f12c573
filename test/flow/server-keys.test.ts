/** A server key: keeps users of another system, makes their tokens, and speaks for them; and nothing that looks like it. */
import { createChatServer } from "../../client/src";
import { actions } from "../../contracts/actions";
import { operator } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { type Route, routes } from "../../contracts/routes";
import { isForServers } from "../../contracts/scopes";
import { call } from "../../platform/bus";
import { serverOf } from "../../platform/server-keys";
import { type Account, Client, register, request } from "../support/client";
import { serverKeys } from "../support/leaks";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

const KEY = "k3y-of-the-shop_0123456789abcdefghijklmnop";
const OTHER = "another-key-of-the-shop_0123456789abcdefg";
for (const key of [KEY, OTHER]) serverKeys.add(key);
let system: System;
let admin: Account;
const clients: Client[] = [];

beforeAll(async () => {
  system = await startSystem({
    env: {
      DATA_DIR: await readyDataDir(),
      SERVER_KEYS: `${KEY}, ${OTHER}`,
      RATE_LIMIT: "50",
      RATE_LIMIT_WINDOW: "1m",
    },
  });
  admin = await register(system.url, "Admin");
  await call(system.broker, "users.grantRole", { id: admin.id, role: "admin" }, { meta: { caller: operator } });
  const { body } = await ask("POST", "/auth/login", { email: admin.email, password: admin.password }, {});
  admin = { ...admin, token: body.data.accessToken };
});
afterAll(async () => {
  for (const client of clients) client.close();
  await system?.stop();
});

const ask = (
  method: string,
  path: string,
  body?: unknown,
  { authorization, ...headers }: Record<string, string> = asServer(),
) =>
  request(system.url, method, path, {
    headers,
    ...(authorization === undefined ? {} : { token: authorization.replace("Bearer ", "") }),
    ...(body === undefined ? {} : { body }),
  });
const asServer = (behalf?: string | number, key = KEY): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  ...(behalf === undefined ? {} : { "on-behalf-of": String(behalf) }),
});
const asUser = (token: string) => ({ authorization: `Bearer ${token}` });
const data = async (...args: Parameters<typeof ask>) => {
  const { body } = await ask(...args);
  if (!body.ok) throw new Error(JSON.stringify(body.error));
  return body.data;
};
const codeOf = async (...args: Parameters<typeof ask>): Promise<string> =>
  (await ask(...args)).body.error?.code ?? "ok";
const connect = async (token: string): Promise<Client> => {
  const client = await Client.connect(system.url, token);
  clients.push(client);
  return client;
};
let made = 0;
const someone = () => data("POST", "/admin/users", { external_id: `u-${++made}`, username: `User ${made}` });

describe("a server keeps its users here", () => {
  test("makes, finds, lists, changes and deletes them by its own ids", async () => {
    const ada = await data("POST", "/admin/users", {
      external_id: "shop/42?x=1",
      username: "Ada",
      email: "ada@shop.example",
      email_verified: true,
    });
    expect(ada).toMatchObject({ external_id: "shop/42?x=1", email: "ada@shop.example", email_verified: true });
    const path = `/admin/users/external/${encodeURIComponent("shop/42?x=1")}`;
    expect(await data("GET", path)).toEqual(ada);
    expect((await data("GET", "/admin/users?external_ids=shop/42%3Fx%3D1"))[0]).toMatchObject(ada);
    expect((await data("GET", "/admin/users?email=ADA@shop.example"))[0]).toMatchObject(ada);
    expect(await data("PATCH", `/admin/users/${ada.user_id}`, { email: "new@shop.example" })).toMatchObject({
      username: "Ada",
      email: "new@shop.example",
      email_verified: false,
    });
    expect(await data("DELETE", `/admin/users/${ada.user_id}`)).toEqual({});
    expect(await codeOf("GET", path)).toBe("NOTFOUND");
  });

  test("says the same twice, and there is one account, up to date", async () => {
    const path = "/admin/users/external/twice";
    const first = await data("PUT", path, { username: "Before" });
    const now = { username: "After", avatar_url: "https://x.test/a.png", custom: { plan: "gold" } };
    expect(await data("PUT", path, now)).toMatchObject({ user_id: first.user_id, ...now });
  });

  test("takes no id or address that is another account's", async () => {
    const here = await register(system.url);
    const { user_id } = await someone();
    expect(await codeOf("POST", "/admin/users", { external_id: `u-${made}`, username: "Twin" })).toBe("CONFLICT");
    expect(await codeOf("POST", "/admin/users", { username: "Twin", email: here.email.toUpperCase() })).toBe(
      "CONFLICT",
    );
    expect(await codeOf("PATCH", `/admin/users/${user_id}`, { email: here.email })).toBe("CONFLICT");
    expect(await codeOf("PUT", "/admin/users/external/new", { username: "X", email: here.email })).toBe("BAD_REQUEST");
    expect(await codeOf("PUT", "/admin/users/external/new", { username: "Xy", email: here.email })).toBe("CONFLICT");
    expect(await codeOf("GET", "/admin/users/external/new")).toBe("NOTFOUND");
  });

  test("verifies no address by word alone where there is none", async () => {
    const { user_id } = await someone();
    expect(await data("PATCH", `/admin/users/${user_id}`, { email_verified: true })).toMatchObject({
      email_verified: false,
    });
  });

  test("an admin makes accounts, but takes over none: no address, no external_id, no token", async () => {
    const as = asUser(admin.token);
    const victim = await register(system.url);
    expect(await codeOf("POST", "/admin/users", { username: "By an admin" }, as)).toBe("ok");
    expect(await codeOf("PATCH", `/admin/users/${victim.id}`, { username: "Renamed" }, as)).toBe("ok");
    for (const change of [
      { email: "evil@example.org" },
      { email: null },
      { external_id: "mine" },
      { email_verified: true },
    ])
      expect(await codeOf("PATCH", `/admin/users/${victim.id}`, change, as)).toBe("FORBIDDEN");
    expect(await codeOf("POST", `/admin/users/${victim.id}/tokens`, {}, as)).toBe("FORBIDDEN");
  });
});

describe("tokens that a server makes", () => {
  test("open REST and sockets, are renewed, and end with their session", async () => {
    const { user_id } = await someone();
    const minted = await data("POST", `/admin/users/${user_id}/tokens`);
    expect(minted.user).toMatchObject({ user_id, roles: ["user"] });
    const socket = await connect(minted.accessToken);
    const renewed = await data("POST", "/auth/refresh", { refreshToken: minted.refreshToken }, {});
    expect(await codeOf("GET", "/users/me", undefined, asUser(renewed.accessToken))).toBe("ok");
    const [session] = await data("GET", `/admin/users/${user_id}/sessions`);
    const gone = socket.disconnected();
    expect(await data("DELETE", `/admin/users/${user_id}/tokens/${session.id}`)).toEqual({});
    await gone;
    expect(await codeOf("GET", "/users/me", undefined, asUser(renewed.accessToken))).toBe("AUTH_INVALID");
    expect(await codeOf("DELETE", `/admin/users/${user_id}/tokens/${session.id}`)).toBe("NOTFOUND");
  });

  test("end all at once", async () => {
    const { user_id } = await someone();
    const tokens = [
      await data("POST", `/admin/users/${user_id}/tokens`),
      await data("POST", `/admin/users/${user_id}/tokens`),
    ];
    await data("DELETE", `/admin/users/${user_id}/tokens`);
    for (const { accessToken } of tokens)
      expect(await codeOf("GET", "/users/me", undefined, asUser(accessToken))).toBe("AUTH_INVALID");
  });

  test("are made for nobody who is banned, deleted or unknown", async () => {
    const [banned, deleted] = [await someone(), await someone()];
    await data("POST", `/users/${banned.user_id}/ban`);
    await data("DELETE", `/admin/users/${deleted.user_id}`);
    expect(await codeOf("POST", `/admin/users/${banned.user_id}/tokens`)).toBe("FORBIDDEN");
    expect(await codeOf("POST", `/admin/users/${deleted.user_id}/tokens`)).toBe("NOTFOUND");
    expect(await codeOf("POST", "/admin/users/999999/tokens")).toBe("NOTFOUND");
  });
});

describe("from a server of one's own, by the client", () => {
  const server = () => createChatServer({ url: system.url, key: KEY });
  test("users are kept, signed in and spoken for", async () => {
    const [ann, bob] = [
      await server().putUser("sdk/ann", { username: "Ann" }),
      await server().putUser("sdk/bob", { username: "Bob" }),
    ];
    expect(await server().findUser("sdk/ann")).toEqual(ann);
    await server().changeUser(bob.user_id, { username: "Robert" });
    expect((await server().signIn(bob.user_id)).user.username).toBe("Robert");
    const body = { type: "group", name: "Two", participantIds: [bob.user_id] };
    const group = await server().ask<any>({ external_id: "sdk/ann" }, "POST", "/conversations", body);
    expect(group.participants).toEqual([ann.user_id, bob.user_id]);
    await server().signOut(bob.user_id);
    await server().deleteUser(bob.user_id);
    await expect(server().findUser("sdk/bob")).rejects.toMatchObject({ code: "NOTFOUND" });
  });
  test("a wrong key is told as what it is", async () => {
    const stranger = createChatServer({ url: system.url, key: "x".repeat(40) });
    await expect(stranger.putUser("x", { username: "Xy" })).rejects.toMatchObject({ code: "AUTH_INVALID" });
  });
});

describe("a server that speaks for a user", () => {
  test("sends as that user, named by id or by external_id, and others see nothing else", async () => {
    const [a, b] = [await someone(), await someone()];
    await data("PATCH", `/admin/users/${a.user_id}`, { external_id: "größe/1 |x" });
    const group = await data(
      "POST",
      "/conversations",
      { type: "group", name: "Order", participantIds: [b.user_id] },
      asServer(a.user_id),
    );
    const { accessToken } = await data("POST", `/admin/users/${b.user_id}/tokens`);
    const socket = await connect(accessToken);
    const external = asServer(`external:${encodeURIComponent("größe/1 |x")}`);
    await data("POST", `/conversations/${group._id}/messages`, { content: "hello" }, external);
    expect(await socket.next("message:created")).toMatchObject({ sender_id: a.user_id, content: "hello" });
  });

  test("may what that user may, and no more", async () => {
    const { user_id } = await someone();
    const other = await someone();
    expect(await codeOf("GET", "/users/me", undefined, asServer(user_id))).toBe("ok");
    expect(await codeOf("GET", "/admin/users", undefined, asServer(user_id))).toBe("FORBIDDEN");
    expect(await codeOf("POST", `/admin/users/${other.user_id}/tokens`, {}, asServer(user_id))).toBe("FORBIDDEN");
    expect(await codeOf("PATCH", `/users/${other.user_id}`, { username: "Xy" }, asServer(user_id))).toBe("FORBIDDEN");
    expect(await codeOf("POST", "/auth/tokens", { name: "x", scopes: ["chat:read"] }, asServer(user_id))).toBe(
      "FORBIDDEN",
    );
    expect(await codeOf("POST", `/admin/users/${user_id}/tokens`, {}, asServer(admin.id))).toBe("FORBIDDEN");
  });

  test.each(["0", "-1", "1e3", "x", "external:", "external:%E0%A4%A", "me", "9".repeat(30)])(
    "names one as %p, which is BAD_REQUEST",
    async (behalf) => expect(await codeOf("GET", "/users/me", undefined, asServer(behalf))).toBe("BAD_REQUEST"),
  );

  test("for somebody unknown is NOTFOUND, for somebody banned FORBIDDEN", async () => {
    const { user_id } = await someone();
    await data("POST", `/users/${user_id}/ban`);
    expect(await codeOf("GET", "/users/me", undefined, asServer(user_id))).toBe("FORBIDDEN");
    for (const behalf of [999_999, "external:nobody"])
      expect(await codeOf("GET", "/users/me", undefined, asServer(behalf))).toBe("NOTFOUND");
  });

  test("pays from its own budget, not from the user's", async () => {
    const { user_id } = await someone();
    const codes = [];
    for (let i = 0; i < 60; i += 1) codes.push(await codeOf("GET", "/users/me", undefined, asServer(user_id)));
    expect(new Set(codes)).toEqual(new Set(["ok"]));
  });

  test("no user's token does: On-Behalf-Of is refused, and not passed over", async () => {
    const { accessToken } = await data("POST", `/admin/users/${(await someone()).user_id}/tokens`);
    for (const token of [accessToken, admin.token])
      expect(await codeOf("GET", "/users/me", undefined, { ...asUser(token), "on-behalf-of": "1" })).toBe("FORBIDDEN");
  });
});

/** With an id that fits wherever one is asked for. */
const pathOf = ({ path }: Route): string =>
  path.replace(/:(\w+)/g, (_, name: string) => (name === "userId" || path.startsWith("/users") ? "1" : "0".repeat(24)));
const forUsers = routes.filter(({ action }) => actions[action].access === "user" && !isForServers(action));

test(`a server for nobody does none of the ${forUsers.length} things that users do`, async () => {
  const odd = [];
  for (const route of forUsers) {
    const { body } = await ask(route.method, pathOf(route), route.method === "GET" || route.form ? undefined : {});
    if (body?.error?.code !== "BAD_REQUEST" || body.error.details?.[0]?.field !== "On-Behalf-Of")
      odd.push(`${route.method} ${route.path}: ${JSON.stringify(body?.error ?? body).slice(0, 200)}`);
  }
  expect(odd).toEqual([]);
});

describe("what is no server key", () => {
  test.each([
    ["nothing", ""],
    ["a part of it", KEY.slice(0, -1)],
    ["one letter more", `${KEY}x`],
    ["another case", KEY.toUpperCase()],
    ["two at once", `${KEY},${OTHER}`],
    ["its digest", serverDigest()],
    ["made up", "x".repeat(40)],
    ["a megabyte of nothing", "x".repeat(8_000)],
  ])("%s opens nothing", async (_name, key) => {
    expect(await codeOf("GET", "/admin/users", undefined, asServer(undefined, key))).toBe("AUTH_INVALID");
    expect(await codeOf("GET", "/users/me", undefined, asServer(admin.id, key))).not.toBe("ok");
  });
  test("a key opens no socket: a socket is somebody's", async () => {
    await expect(connect(KEY)).rejects.toMatchObject({ data: { code: "AUTH_INVALID" } });
  });
  test("each key that is set is one", async () => {
    expect(await codeOf("GET", "/admin/users", undefined, asServer(undefined, OTHER))).toBe("ok");
  });
});

function serverDigest(): string {
  return readEnv({ SERVER_KEYS: KEY }).SERVER_KEYS[0] ?? "";
}

describe("the variable", () => {
  test("is kept as digests alone", () => {
    const env = readEnv({ SERVER_KEYS: `${KEY},${KEY}` });
    expect(env.SERVER_KEYS).toHaveLength(1);
    expect(JSON.stringify(env)).not.toContain(KEY);
    expect(serverOf(env, KEY)?.sessionId).toMatch(/^server-[0-9a-f]{8}$/);
    expect(serverOf(readEnv({}), KEY)).toBeUndefined();
  });
  test.each(["short", `${KEY},short`, `${KEY}.x`, "ä".repeat(40)])("%s is refused and not repeated", (value) => {
    expect(() => readEnv({ SERVER_KEYS: value })).toThrow(/^SERVER_KEYS: /);
    expect(() => readEnv({ SERVER_KEYS: value })).not.toThrow(value);
  });
});
