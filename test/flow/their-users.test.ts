/** People of another product: its own access tokens open REST and sockets, and close them again. */
import { randomUUID } from "node:crypto";
import { type ErrorCode } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { operator } from "../../contracts/caller";
import { Client, register, request } from "../support/client";
import { Provider } from "../support/issuer";
import { startSystem, type System } from "../support/system";

let provider: Provider;
let other: Provider;
let system: System;
const clients: Client[] = [];

beforeAll(async () => {
  provider = await Provider.start();
  other = await Provider.start("https://other.example");
  const TRUSTED_ISSUERS = JSON.stringify([provider.entry(), other.entry()]);
  const ADMIN_EMAIL = "admin@example.org";
  system = await startSystem({
    env: { ADMIN_EMAIL, TRUSTED_ISSUERS },
  });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await system?.stop();
  await provider?.stop();
  await other?.stop();
});

const subject = () => ({ sub: randomUUID(), name: "Ada Lovelace" });
const connect = async (token: string): Promise<Client> => {
  const client = await Client.connect(system.url, token);
  clients.push(client);
  return client;
};
const ask = async (token: string, method: string, path: string, body?: unknown) =>
  request(system.url, method, path, { token, ...(body === undefined ? {} : { body }) });
const me = async (token: string) => (await ask(token, "GET", "/users/me")).body.data;
const codeOf = async (token: string, method = "GET", path = "/users/me", body?: unknown): Promise<ErrorCode | "ok"> =>
  (await ask(token, method, path, body)).body.error?.code ?? "ok";
const asOperator = (name: "users.ban" | "users.unban" | "users.delete" | "users.revokeAll", id: number) =>
  call(system.broker, name, { id }, { meta: { caller: operator } });

describe("who comes with a token of a trusted issuer", () => {
  test("has an account from then on, over REST and sockets, and talks with everybody else", async () => {
    const token = await provider.token(subject());
    const ada = await me(token);
    expect(ada).toMatchObject({ username: "Ada Lovelace", email: "", roles: ["user"] });
    const here = await register(system.url);
    const socket = await connect(token);
    const conversation = await socket.ok("conversation:create", {
      type: "group",
      name: "Two",
      participantIds: [here.id],
    });
    const theirs = await connect(here.token);
    await socket.ok("message:send", { conversationId: conversation._id, content: "hello" });
    expect(await theirs.next("message:created")).toMatchObject({ sender_id: ada.user_id });
  });

  test("is the same with the next token, and two issuers' people never are", async () => {
    const who = subject();
    const first = await me(await provider.token(who));
    const next = await me(await provider.token({ ...who, name: "Ada King", jti: "2" }));
    expect(next).toMatchObject({ user_id: first.user_id, username: "Ada King" });
    expect((await me(await other.token(who))).user_id).not.toBe(first.user_id);
  });

  test("is one account, however many requests bring the person first", async () => {
    const who = subject();
    const tokens = await Promise.all(Array.from({ length: 8 }, (_, i) => provider.token({ ...who, jti: String(i) })));
    const ids = await Promise.all(tokens.map(async (token) => (await me(token)).user_id));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toBeGreaterThan(0);
  });

  test("gets a name where the token has none that can be one", async () => {
    for (const name of [undefined, "", "x", "\u202e\u202e", "deleted user", 7])
      expect((await me(await provider.token({ sub: randomUUID(), name }))).username).toMatch(/^user-[0-9a-f]{8}$/);
    expect((await me(await provider.token({ sub: randomUUID(), name: "n".repeat(99) }))).username).toHaveLength(40);
  });

  test("takes over no account by its address, verified or not", async () => {
    const here = await register(system.url);
    const claims = { sub: randomUUID(), email: here.email.toUpperCase(), email_verified: true };
    const there = await me(await provider.token(claims));
    expect(there.user_id).not.toBe(here.id);
    expect(there.email).toBe("");
    expect((await me(here.token)).email).toBe(here.email);
  });

  test("has an address that nobody has, where the issuer verified it", async () => {
    const email = `${randomUUID()}@example.org`;
    expect(await me(await provider.token({ sub: randomUUID(), email }))).toMatchObject({ email: "" });
    const verified = await provider.token({ sub: randomUUID(), email, email_verified: true });
    expect(await me(verified)).toMatchObject({ email, email_verified: true });
  });

  test("is shown no picture that a browser would run, or that is a file of ours", async () => {
    const shown = async (picture: string) =>
      (await me(await provider.token({ sub: randomUUID(), picture }))).avatar_url;
    expect(await shown("https://x.test/a.png")).toBe("https://x.test/a.png");
    for (const picture of ["javascript:alert(1)", "/files/0123456789abcdef01234567", "//x.test/a", ""])
      expect(await shown(picture)).toBeNull();
  });

  test("has no role that the token claims, and one that an admin gave", async () => {
    const token = await provider.token({ ...subject(), roles: ["admin"], typ: "access", sid: "s" });
    const { user_id } = await me(token);
    expect(await codeOf(token, "GET", "/users")).toBe("FORBIDDEN");
    await call(system.broker, "users.grantRole", { id: user_id, role: "admin" }, { meta: { caller: operator } });
    expect(await codeOf(token, "GET", "/users")).toBe("ok");
    await call(system.broker, "users.revokeRole", { id: user_id, role: "admin" }, { meta: { caller: operator } });
    expect(await codeOf(token, "GET", "/users")).toBe("FORBIDDEN");
  });

  test("makes no API token that would outlive the product's word", async () => {
    const token = await provider.token(subject());
    const wanted = { name: "script", scopes: ["chat:read"] };
    expect(await codeOf(token, "POST", "/auth/tokens", wanted)).toBe("FORBIDDEN");
    expect(await codeOf(token, "POST", "/auth/password", { current: "x", next: "a long walk by the river" })).toBe(
      "FORBIDDEN",
    );
  });
});

