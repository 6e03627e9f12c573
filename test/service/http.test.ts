import { connect } from "node:net";
import { type ServiceSchema } from "moleculer";
import { act } from "../../platform/service";
import { openDoor, type Door } from "../support/door";

const seen: { params: any; meta: any }[] = [];
const keep = (answer: unknown) =>
  function (_caller: unknown, params: unknown, ctx: any) {
    seen.push({ params, meta: { ...ctx.meta } });
    return answer as never;
  };
const users: Partial<ServiceSchema> = {
  name: "users",
  actions: {
    me: act("users.me", keep({ user_id: 1 })),
    get: act("users.get", keep({ user_id: 5 })),
    list: act("users.list", keep([])),
    batch: act("users.batch", keep([])),
    login: act("users.login", keep({ accessToken: "a" })),
    register: act("users.register", () => {
      throw new Error("secret detail at /srv/app/users.ts:7");
    }),
  },
};
const notifications: Partial<ServiceSchema> = {
  name: "notifications",
  actions: {
    list: act("notifications.list", keep([])),
    preferences: act("notifications.preferences", keep({})),
    read: act("notifications.read", keep({})),
    readAll: act("notifications.readAll", keep({})),
  },
};
const chat: Partial<ServiceSchema> = {
  name: "chat",
  actions: {
    send: act("chat.send", keep({ seq: 1 })),
    create: act("chat.create", keep({})),
    addMember: act("chat.addMember", keep({})),
    mute: act("chat.mute", keep({})),
  },
};

let door: Door;
beforeAll(async () => {
  door = await openDoor({}, [users, notifications, chat]);
});
afterAll(() => door.close());
beforeEach(() => {
  seen.length = 0;
});

