/** The door: who is let in, what may be said, and how it is answered. The chat behind it is a stand-in. */
import { type ServiceSchema } from "moleculer";
import { fail } from "../../contracts/errors";
import { tokensOf } from "../../platform/tokens";
import { Client, type ConnectError } from "../support/client";
import { startSystem, type System } from "../support/system";

const calls: { action: string; params: any; meta: any }[] = [];
const note = (ctx: any): any => {
  calls.push({ action: ctx.action.name.slice(5), params: ctx.params, meta: ctx.meta });
  return {};
};
const id = "0123456789abcdef01234567";
const foreign = "f".repeat(24);

const chat: ServiceSchema = {
  name: "chat",
  actions: {
    send: note,
    list: () => [],
    typing: note,
    presence: () => [],
    get: () => Promise.reject(fail("FORBIDDEN", "You are not in it.")),
    members: () => Promise.reject(new Error("/secret/path: stack")),
    join: (ctx: any) =>
      ctx.params.conversationId === foreign ? Promise.reject(fail("FORBIDDEN", "Not yours.")) : note(ctx),
    located: () => ({ gap: false }),
  },
};
let system: System;
const clients: Client[] = [];
const token = (userId = 1, over: object = {}, at = Date.now()): string =>
  tokensOf(system.broker).signAccess({ userId, sessionId: `s${userId}`, roles: ["user"], ...over }, at).token;
const connect = async (options: Parameters<typeof Client.connect>[2] = {}, by = token()): Promise<Client> => {
  const client = await Client.connect(system.url, by, { standIns: true, ...options });
  clients.push(client);
  return client;
};
const refusal = async (by: string | undefined, options = {}): Promise<ConnectError> => {
  const attempt = Client.connect(system.url, by, options);
  return attempt.then(
    (client) => (client.close(), Promise.reject(new Error("was let in"))),
    (error: ConnectError) => error,
  );
};

beforeAll(async () => {
  system = await startSystem({ env: { SERVICES: "api" }, extra: [chat] });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  calls.length = 0;
});
afterAll(() => system.stop());

describe("a handshake", () => {
  it.each(["/chat", "/notifications"] as const)("lets a verified user into %s", async (namespace) => {
    expect((await connect({ namespace })).socket.connected).toBe(true);
  });

  it("takes the token with the word Bearer, and from the Authorization header", async () => {
    await connect({}, `Bearer ${token()}`);
    for (const none of [undefined, null, ""])
      await connect({ auth: { token: none }, extraHeaders: { authorization: `Bearer ${token()}` } });
  });

  it.each([
    ["no token", () => undefined],
    ["a word", () => "nonsense"],
    ["an expired token", () => token(1, {}, Date.now() - 3_600_000)],
    [
      "a refresh token",
      () =>
        tokensOf(system.broker).signRefresh({
          userId: 1,
          sessionId: "s",
          generation: 1,
          issuedAt: Date.now(),
          expiresAt: Date.now() + 10_000,
        }),
    ],
  ])("is refused as AUTH_INVALID with %s", async (_name, by) => {
    const error = await refusal(by());
    expect(error.data).toMatchObject({ code: "AUTH_INVALID", message: error.message });
    expect(error.message).not.toBe("");
  });

  it("is refused with a token that is no string, or longer than any token", async () => {
    for (const odd of [5, { a: 1 }, ["x"], true, "x".repeat(8_193), "x".repeat(200_000)])
      expect((await refusal(undefined, { auth: { token: odd } })).data?.code).toBe("AUTH_INVALID");
  });

  it("is refused in other namespaces", async () => {
    await expect(Client.connect(system.url, token(), { namespace: "/" as never })).rejects.toThrow("Connect to");
    await expect(Client.connect(system.url, token(), { namespace: "/admin" as never })).rejects.toThrow("Invalid");
  });

  it.each(["websocket", "polling"])("from a foreign page is refused over %s", async (transport) => {
    const from = (origin: string): object => ({ transports: [transport], extraHeaders: { origin } });
    for (const origin of ["https://evil.test", "http://localhost:3000.evil.test", "http://localhost:300", "null"])
      await expect(Client.connect(system.url, token(), from(origin))).rejects.toThrow();
    await connect(from("http://localhost:3000"));
  });
});

