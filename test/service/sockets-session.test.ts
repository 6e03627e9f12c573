/** How long a socket may stay, how much it may say, and how it is let go. */
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { type Payload } from "../../contracts/events";
import { publish } from "../../platform/bus";
import { contextOf } from "../../services/api/sockets/sockets";
import { Client } from "../support/client";
import { until } from "../support/facts";
import { emission, Gateway } from "../support/gateway";

const id = "a".repeat(24);
const told: any[] = [];
const asked: any[] = [];
let missed: unknown[] = [];
let gap = false;
let revocations: any;
let mine = (): Promise<string[]> => Promise.resolve([]);
let gateway: Gateway;

const start = (env: Record<string, string> = {}): Promise<Gateway> =>
  Gateway.start(
    {
      located: (ctx: any) => {
        told.push(ctx.params);
        const answer = { gap: gap && !ctx.params.snapshot };
        gap = false;
        return answer;
      },
      mine: () => mine(),
      audience: (ctx: any) => (asked.push(ctx.params), { membersVersion: "1", members: [23], missed }),
      list: () => new Promise((resolve) => setTimeout(() => resolve([]), 300)),
    },
    env,
  );
beforeAll(async () => {
  gateway = await start({ EVENT_RATE_LIMIT: "20" });
  gateway.system.broker.createService({
    name: "users",
    actions: { revocations: () => revocations ?? { at: new Date().toISOString(), sessions: {}, users: {} } },
  });
});
afterEach(() => gateway.closeClients());
afterAll(() => gateway.stop());

const toAll = (n: number): any => ({
  conversationId: id,
  membersVersion: "1",
  members: [1, 2, 3],
  emissions: [emission({ n })],
});