/** Bytes as they are, for what no client library would send. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(door.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (d) => (answer += d.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });

describe("the HTTP door answers in the envelope", () => {
  test("a success with its data, the caller from the token, the request id from the client", async () => {
    const token = door.tokenOf(7);
    const { status, headers, body } = await door.ask("/users/me", { token, headers: { "x-request-id": "abc-1" } });
    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, data: { user_id: 1 } });
    expect(headers.get("x-request-id")).toBe("abc-1");
    expect(seen[0]?.meta).toMatchObject({ requestId: "abc-1", caller: { userId: 7, roles: ["user"] } });
  });

  test.each(["no good id", "a".repeat(129), "<script>"])("a request id like %p is replaced", async (id) => {
    const { headers } = await door.ask("/users/me", { headers: { "x-request-id": id, "x-correlation-id": id } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("no token, a bad one and a service's refusal are 401 with a code", async () => {
    for (const token of [undefined, "nonsense", "a.b.c"]) {
      const answer = await door.ask("/users/me", token === undefined ? {} : { token });
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ ok: false, error: { code: "AUTH_INVALID" } });
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    }
    expect(seen).toHaveLength(0);
  });

  test("an unknown route is 404, a wrong method 405 with Allow, HEAD is GET without a body", async () => {
    expect(await door.ask("/nope")).toMatchObject({ status: 404, body: { ok: false, error: { code: "NOTFOUND" } } });
    const wrong = await door.ask("/users/me", { method: "POST" });
    expect(wrong).toMatchObject({ status: 405, body: { error: { code: "METHOD" } } });
    expect(wrong.headers.get("allow")?.split(", ")).toEqual(["GET", "HEAD", "PATCH", "PUT"]);
    // `me` and `read` are no ids, although DELETE /users/:id and PATCH /messages/:messageId are routes.
    for (const [method, path] of [
      ["DELETE", "/users/me"],
      ["PATCH", "/messages/read"],
      ["GET", "/oidc/session"],
    ] as const)
      expect([path, (await door.ask(path, { method })).status]).toEqual([path, 405]);
    expect(await door.ask("/", { method: "POST" })).toMatchObject({ status: 405, body: { error: { code: "METHOD" } } });
    expect(await door.ask("//users/me")).toMatchObject({ status: 404 }); // and no 405 that names GET
    expect(await door.ask("/health/live", { method: "HEAD" })).toMatchObject({ status: 200, body: undefined });
  });

  test("a message without a key gets one of its own, so that a call tried again is the same message", async () => {
    const send = (headers = {}, body = {}) =>
      door.ask(`/conversations/${"a".repeat(24)}/messages`, {
        method: "POST",
        token: door.tokenOf(7),
        headers,
        json: { content: "x", ...body },
      });
    for (const answer of [await send(), await send({}, { clientId: null }), await send({ "idempotency-key": "mine" })])
      expect(answer.status).toBe(201);
    const keys = seen.map((s) => s.params.clientId as string);
    expect(keys).toEqual([expect.stringMatching(/^auto:/), expect.stringMatching(/^auto:/), "mine"]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test.each([
    ["GET", "/users?ids=1,2,3", undefined, [1, 2, 3]],
    ["GET", "/users?ids=1&ids=2", undefined, [1, 2]],
    ["GET", "/users?ids[]=7", undefined, [7]],
    ["POST", "/users/batch", { ids: [3, 1] }, [3, 1]],
  ])("many profiles at once: %s %s", async (method, path, json, ids) => {
    const body = json === undefined ? {} : { json };
    expect((await door.ask(path, { method, token: door.tokenOf(1), ...body })).status).toBe(200);
    expect(seen.map((s) => s.params)).toEqual([{ ids }]);
  });

  test.each(["/users?ids=", "/users?ids=1,x", "/users?ids=0", `/users?ids=${Array(201).fill(1).join()}`])(
    "no profiles for %.30s",
    async (path) => expect((await door.ask(path, { token: door.tokenOf(1) })).status).toBe(400),
  );

  test("the list of all accounts stays the admins'", async () => {
    expect((await door.ask("/users", { token: door.tokenOf(1) })).status).toBe(403);
    expect((await door.ask("/users", { token: door.tokenOf(1, ["user", "admin"]) })).status).toBe(200);
    expect((await door.ask("/users?ids=1")).status).toBe(401);
  });

  const ID = "5f".repeat(12);
  test.each([
    ["GET", "/api/users/me", undefined, 200],
    ["POST", `/conversations/${ID}/mute`, { muted: true }, 200],
    ["PUT", `/conversations/${ID}/mute`, { muted: true }, 200],
    ["PATCH", `/notifications/${ID}/read`, undefined, 200],
    ["PATCH", "/api/notifications/read-all", undefined, 200],
    ["PATCH", `/conversations/${ID}/mute`, { muted: true }, 405],
    ["GET", "/api/api/users/me", undefined, 404],
  ])("as another backend's clients say it: %s %s", async (method, path, json, status) => {
    const body = json === undefined ? {} : { json };
    expect((await door.ask(path, { method, token: door.tokenOf(1), ...body })).status).toBe(status);
  });

  test.each([
    [
      { participantIds: ["2", 3], isGroup: true },
      { participantIds: [2, 3], type: "group" },
    ],
    [{ participantIds: ["2"], isGroup: false }, { participantIds: [2] }],
    [
      { participantIds: [2], isGroup: true, type: "private" },
      { participantIds: [2], type: "private" },
    ],
  ])("a conversation of %j", async (json, params) => {
    await door.ask("/conversations", { method: "POST", token: door.tokenOf(1), json });
    expect(seen.map((s) => s.params)).toEqual([expect.objectContaining(params)]);
    expect(seen[0]?.params).not.toHaveProperty("isGroup");
  });

  test.each([{ userId: "7" }, { targetUserId: 7 }, { targetUserId: "7" }, { userId: 7, targetUserId: 8 }])(
    "a member named as %j",
    async (json) => {
      await door.ask(`/conversations/${ID}/members`, { method: "POST", token: door.tokenOf(1), json });
      expect(seen.map((s) => s.params)).toEqual([{ conversationId: ID, userId: 7 }]);
    },
  );

  test.each(["07", "1e3", "", " 7", "x", "0", "99999999999"])("no member is named %j", async (userId) => {
    const json = { userId };
    const path = `/conversations/${ID}/members`;
    expect((await door.ask(path, { method: "POST", token: door.tokenOf(1), json })).status).toBe(400);
  });

  test("Moleculer's own services and unlisted actions have no address", async () => {
    for (const path of [
      "/~node/services",
      "/$node/services",
      "/users.me",
      "/users/profiles",
      "/api/count",
      "/api/rest",
    ])
      expect((await door.ask(path, { token: door.tokenOf(1, ["admin"]) })).status).not.toBe(200);
    expect(seen).toHaveLength(0);
  });

  test("a bug tells nothing of itself", async () => {
    const json = { username: "ann", email: "a@b.cd", password: "long enough" };
    const { status, body } = await door.ask("/auth/register", { method: "POST", json });
    expect(status).toBe(500);
    expect(body.error.code).toBe("INTERNAL");
    expect(JSON.stringify(body)).not.toMatch(/secret detail|users\.ts|node_modules/);
  });

  test("a service that is not there is 503 and worth a retry", async () => {
    const answer = await door.ask("/files/5f5f5f5f5f5f5f5f5f5f5f5f/link", { method: "POST", token: door.tokenOf(1) });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: "UNAVAILABLE" } } });
    expect(answer.headers.get("retry-after")).toBe("1");
  });
});

describe("the HTTP door takes input by the contract", () => {
  const login = (init: RequestInit) => door.ask("/auth/login", { method: "POST", ...init });
  const typed = (body: string, type = "application/json") => login({ body, headers: { "content-type": type } });

  test("numbers, booleans and defaults from strings of path and query", async () => {
    await door.ask("/users/5", { token: door.tokenOf(1) });
    await door.ask("/notifications?unreadOnly=true&limit=3&other=1", { token: door.tokenOf(1) });
    expect(seen.map((s) => s.params)).toEqual([{ id: 5 }, { unreadOnly: true, limit: 3 }]);
  });

  test.each(["/users/abc", "/users/5.5", "/users/0", "/users/99999999999", "/notifications?limit=1&limit=2"])(
    "%s is BAD_REQUEST that names the field",
    async (path) => {
      const { status, body } = await door.ask(path, { token: door.tokenOf(1) });
      expect(status).toBe(400);
      expect(body.error.code).toBe("BAD_REQUEST");
      expect(body.error.details[0]).toHaveProperty("field");
    },
  );

  test.each(["{", "[]", '"text"', "null", "{}}", "[".repeat(2000), '{"a":'.repeat(500)])("%p is 400", async (body) => {
    expect((await typed(body)).status).toBe(400);
  });

  test("forms, text and compressed bodies are 415, a body over 100 kB is 413", async () => {
    expect((await typed("a=1", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await typed("{}", "text/plain")).status).toBe(415);
    for (const charset of ["latin-9", "utf-7", "utf-16"])
      expect((await typed("{}", `application/json; charset=${charset}`)).status).toBe(415);
    expect((await typed("{}", 'Application/JSON; x=y; Charset="UTF-8"')).status).toBe(400); // of its content
    const zipped = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await login({ body: "xx", headers: zipped })).body.error.code).toBe("UNSUPPORTED_TYPE");
    const large = await typed(JSON.stringify({ email: "x".repeat(103_000), password: "p" }));
    expect(large).toMatchObject({ status: 413, body: { error: { code: "TOO_LARGE" } } });
  });

  test("query operators and prototype keys are refused at any depth, in body and query", async () => {
    const bodies = ['{"email":{"$ne":null}}', '{"$where":1}', '{"a":[{"constructor":1}]}', '{"__proto__":{"x":1}}'];
    for (const body of bodies) expect((await typed(body)).status).toBe(400);
    for (const query of ["a[$ne]=1", "$params[userID]=1", "__proto__[x]=1", "a[constructor]=1", "a.$gt=1", "%24a=1"])
      expect(await door.ask(`/users/5?${query}`, { token: door.tokenOf(1) })).toMatchObject({ status: 400 });
    expect(seen).toHaveLength(0);
  });

  test("a GET takes no change, in no form; a PUT does", async () => {
    const ask = (init: RequestInit, query = "") =>
      door.ask(`/notifications/preferences${query}`, { token: door.tokenOf(1), ...init });
    await ask({}, `?set[conversations][${"5".repeat(24)}]=none`);
    await ask({ method: "PUT", body: '{"dnd":null}', headers: { "content-type": "application/json" } });
    expect(seen.map((s) => s.params)).toEqual([{}, { set: { dnd: null } }]);
  });

  test("the device comes from the door, whatever the client says", async () => {
    const device = { userAgent: "forged", ip: "9.9.9.9" };
    const json = { email: "a@b.cd", password: "x", device };
    await door.ask("/auth/login", { method: "POST", json, headers: { "user-agent": "test" } });
    expect(seen[0]?.params).toEqual({
      email: "a@b.cd",
      password: "x",
      device: { userAgent: "test", ip: "127.0.0.1" },
    });
  });

  test("what the path says wins over the body", async () => {
    const token = door.tokenOf(1);
    const [ours, theirs] = ["5".repeat(24), "6".repeat(24)];
    const json = { conversationId: theirs, content: "hi" };
    const headers = { "idempotency-key": "key-1" };
    const answer = await door.ask(`/conversations/${ours}/messages`, { method: "POST", token, json, headers });
    expect(answer.status).toBe(201);
    expect(seen[0]?.params).toEqual({ conversationId: ours, content: "hi", clientId: "key-1" });
  });

  test("a whole address is taken by its path, a target that is neither and a missing Host are 400", async () => {
    const get = (target: string, head = "Host: x\r\n") =>
      raw(`GET ${target} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    expect(await get("http://chat.example/health/live?x=1")).toMatch(/^HTTP\/1\.1 200 /);
    for (const answer of [await get("http://"), await get("/health/live", "")])
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"BAD_REQUEST"/s);
  });

  test("two Host headers are 400, also where they are the same", async () => {
    for (const other of ["x", "y"]) {
      const answer = await raw(`GET /health/live HTTP/1.1\r\nHost: x\r\nHost: ${other}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"BAD_REQUEST".*one Host header/s);
    }
  });

  const chunked = (coding: string): Promise<string> =>
    raw(
      `POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Transfer-Encoding: ${coding}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    );

  test.each(["gzip, chunked", "deflate,chunked", "identity, chunked"])("a body in %s is 415", async (coding) => {
    expect(await chunked(coding)).toMatch(/^HTTP\/1\.1 415 .*"UNSUPPORTED_TYPE".*only chunked/s);
    expect(seen).toEqual([]);
  });

  test("a body in chunks is read, in a coding without an end 400", async () => {
    expect(await chunked("Chunked")).toMatch(/^HTTP\/1\.1 400 .*"field":"email","rule":"required"/s);
    expect(await chunked("gzip")).toMatch(/^HTTP\/1\.1 400 .*"BAD_REQUEST"/s);
  });

  test("an expectation that is none of ours is 417 in the envelope", async () => {
    const answer = await raw("GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 417 .*\r\nX-Request-Id: [\w-]{36}\r\n.*"BAD_REQUEST".*100-continue/s);
  });

  test("a badly encoded path is 400 or 404, a head that is no HTTP 400, an endless one 431", async () => {
    expect((await door.ask("/users/%E0%A4%A", { token: door.tokenOf(1) })).status).toBe(400);
    expect(await raw("NONSENSE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*\{"ok":false/s);
    expect(await raw("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n")).toMatch(/^HTTP\/1\.1 405 .*"METHOD"/s);
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 .*\r\nX-Request-Id: [\w-]{36}\r\n.*"TOO_LARGE"/s,
    );
  });
});

describe("the HTTP door and browsers", () => {
  const from = (origin: string, method = "GET") =>
    door.ask("/health/live", { method, headers: { origin, "access-control-request-method": "POST" } });

  test("a listed origin is let in by name, with credentials", async () => {
    const { status, headers } = await from("http://localhost:5173");
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe("http://localhost:5173");
    expect(headers.get("access-control-allow-credentials")).toBe("true");
    expect(headers.get("vary")).toContain("Origin");
  });

  test.each(["http://localhost:51", "h", "http://localhost:5173.evil.test", "https://evil.test", "null"])(
    "the origin %p is refused, for requests and for preflights",
    async (origin) => {
      for (const method of ["GET", "OPTIONS"]) {
        const { status, headers } = await from(origin, method);
        expect(status).toBe(403);
        expect(headers.get("access-control-allow-origin")).toBeNull();
        expect(headers.get("vary")).toContain("Origin");
      }
    },
  );

  test("our own pages need no listing, a preflight says what is allowed", async () => {
    expect((await from(door.url)).status).toBe(200);
    const { status, headers } = await from("http://localhost:5173", "OPTIONS");
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-methods")).toContain("PATCH");
    const allowed = headers.get("access-control-allow-headers")?.split(", ");
    expect(allowed).toEqual(expect.arrayContaining(["Authorization", "Idempotency-Key", "Range", "If-None-Match"]));
  });

  test("a page on the list can read every refusal, one that is not can read none", async () => {
    const limited = await openDoor({ RATE_LIMIT: "1", RATE_LIMIT_WINDOW: "1h" });
    const asks = async (origin: string, path: string, init: RequestInit = {}) => {
      const { status, headers } = await limited.ask(path, { ...init, headers: { ...init.headers, origin } });
      return [status, headers.get("access-control-allow-origin"), headers.get("vary")];
    };
    const listed = "http://localhost:5173";
    expect(await asks(listed, "/users/me")).toEqual([401, listed, "Origin"]);
    expect(await asks(listed, "/users/me")).toEqual([429, listed, "Origin"]);
    expect(await asks("https://evil.test", "/users/me")).toEqual([429, null, "Origin"]);
    await limited.close();
  });

  test("every answer carries the security headers", async () => {
    for (const path of ["/health", "/nope", "/users/me"]) {
      const { headers } = await door.ask(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("permissions-policy")).toBe("camera=(), geolocation=(), microphone=()");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("x-powered-by")).toBeNull();
    }
  });
});

describe("health and metrics", () => {
  test("live is 200 whatever is down, ready is 503 and says what", async () => {
    expect((await door.ask("/health/live")).status).toBe(200);
    const ready = await door.ask("/health/ready");
    expect(ready.status).toBe(503);
    expect(ready.body.error.details.dependencies.uploads).toEqual({ state: "down", latencyMs: null });
    expect((await door.ask("/health")).body.data.dependencies.bus.state).toBe("up");
  });

  test("requests are counted by route, those that match none, too", async () => {
    await door.ask("/users/5", { token: door.tokenOf(1) });
    await door.ask("/users/6/nope");
    const text = await (await fetch(`${door.url}/metrics`)).text();
    expect(text).toMatch(/http_requests_total\{method="GET",route="\/users\/:id",status="200"\} \d/);
    expect(text).toMatch(/http_requests_total\{method="GET",route="unmatched",status="404"\} \d/);
    expect(text).not.toContain("/users/6");
  });
});

describe("the documents", () => {
  const page = async (path: string, accept = "*/*") => {
    const res = await fetch(door.url + path, { headers: { accept } });
    return { status: res.status, type: res.headers.get("content-type"), headers: res.headers, text: await res.text() };
  };

  test("are served as JSON, outside the envelope", async () => {
    expect(JSON.parse((await page("/openapi.json")).text).openapi).toMatch(/^3\./);
    const events = await page("/ws-docs", "application/json");
    expect(JSON.parse(events.text)).toMatchObject({ asyncapi: "3.0.0", channels: { chat: { address: "/chat" } } });
  });

  test("are readable pages in a browser, with nothing from elsewhere", async () => {
    const browser = "text/html,application/xhtml+xml";
    const events = await page("/ws-docs", browser);
    expect(events.type).toContain("text/html");
    expect(events.text).toContain("message:send");
    expect(events.text).toContain("<code>sync</code>");
    expect(events.text.match(/<article /g)).toHaveLength(events.text.match(/<nav li|<li>/g)!.length);
    expect(events.text).toMatch(/<summary>Messages \(\d+\)/);
    const filter = await page("/ws-docs/filter.js");
    expect([filter.status, filter.type]).toEqual([200, "text/javascript"]);
    const swagger = await page("/api/docs", browser);
    expect(swagger.text + events.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    const own = [...swagger.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1]!);
    expect(own.length).toBe(4);
    for (const path of own) expect((await page(path)).status).toBe(200);
    expect(swagger.headers.get("content-security-policy")).toContain("script-src 'self'");
  });

  test.each(["/api/docs/package.json", "/api/docs/..%2fpackage.json", "/api/docs/nope.js"])(
    "%s is not",
    async (path) => {
      expect((await page(path)).status).toBe(404);
    },
  );

  test("the demo client comes with a policy that runs only its own scripts", async () => {
    const { status, headers } = await page("/");
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    // It records voices, and no page that shows it within itself does.
    expect(headers.get("permissions-policy")).toBe("camera=(), geolocation=(), microphone=(self)");
    expect((await page("/js/../../package.json")).status).toBe(404);
  });
});