describe("an event", () => {
  it("is answered by what its action answers", async () => {
    expect(await (await connect()).send("conversation:list", {})).toEqual({ ok: true, data: [] });
  });

  it("carries the caller of the handshake, whatever the payload says", async () => {
    await (await connect()).send("message:send", { conversationId: id, content: "x", sender_id: 2, userId: 3 });
    expect(calls[0]?.meta.caller).toEqual({ userId: 1, sessionId: "s1", roles: ["user"] });
  });

  it("gives a message without a key one of its own, and keeps one that has", async () => {
    const client = await connect();
    await client.send("message:send", { conversationId: id, content: "x" });
    await client.send("message:send", { conversationId: id, content: "x", clientId: null });
    await client.send("message:send", { conversationId: id, content: "x", clientId: "mine" });
    const keys = calls.map((c) => c.params.clientId as string);
    expect(keys[0]).toMatch(/^auto:[0-9a-f]{24}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe("mine");
  });

  it("says why it was refused, without a stack or a path", async () => {
    const client = await connect();
    expect(await client.send("conversation:get", { conversationId: id })).toEqual({
      ok: false,
      error: { code: "FORBIDDEN", message: "You are not in it." },
    });
    const { error } = await client.send("conversation:members", { conversationId: id });
    expect(error.code).toBe("INTERNAL");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("whose service is away is UNAVAILABLE", async () => {
    expect((await (await connect()).send("sync", {})).error.code).toBe("UNAVAILABLE");
  });

  it("without an ack is answered by an error event", async () => {
    const client = await connect();
    client.socket.emit("conversation:get", { conversationId: id });
    expect(await client.next("error")).toEqual({
      code: "FORBIDDEN",
      message: "You are not in it.",
      event: "conversation:get",
    });
  });

  it.each([["a string"], [["list"]], [null], [7], [true], [Buffer.from("x")], [{ content: Buffer.from("x") }]])(
    "with %p as payload is a BAD_REQUEST",
    async (payload) => {
      expect((await (await connect()).send("message:send", payload)).error.code).toBe("BAD_REQUEST");
      expect(calls).toEqual([]);
    },
  );

  it("that needs no payload may come without, but not with several", async () => {
    const client = await connect();
    expect(await client.send("conversation:list")).toEqual({ ok: true, data: [] });
    expect((await client.send("conversation:list", {}, {})).error.code).toBe("BAD_REQUEST");
  });

  it.each(['{"$where":1}', '{"__proto__":{"a":1}}', '{"constructor":1}', '{"a":{"$ne":1}}', '{"a":[{"prototype":1}]}'])(
    "with %s is a BAD_REQUEST",
    async (json) => {
      const ack = await (await connect()).send("message:send", JSON.parse(json));
      expect(ack.error.code).toBe("BAD_REQUEST");
      expect(calls).toEqual([]);
    },
  );

  it("that is nested without end is a BAD_REQUEST", async () => {
    const deep = JSON.parse('{"a":'.repeat(500) + "1" + "}".repeat(500));
    expect((await (await connect()).send("message:send", deep)).error.code).toBe("BAD_REQUEST");
  });

  it.each(["websocket", "polling"])(
    "that is nested without end or has more fields than any contract loses its payload: over %s",
    async (by) => {
      const client = await connect({ transports: [by] });
      const wide = Object.fromEntries(Array.from({ length: 13_000 }, (_, i) => [`field ${i}`, 1]));
      const ack = await client.send("message:send", { conversationId: id, content: "x", custom: wide });
      expect(ack.error).toMatchObject({ code: "BAD_REQUEST", details: [{ field: "", rule: "object" }] });
      expect(calls).toEqual([]);
    },
  );

  it.each([5, [id], { toString: 1 }])(
    "into the conversation %p is left to the action's check",
    async (conversationId) => {
      const ack = await (await connect()).send("message:send", { conversationId, content: "x" });
      expect(ack).toEqual({ ok: true, data: {} });
      expect(calls).toMatchObject([{ action: "send", params: { conversationId } }]);
    },
  );

  it.each(["call", "nothing:known", "__proto__", "constructor", "error", "$node.options", ""])(
    "named %p is unknown: BAD_REQUEST",
    async (event) => {
      const client = await connect();
      expect((await client.send(event, { action: "$node.options" })).error.code).toBe("BAD_REQUEST");
      expect((await client.send("conversation:list", {})).ok).toBe(true);
    },
  );

  it("of 200 kB gets an answer", async () => {
    expect(
      (await (await connect()).send("message:send", { conversationId: id, content: "x".repeat(200_000) })).ok,
    ).toBe(true);
  });

  it("answered by the door itself is checked, too", async () => {
    const client = await connect();
    for (const conversationId of [undefined, 5, "short", {}])
      expect((await client.send("conversation:leave", { conversationId })).error.code).toBe("BAD_REQUEST");
    expect(await client.send("conversation:leave", { conversationId: id })).toEqual({ ok: true, data: {} });
    expect(await client.send("conversation:leave", { conversationId: foreign })).toEqual({ ok: true, data: {} });
  });
});