describe("when the token runs out", () => {
  const LIFE_MS = 900_000;
  const soon = (userId: number, ms: number): string => gateway.token(userId, { at: Date.now() - LIFE_MS + ms });
  /** Sockets whose token runs out soon, and not before they are all there, however long that takes. */
  async function expiring(count: number, options: object = {}): Promise<Client[]> {
    for (let ms = 1_500; ; ms *= 2) {
      const end = Date.now() + ms;
      const token = soon(1, ms);
      const connecting = Array.from({ length: count }, () => gateway.connect(1, { token, ...options }));
      const clients = (await Promise.allSettled(connecting)).flatMap((c) => (c.status === "fulfilled" ? c.value : []));
      if (clients.length === count && Date.now() < end) return clients;
      for (const client of clients) client.close();
    }
  }

  it("the socket is told, hears nothing more and may only renew", async () => {
    const [a] = (await expiring(1)) as [Client];
    expect(await a.next("error")).toMatchObject({ code: "AUTH_EXPIRED" });
    expect((await a.send("presence:get", { userIds: [] })).error).toMatchObject({
      code: "AUTH_INVALID",
      details: { expired: true },
    });
    await gateway.deliver(toAll(1));
    expect((await a.send("auth:renew", { token: gateway.token(2) })).error.code).toBe("AUTH_INVALID");
    expect((await a.send("auth:renew", { token: "nonsense" })).error.code).toBe("AUTH_INVALID");
    expect((await a.send("auth:renew", {})).error.code).toBe("BAD_REQUEST");
    expect(a.all("message:created")).toEqual([]);

    expect(await a.send("auth:renew", { token: `Bearer ${gateway.token(1)}` })).toEqual({ ok: true, data: {} });
    await gateway.deliver(toAll(2));
    await a.settled();
    expect(a.all("message:created")).toEqual([{ n: 2 }]);
  });

  it("the socket is cut when the grace is over, and one that has renewed meanwhile is not", async () => {
    const { session } = contextOf(gateway.system.broker.getLocalService("api"));
    expect(session).toHaveProperty("graceMs", 60_000);
    Object.assign(session, { graceMs: 4_000 });
    try {
      const [late, early] = (await expiring(2)) as [Client, Client];
      const cut = late.disconnected();
      const fresh = gateway.token(1);
      const renewed = early.next("error").then(() => early.ok("auth:renew", { token: fresh }));
      await late.next("error");
      const told = Date.now();
      await renewed;
      expect(await cut).toBe("transport close");
      expect(Date.now() - told).toBeGreaterThan(1_000); // told up to a quarter of a second after the token's end
      await early.settled();
      expect(early.socket.connected).toBe(true);
    } finally {
      Object.assign(session, { graceMs: 60_000 });
    }
  });

  it("a stock client comes back by itself, with the token that it is then given", async () => {
    const { session } = contextOf(gateway.system.broker.getLocalService("api"));
    Object.assign(session, { graceMs: 300 });
    try {
      const [client] = (await expiring(1, { reconnection: true, reconnectionDelay: 10 })) as [Client];
      client.socket.auth = (give) => give({ token: gateway.token(1) });
      await new Promise<void>((resolve) => client.socket.io.once("reconnect", () => resolve()));
      await new Promise<void>((resolve) => client.socket.once("connect", () => resolve()));
      await client.settled();
    } finally {
      Object.assign(session, { graceMs: 60_000 });
    }
  });

  it("every door says so: the handshake and REST", async () => {
    const token = soon(1, -1);
    const refused = { code: "AUTH_INVALID", details: { expired: true } };
    await expect(gateway.connect(1, { token })).rejects.toMatchObject({ data: refused });
    const answer = await fetch(`${gateway.system.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ ok: false, error: refused });
  });

  it("nothing is told to one that has renewed before", async () => {
    for (let ms = 1_500; ; ms *= 2) {
      const end = Date.now() + ms;
      const a = await gateway.connect(1, { token: soon(1, ms) }).catch(() => undefined);
      await a?.ok("auth:renew", { token: gateway.token(1) });
      if (!a || Date.now() > end) continue; // it was not before
      await new Promise((resolve) => setTimeout(resolve, end + 500 - Date.now()));
      await a.settled();
      expect(a.all("error")).toEqual([]);
      return;
    }
  });
});

describe("a revocation", () => {
  const revoke = (payload: Omit<Payload<"users.revoked">, "at">): Promise<void> =>
    publish(gateway.system.broker, "users.revoked", { ...payload, at: new Date(Date.now() + 1).toISOString() });

  it("of a session cuts its sockets in both namespaces at once, and no others", async () => {
    const token = gateway.token(5, { sessionId: "gone" });
    const [a, n] = [
      await gateway.connect(5, { token }),
      await gateway.connect(5, { token, namespace: "/notifications" }),
    ];
    const other = await gateway.connect(5, { token: gateway.token(5, { sessionId: "stays" }) });
    const cut = [a.disconnected(), n.disconnected()];
    await revoke({ userId: 5, sessionId: "gone" });
    expect(await Promise.all(cut)).toEqual(["io server disconnect", "io server disconnect"]);
    await other.settled();
    await expect(gateway.connect(5, { token })).rejects.toMatchObject({ data: { code: "AUTH_INVALID" } });
  });

  it("that comes while a handshake waits keeps its socket out", async () => {
    const token = gateway.token(5, { sessionId: "waits" });
    let join = (): void => undefined;
    const asked = new Promise<void>((isAsked) => {
      mine = () => (isAsked(), new Promise((resolve) => (join = () => resolve([]))));
    });
    const connecting = expect(gateway.connect(5, { token, auth: { join: "all" } })).rejects.toMatchObject({
      data: { code: "AUTH_INVALID" },
    });
    await asked;
    await revoke({ userId: 5, sessionId: "waits" });
    join();
    await connecting;
    mine = () => Promise.resolve([]);
  });

  it("of a user spares the one session that it names, and whoever signs in afterwards", async () => {
    const a = await gateway.connect(6, { token: gateway.token(6, { sessionId: "a" }) });
    const kept = await gateway.connect(6, { token: gateway.token(6, { sessionId: "kept" }) });
    const cut = a.disconnected();
    await revoke({ userId: 6, except: "kept" });
    await cut;
    await kept.settled();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await gateway.connect(6, { token: gateway.token(6, { sessionId: "later" }) });
  });

  it("whose event was lost is learnt by asking", async () => {
    const a = await gateway.connect(7, { token: gateway.token(7, { sessionId: "lost" }) });
    const cut = a.disconnected();
    revocations = { at: new Date().toISOString(), sessions: { lost: new Date().toISOString() }, users: {} };
    expect(await cut).toBe("io server disconnect");
    revocations = undefined;
  });
});

describe("who is here", () => {
  const about = (userId: number): string[] =>
    told.flatMap((t) => [
      ...(t.added.includes(userId) ? [t.hearing.includes(userId) ? "hears" : "came"] : []),
      ...(t.removed.includes(userId) ? ["left"] : []),
    ]);
  it("is told before a user's first socket counts as connected, and after the last has gone", async () => {
    const a = await gateway.connect(20);
    expect(about(20)).toEqual(["came"]);
    const a2 = await gateway.connect(20, { namespace: "/notifications" });
    a.close();
    await a2.send("x", {});
    expect(about(20)).toEqual(["came", "hears"]);
    a2.close();
    await until(() => about(20).length > 2);
    expect(about(20)).toEqual(["came", "hears", "left"]);
    const versions = told.map((t) => t.version);
    expect(versions).toEqual(versions.map((_v, i) => versions[0] + i));
  });

  it("is told as a whole to one that has missed some", async () => {
    await gateway.connect(21);
    gap = true;
    await gateway.connect(22);
    expect(told.at(-1)).toMatchObject({ snapshot: true, added: expect.arrayContaining([21, 22]) });
  });

  it("has told a node nothing meanwhile: what it missed is asked for, without a word from the client", async () => {
    await new Promise((resolve) => setTimeout(resolve, 600)); // what a start asks for has been answered
    const client = await gateway.connect(23);
    const conversationId = "b".repeat(24);
    const batch = { conversationId, membersVersion: "1", members: [23] };
    await gateway.deliver({ ...batch, emissions: [emission({ n: 1 }, { seq: 1 })] });
    missed = [emission({ n: 2 }, { seq: 2 })];
    gap = true;
    await gateway.connect(24);
    await until(() => client.all("message:created").length > 1);
    expect(client.all<{ n: number }>("message:created").map(({ n }) => n)).toEqual([1, 2]);
    expect(asked).toContainEqual({ conversationId, after: 1 });
  });

  it("forgets a client that goes away in the middle of its handshake", async () => {
    const { port, hostname } = new URL(gateway.system.url);
    const raw = connectTcp(Number(port), hostname);
    await once(raw, "connect");
    raw.destroy();
    await expect(Client.connect(gateway.system.url, undefined)).rejects.toThrow();
    expect(about(0)).toEqual([]);
  });
});

describe("the rate of events", () => {
  it("is limited per user over all sockets, says for how long, and recovers", async () => {
    const [a, n] = [await gateway.connect(30), await gateway.connect(30, { namespace: "/notifications" })];
    const acks = await Promise.all([...Array(400)].map((_x, i) => (i % 2 ? a : n).send("nothing", {})));
    const limited = acks.filter((x) => x.error.code === "RATE_LIMITED");
    expect(limited.length).toBeGreaterThan(0);
    expect(acks.length - limited.length).toBeGreaterThanOrEqual(40);
    const { retryAfterMs } = limited.at(-1)?.error.details;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect((await (await gateway.connect(31)).send("presence:get", { userIds: [] })).ok).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 50));
    expect((await a.send("presence:get", { userIds: [] })).ok).toBe(true);
  });
});

describe("a stop", () => {
  it("answers what is under way, then lets clients go so that they come back elsewhere", async () => {
    const leaving = await start();
    const a = await leaving.connect(1);
    const p = await leaving.connect(2, { transports: ["polling"] });
    const reasons = [a.disconnected(), p.disconnected()];
    const answer = a.send("conversation:list", {});
    await a.settled();
    await leaving.system.broker.stop();
    expect((await answer).ok).toBe(true);
    for (const reason of await Promise.all(reasons)) expect(reason).toMatch(/^transport (close|error)$/);
  });

  it("does not wait for clients that never answer", async () => {
    const leaving = await start();
    const { port, hostname } = new URL(leaving.system.url);
    const raw = connectTcp(Number(port), hostname);
    raw.write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(raw, "data");
    const begun = Date.now();
    await leaving.system.broker.stop();
    expect(Date.now() - begun).toBeLessThan(8_000);
    raw.destroy();
  });
});
