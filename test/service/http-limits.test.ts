import { connect, type Socket } from "node:net";
import { type ServiceSchema } from "moleculer";
import { act } from "../../platform/service";
import { tokensOf } from "../../platform/tokens";
import { type Door, openDoor } from "../support/door";

const users: Partial<ServiceSchema> = {
  name: "users",
  actions: {
    login: act("users.login", () => ({}) as never),
    refresh: act("users.refresh", () => ({}) as never),
  },
};
const opened: Door[] = [];
const open = async (env: Record<string, string> = {}, services: Partial<ServiceSchema>[] = []) => {
  const door = await openDoor(env, services);
  opened.push(door);
  return door;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((d) => d.close()));
});

const until = async (fact: () => boolean) => {
  while (!fact()) await new Promise((r) => setTimeout(r, 20));
};
const nodes = (d: Door) => (d.broker.registry as any).getNodeList({ onlyAvailable: true }).length as number;
/** Two gateways of one system, over a bus within this process. */
const twoGateways = async (env: Record<string, string>) => {
  const shared = { TRANSPORTER: "Fake", NAMESPACE: `limits-${Math.random()}`, ...env };
  const pair = [await open({ ...shared, NODE_ID: "g1" }), await open({ ...shared, NODE_ID: "g2" })] as const;
  await until(() => pair.every((d) => nodes(d) === 2));
  await Promise.all(pair.map((d) => d.broker.waitForServices("api")));
  return pair;
};

describe("the limit per address", () => {
  test("lets 100 of 150 requests through two gateways, whatever is forged or asked for", async () => {
    const pair = await twoGateways({ RATE_LIMIT: "100" });
    const kinds = [
      { path: "/nope" },
      { path: "/users/me", headers: { "x-forwarded-for": "1.2.3.4" } },
      { path: "/users/me", method: "OPTIONS" },
      { path: "/users/1", method: "PUT" },
      { path: "/users/1?$a=1", headers: { origin: "https://evil.test" } },
    ];
    const left = Array.from({ length: 150 }, (_, i) => i)[Symbol.iterator]();
    let allowed = 0;
    const worker = async (): Promise<void> => {
      for (const i of left) {
        const { path, ...init } = kinds[i % kinds.length]!;
        const forged = { ...init.headers, "x-real-ip": `7.7.7.${i}`, forwarded: `for=8.8.8.${i}` };
        const { status } = await pair[i % 2]!.ask(path, { ...init, headers: forged });
        if (status !== 429) allowed++;
      }
    };
    // Few at a time: a gateway that can't ask the other one within a second counts by itself.
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect(allowed).toBeGreaterThanOrEqual(99);
    expect(allowed).toBeLessThanOrEqual(101);
  });

  test("is told in headers, with the time to wait", async () => {
    const door = await open({ RATE_LIMIT: "2", RATE_LIMIT_WINDOW: "30s" });
    const first = await door.ask("/nope");
    expect(first.headers.get("ratelimit-limit")).toBe("2");
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    expect(Number(first.headers.get("ratelimit-reset"))).toBeLessThanOrEqual(30);
    await door.ask("/nope");
    const third = await door.ask("/nope");
    expect(third).toMatchObject({ status: 429, body: { ok: false, error: { code: "RATE_LIMITED" } } });
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(third.body.error.details.retryAfterMs).toBeLessThanOrEqual(30_000);
  });

  test("is over when its window is", async () => {
    const door = await open({ RATE_LIMIT: "1", RATE_LIMIT_WINDOW: "200ms" });
    await door.ask("/nope");
    await new Promise((r) => setTimeout(r, 250));
    expect((await door.ask("/nope")).status).toBe(404);
  });

  test("does not concern health and metrics", async () => {
    const door = await open({ RATE_LIMIT: "1" });
    for (let i = 0; i < 5; i++) {
      expect((await door.ask("/health/live")).status).toBe(200);
      expect((await fetch(`${door.url}/metrics`)).status).toBe(200);
    }
  });

  test("goes by X-Forwarded-For behind a trusted proxy, by its last entry only", async () => {
    const door = await open({ RATE_LIMIT: "1", TRUST_PROXY: "1" });
    const as = (forwarded: string) => door.ask("/nope", { headers: { "x-forwarded-for": forwarded } });
    expect((await as("1.1.1.1")).status).toBe(404);
    expect((await as("2.2.2.2")).status).toBe(404);
    expect((await as("9.9.9.9, 1.1.1.1")).status).toBe(429);
  });

  test("holds on this node alone while the node that counts is gone", async () => {
    const [one, two] = await twoGateways({ RATE_LIMIT: "3" });
    await two.close();
    opened.splice(opened.indexOf(two), 1);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await one.ask("/nope")).status);
    expect(statuses.filter((s) => s === 404)).toHaveLength(3);
  });
});