describe("who is shut out", () => {
  test("by a ban hears it on the socket, and comes in with no token, old or new", async () => {
    const who = subject();
    const token = await provider.token(who);
    const socket = await connect(token);
    const { user_id } = await me(token);
    const gone = socket.disconnected();
    await asOperator("users.ban", user_id);
    await gone;
    for (const again of [token, await provider.token({ ...who, jti: "new" })]) {
      expect(await codeOf(again)).toBe("AUTH_INVALID");
      await expect(connect(again)).rejects.toMatchObject({ data: { code: "AUTH_INVALID" } });
    }
  });

  test("comes back after the ban with a fresh token only", async () => {
    const who = subject();
    const token = await provider.token(who);
    const { user_id } = await me(token);
    const unseen = await provider.token({ ...who, jti: "unseen", iat: Math.floor(Date.now() / 1000) - 5 });
    await asOperator("users.ban", user_id);
    await asOperator("users.unban", user_id);
    expect(await codeOf(token)).toBe("AUTH_INVALID");
    expect(await codeOf(unseen)).toBe("AUTH_INVALID");
    const later = Math.floor(Date.now() / 1000) + 2;
    expect(await codeOf(await provider.token({ ...who, jti: "fresh", iat: later }))).toBe("ok");
  });

  test("ends a session for all tokens of it, and no other", async () => {
    const who = subject();
    const [a, b] = [await provider.token({ ...who, sid: "a" }), await provider.token({ ...who, sid: "b" })];
    expect(await codeOf(b)).toBe("ok");
    const { body } = await ask(a, "GET", "/auth/sessions");
    expect(body.data.map((s: any) => s.user_agent)).toEqual([provider.issuer, provider.issuer]);
    expect(await codeOf(a, "POST", "/auth/logout")).toBe("ok");
    expect(await codeOf(a)).toBe("AUTH_INVALID");
    expect(await codeOf(await provider.token({ ...who, sid: "a", jti: "next" }))).toBe("AUTH_INVALID");
    expect(await codeOf(b)).toBe("ok");
    expect(await codeOf(b, "POST", "/auth/logout-all")).toBe("ok");
    expect(await codeOf(b)).toBe("AUTH_INVALID");
  });

  test("by deletion leaves nothing behind; with a new token comes somebody new", async () => {
    const who = subject();
    const token = await provider.token(who);
    const { user_id } = await me(token);
    await asOperator("users.delete", user_id);
    expect(await codeOf(token)).toBe("AUTH_INVALID");
    const again = await me(await provider.token({ ...who, jti: "next" }));
    expect(again.user_id).not.toBe(user_id);
  });
});

describe("a socket", () => {
  test("is renewed with the next token of the same person, and with nobody else's", async () => {
    const who = subject();
    const socket = await connect(await provider.token(who));
    expect(await socket.send("auth:renew", { token: await provider.token({ ...who, jti: "2" }) })).toMatchObject({
      ok: true,
    });
    for (const token of [await provider.token(subject()), await other.token(who), "eyJ.eyJ.x"])
      expect((await socket.send("auth:renew", { token })).error.code).toBe("AUTH_INVALID");
  });

  test("with a token of nobody we trust is refused", async () => {
    const stranger = await Provider.start("https://stranger.example");
    await expect(connect(await stranger.token())).rejects.toMatchObject({ data: { code: "AUTH_INVALID" } });
    await stranger.stop();
  });
});

test("while no keys can be had, known ones go on, and our own tokens feel nothing", async () => {
  const here = await register(system.url);
  other.behaves = () => undefined;
  const [known, unknown] = [await other.token(subject()), await other.token(subject(), { kid: "unheard-of" })];
  const begun = performance.now();
  const [a, b, c] = await Promise.all([codeOf(known), codeOf(unknown), codeOf(here.token)]);
  expect([a, c]).toEqual(["ok", "ok"]);
  expect(["UNAVAILABLE", "AUTH_INVALID"]).toContain(b);
  expect(performance.now() - begun).toBeLessThan(60_000); // seconds, on a machine that has other things to do
});
