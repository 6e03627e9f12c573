/** Several products on one system: who is asked, what opens whom, and that one's trouble is nobody else's. */
import { connect } from "node:net";
import { createChat, createChatServer, createSession } from "../../client/src";
import { sign } from "jsonwebtoken";
import { lockDataDir } from "../../platform/data-dir";
import { type Account, Client, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { serverKeys } from "../support/leaks";
import { mailedTokens } from "../support/mail";
import { startTenants, type TenantSystem } from "../support/tenants";

const KEY = "k3y-of-acme_0123456789abcdefghijklmnopqrstu";
serverKeys.add(KEY);
const SECRET = {
  access: "one-secret-of-the-system-for-access-tokens",
  refresh: "and-one-for-refresh-tokens-of-the-system",
};
let system: TenantSystem;
/** Another process, as it were, has the folder of one of them. */
let release: () => Promise<void>;
let acme: Account;
let globex: Account;
const ask = (tenant: string, method: string, path: string, token?: string, body?: unknown) =>
  request(system.urlOf(tenant), method, path, {
    ...(token === undefined ? {} : { token }),
    ...(body === undefined ? {} : { body }),
  });

beforeAll(async () => {
  system = await startTenants(
    ["acme", "globex", "broken"],
    {
      JWT_ACCESS_SECRET: SECRET.access,
      JWT_REFRESH_SECRET: SECRET.refresh,
      TENANT_DOMAIN: "chat.test",
      ACME__SERVER_KEYS: KEY,
      ACME__ADMIN_EMAIL: "boss@acme.example",
      ACME__ADMIN_PASSWORD: "the boss of acme",
      GLOBEX__ADMIN_EMAIL: "boss@globex.example",
      GLOBEX__ADMIN_PASSWORD: "the boss of globex",
      ACME__AUTH_RATE_LIMIT: "30",
    },
    async (dataDirOf) => void (release = await lockDataDir(dataDirOf("broken"))),
  );
  [acme, globex] = [await register(system.urlOf("acme"), "Ann"), await register(system.urlOf("globex"), "Ann")];
});
afterAll(async () => {
  await system.stop();
  await release();
});

describe("whom one speaks to", () => {
  test.each<[string, string, Record<string, string>]>([
    ["its path", "/t/acme/users/me", {}],
    ["its path, with the prefix of old clients", "/t/acme/api/users/me", {}],
    ["the header", "/users/me", { "x-tenant": "acme" }],
  ])("is said by %s", async (_how, path, headers) => {
    const { status, body } = await request(system.url, "GET", path, { token: acme.token, headers });
    expect([status, body.data?.email]).toEqual([200, acme.email]);
  });

  test("is said by the host, for requests and for sockets", async () => {
    const say = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(system.url).port), "127.0.0.1", () => socket.write(text));
        let heard = "";
        socket.on("data", (bytes) => ((heard += String(bytes)), heard.includes("\r\n\r\n") && socket.end()));
        socket.on("close", () => resolve(heard));
      });
    const head = (path: string, host: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n";
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`;
    const io = "/socket.io/?EIO=4&transport=websocket";
    expect(await say(head("/registration", "globex.chat.test"))).toMatch(/^HTTP\/1.1 200 /);
    expect(await say(head("/registration", "nobody.chat.test"))).toMatch(/^HTTP\/1.1 404 .*There is no tenant/s);
    expect(await say(head(io, "globex.chat.test", upgrade))).toMatch(/^HTTP\/1.1 101 /);
    expect(await say(head(io, "nobody.chat.test", upgrade))).toMatch(/^HTTP\/1.1 404 .*"NOTFOUND"/s);
    expect(await say(head(io, "elsewhere", upgrade))).toMatch(/^HTTP\/1.1 404 .*Say which tenant/s);
    expect(await say(head(io, "broken.chat.test", upgrade))).toMatch(/^HTTP\/1.1 503 .*"UNAVAILABLE"/s);
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ["a tenant that is not there", "/t/nope/users/me", {}, 404, "NOTFOUND"],
    ["nobody", "/users/me", {}, 404, "NOTFOUND"],
    ["two at once", "/t/acme/users/me", { "x-tenant": "globex" }, 400, "BAD_REQUEST"],
    ["one that could not start", "/t/broken/users/me", {}, 503, "UNAVAILABLE"],
  ])("%s is told so in the envelope", async (_who, path, headers, status, code) => {
    const answer = await request(system.url, "GET", path, { token: acme.token, headers });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("the page of a tenant is where its relative links begin, and has what it names", async () => {
    const at = await fetch(`${system.url}/t/acme?dir=rtl`, { redirect: "manual" });
    expect([at.status, at.headers.get("location")]).toEqual([308, "/t/acme/?dir=rtl"]);
    const page = await (await fetch(`${system.url}/t/acme`)).text();
    const links = [...page.matchAll(/(?:href|src)="(\.\/[^"]+\.(?:svg|css|webmanifest))"/g)].map(
      ([, link]) => link ?? "",
    );
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect((await fetch(new URL(link, `${system.url}/t/acme/`))).status).toBe(200);
    const docs = await (await fetch(`${system.url}/t/acme/api/docs`)).text();
    for (const [, link = ""] of docs.matchAll(/(?:href|src)="([^"]+)"/g))
      expect([link, (await fetch(system.url + link)).status]).toEqual([link, 200]);
  });
});

describe("what opens one tenant and no other", () => {
  const claims = (token: string): any => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

  test("two people have the same id, name and rights, and tokens that are each tenant's own", async () => {
    const [a, g] = [claims(acme.token), claims(globex.token)];
    expect([a.sub, a.aud, g.sub, g.aud]).toEqual([g.sub, "acme", a.sub, "globex"]);
    expect((await ask("acme", "GET", "/users/me", acme.token)).status).toBe(200);
    expect((await ask("globex", "GET", "/users/me", acme.token)).body.error.code).toBe("AUTH_INVALID");
    expect((await ask("acme", "GET", "/users/me", globex.token)).body.error.code).toBe("AUTH_INVALID");
  });

  test("a refresh token, at REST; an access token, at both sockets", async () => {
    const { refreshToken } = acme;
    expect((await ask("globex", "POST", "/auth/refresh", undefined, { refreshToken })).status).toBe(401);
    for (const namespace of ["/chat", "/notifications"] as const)
      await expect(Client.connect(system.urlOf("globex"), acme.token, { namespace })).rejects.toMatchObject({
        data: { code: "AUTH_INVALID" },
      });
    const socket = await Client.connect(system.urlOf("globex"), globex.token);
    expect((await socket.send("auth:renew", { token: acme.token })).error.code).toBe("AUTH_INVALID");
    socket.close();
  });

  test("tokens signed with the system's own secret, whatever they claim", async () => {
    for (const aud of [undefined, "acme", "globex", ["acme", "globex"]]) {
      const payload = { ...claims(acme.token), aud };
      const token = sign(JSON.parse(JSON.stringify(payload)), SECRET.access);
      for (const tenant of ["acme", "globex"]) expect((await ask(tenant, "GET", "/users/me", token)).status).toBe(401);
    }
  });

  test("an API token, a server key, an admin's account, and a token that a server made", async () => {
    const { body } = await ask("acme", "POST", "/auth/tokens", acme.token, {
      name: "bot",
      scopes: ["chat:read"],
      password: acme.password,
    });
    expect((await ask("acme", "GET", "/conversations", body.data.token)).status).toBe(200);
    expect((await ask("globex", "GET", "/conversations", body.data.token)).status).toBe(401);
    const server = (tenant: string) => createChatServer({ url: system.urlOf(tenant), key: KEY });
    const made = await server("acme").putUser("42", { username: "Order 42" });
    await expect(server("globex").findUser("42")).rejects.toMatchObject({ code: "AUTH_INVALID" });
    const { accessToken } = await server("acme").signIn(made.user_id);
    expect((await ask("acme", "GET", "/users/me", accessToken)).status).toBe(200);
    expect((await ask("globex", "GET", "/users/me", accessToken)).status).toBe(401);
    const boss = { email: "boss@acme.example", password: "the boss of acme" };
    expect((await ask("acme", "POST", "/auth/login", undefined, boss)).status).toBe(200);
    expect((await ask("globex", "POST", "/auth/login", undefined, boss)).status).toBe(401);
  });

  test("a link to a file, and the file's id", async () => {
    const form = new FormData();
    form.append("file", new Blob(["of acme alone"], { type: "text/plain" }), "secret.txt");
    const headers = { authorization: `Bearer ${acme.token}` };
    const sent = await fetch(`${system.urlOf("acme")}/upload/single`, { method: "POST", body: form, headers });
    const { data: file } = (await sent.json()) as { data: { url: string } };
    const { body } = await ask("acme", "POST", `${file.url}/link`, acme.token);
    expect(await (await fetch(system.urlOf("acme") + body.data.url)).text()).toBe("of acme alone");
    expect((await fetch(system.urlOf("globex") + body.data.url)).status).toBe(403);
    expect((await ask("globex", "GET", file.url, globex.token)).status).toBe(404);
  });

  test("a link that sets a new password, and one that invites: mailed by one, of use there alone, and they lead there", async () => {
    const { email } = await register(system.urlOf("acme"), "Fay");
    await ask("acme", "POST", "/auth/password/forgot", undefined, { email });
    const mailed = (tenant: string) => mailedTokens(system.dataDirOf(tenant), email, "reset");
    await eventually(() => expect(mailed("acme")).toHaveLength(1));
    const reset = { token: mailed("acme")[0], next: "another horse entirely" };
    expect((await ask("globex", "POST", "/auth/password/reset", undefined, reset)).body.ok).toBe(false);
    expect(mailed("globex")).toEqual([]);
    expect((await ask("acme", "POST", "/auth/password/reset", undefined, reset)).body.ok).toBe(true);
    const boss = { email: "boss@acme.example", password: "the boss of acme" };
    const { body } = await ask("acme", "POST", "/auth/login", undefined, boss);
    const made = await ask("acme", "POST", "/admin/invitations", body.data.accessToken, {});
    const [address, invite] = (made.body.data.link as string).split("#invite=");
    expect(address).toBe("http://acme.chat.test/");
    const account = { username: "Eve", email: "eve@example.com", password: "correct horse battery", invite };
    expect((await ask("globex", "POST", "/auth/register", undefined, account)).body.ok).toBe(false);
    expect((await ask("acme", "POST", "/auth/register", undefined, account)).body.ok).toBe(true);
  });
});

describe("one's trouble is nobody else's", () => {
  test("what one tenant's people use up, another's have still", async () => {
    const wrong = { email: "nobody@example.com", password: "wrong" };
    const statuses = async (tenant: string) => {
      const codes: number[] = [];
      for (let i = 0; i < 40; i++) codes.push((await ask(tenant, "POST", "/auth/login", undefined, wrong)).status);
      return codes;
    };
    expect(await statuses("acme")).toContain(429);
    expect((await ask("globex", "POST", "/auth/login", undefined, globex)).status).not.toBe(429);
    expect((await ask("globex", "GET", "/users/me", globex.token)).status).toBe(200);
  });

  test("the whole says how each is, is ready while one is, and counts each by itself", async () => {
    const { body } = await request(system.url, "GET", "/health");
    const { tenants, status } = body.data;
    expect([status, tenants.acme.status, tenants.globex.status, tenants.broken]).toEqual([
      "degraded",
      "up",
      "up",
      { status: "failed" },
    ]);
    expect((await request(system.url, "GET", "/health/ready")).status).toBe(200);
    expect((await ask("acme", "GET", "/health/ready")).status).toBe(200);
    expect((await ask("broken", "GET", "/health/ready")).status).toBe(503);
    const text = await (await fetch(`${system.url}/metrics`)).text();
    expect(text).toContain('tenant_up{tenant="broken"} 0');
    for (const line of text.split("\n").filter((one) => /^(http|chat|store|bus|websocket|outbox)_/.test(one)))
      expect(line).toMatch(/tenant="(acme|globex)"/);
    const heads = text.split("\n").filter((one) => one.startsWith("# TYPE "));
    expect(new Set(heads).size).toBe(heads.length);
    const own = await (await fetch(`${system.urlOf("acme")}/metrics`)).text();
    expect(own).toContain('tenant="acme"');
    expect(own).not.toMatch(/globex|process_resident/);
  });

  test("the client speaks to a tenant by its address: REST, sockets and files", async () => {
    const session = createSession({ url: system.urlOf("globex") });
    await session.signIn({ email: globex.email, password: globex.password });
    const chat = createChat({ url: `${system.urlOf("globex")}/`, token: session.token });
    await chat.connect();
    const { user_id } = (await ask("globex", "GET", "/users/me", globex.token)).body.data;
    expect(chat.me?.user_id).toBe(user_id);
    const file = await chat.files.upload(new File(["by the client"], "note.txt", { type: "text/plain" }));
    expect(await (await chat.files.read(file.url)).text()).toBe("by the client");
    await chat.close();
  });

  test("one that is stopped answers UNAVAILABLE, and the others' sockets hear nothing of it", async () => {
    const socket = await Client.connect(system.urlOf("globex"), globex.token);
    const doomed = await Client.connect(system.urlOf("acme"), acme.token);
    await system.tenants.stopOne("acme");
    await doomed.disconnected();
    expect((await ask("acme", "GET", "/users/me", acme.token)).body.error.code).toBe("UNAVAILABLE");
    await socket.ok("conversation:list");
    expect(socket.socket.connected).toBe(true);
    expect((await ask("globex", "GET", "/users/me", globex.token)).status).toBe(200);
    socket.close();
  });
});