describe("who pays for a request", () => {
  const statusesOf = async (times: number, ask: () => Promise<{ status: number }>) => {
    const statuses: number[] = [];
    for (let i = 0; i < times; i++) statuses.push((await ask()).status);
    return statuses;
  };
  const NO_LIMIT_LEFT = 429;

  test("who brings a good token: people behind one address don't use up each other's budget", async () => {
    const door = await open({ RATE_LIMIT: "3" });
    for (const user of [1, 2, 3]) {
      const token = door.tokenOf(user);
      const statuses = await statusesOf(4, () => door.ask("/users/me", { token }));
      expect(statuses.map((s) => s === NO_LIMIT_LEFT)).toEqual([false, false, false, true]);
    }
    expect((await door.ask("/users/me")).status).toBe(401); // the address has spent nothing of its own
  });

  test("the address, where the token is none of ours, however many are tried", async () => {
    const door = await open({ RATE_LIMIT: "3" });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await door.ask("/users/me", { token: `forged${i}` })).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  test.each(["/", "/app/main.js", "/app/style.css", "/api/docs", "/api/docs/start.js", "/openapi.json", "/ws-docs"])(
    "nobody for %s, which a browser loads to show something",
    async (path) => {
      const door = await open({ RATE_LIMIT: "1" });
      const statuses = await statusesOf(5, () => fetch(door.url + path));
      expect(statuses).toEqual([200, 200, 200, 200, 200]);
      expect((await door.ask("/nope")).status).toBe(404);
    },
  );

  test("nobody for a browser's question whether it may ask", async () => {
    const door = await open({ RATE_LIMIT: "1" });
    const headers = { origin: "http://localhost:5173", "access-control-request-method": "POST" };
    expect(await statusesOf(3, () => door.ask("/users/me", { method: "OPTIONS", headers }))).toEqual([204, 204, 204]);
  });

  test("files have a budget of their own, by user or by address", async () => {
    const door = await open({ RATE_LIMIT: "1", FILE_RATE_LIMIT: "2" });
    const token = door.tokenOf(1);
    const file = `/files/${"a".repeat(24)}`;
    for (const who of [{ token }, {}])
      expect((await statusesOf(3, () => door.ask(file, who))).map((s) => s === NO_LIMIT_LEFT)).toEqual([
        false,
        false,
        true,
      ]);
    expect((await door.ask("/users/me", { token })).status).not.toBe(NO_LIMIT_LEFT);
  });

  test("an address has a ceiling over all that it asks for, whoever asks, and health is outside of it", async () => {
    const door = await open({ RATE_LIMIT: "100", ADDRESS_RATE_LIMIT: "4" });
    const asks = [() => fetch(door.url), () => door.ask("/nope"), () => door.ask("/users/me", { token: "x" })];
    for (const ask of asks) expect((await ask()).status).not.toBe(NO_LIMIT_LEFT);
    await door.ask("/users/me", { token: door.tokenOf(1) });
    for (const ask of asks) expect((await ask()).status).toBe(NO_LIMIT_LEFT);
    expect((await door.ask("/health/live")).status).toBe(200);
  });
});

describe("the limit on /auth", () => {
  const login = (door: Door, email: string, ip: string) =>
    door.ask("/auth/login", {
      method: "POST",
      json: { email, password: "x" },
      headers: { "x-forwarded-for": ip },
    });

  const refresh = (door: Door, refreshToken: unknown) =>
    door.ask("/auth/refresh", { method: "POST", json: { refreshToken } });

  test("does not stop an office that renews its tokens from one address, each user by their own budget", async () => {
    const door = await open({ AUTH_RATE_LIMIT: "1", RATE_LIMIT: "2" }, [users]);
    const tokenOf = (userId: number) => {
      const claims = { userId, sessionId: `s${userId}`, generation: 1, issuedAt: Date.now() };
      return tokensOf(door.broker).signRefresh({ ...claims, expiresAt: Date.now() + 60_000 });
    };
    for (const user of [1, 2, 3]) {
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++) statuses.push((await refresh(door, tokenOf(user))).status);
      expect(statuses).toEqual([200, 200, 429]);
    }
  });

  test("counts refresh tokens that are none as guesses", async () => {
    const door = await open({ AUTH_RATE_LIMIT: "2" }, [users]);
    const statuses: number[] = [];
    for (const token of ["a", door.tokenOf(1), "c"]) statuses.push((await refresh(door, token)).status);
    expect(statuses[2]).toBe(429);
    expect((await login(door, "a@b.cd", "1.1.1.1")).status).toBe(429);
  });

  test("counts guesses by their address, also of somebody who is signed in", async () => {
    const door = await open({ AUTH_RATE_LIMIT: "2" }, [users]);
    const statuses: number[] = [];
    for (const user of [1, 2, 3]) {
      const json = { email: "a@b.cd", password: "x" };
      statuses.push((await door.ask("/auth/login", { method: "POST", json, token: door.tokenOf(user) })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  test("counts per address, however many accounts are tried, and leaves other routes alone", async () => {
    const door = await open({ AUTH_RATE_LIMIT: "3" }, [users]);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await login(door, `u${i}@b.cd`, "1.1.1.1")).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await door.ask("/nope")).status).toBe(404);
  });
});

describe("slow connections", () => {
  const slow = (port: number, head: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(head, () => resolve(socket)));
      socket.once("error", reject);
    });

  test("1,000 of them, in head and in body, hold up no one and are cut", async () => {
    const door = await open();
    const half = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const sockets: Socket[] = [];
    for (let i = 0; i < 1000; i++)
      sockets.push(await slow(door.port, i % 2 ? half : `${half}Content-Length: 50\r\n\r\n{"email":`));
    let cut = 0;
    for (const s of sockets)
      s.resume()
        .on("error", () => undefined)
        .once("close", () => (cut += 1));
    for (let i = 0; i < 200; i++) {
      expect((await door.ask("/health/live")).status).toBe(200);
      sockets[i]?.write("a");
    }
    await until(() => cut === 1000);
  });

  test("do not hold up the stop", async () => {
    const door = await open();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => slow(door.port, "GET / HTTP/1.1\r\nHo")));
    for (const s of sockets) s.resume().on("error", () => undefined);
    const start = performance.now();
    await door.close();
    opened.pop();
    expect(performance.now() - start).toBeLessThan(9_000);
  });
});
