/** Signing in with an account of elsewhere: against a real provider, and against ones that lie, hang and flood. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { once } from "node:events";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { operator } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { call } from "../../platform/bus";
import { providersOf } from "../../platform/issuers/providers";
import { type Account, register, request } from "../support/client";
import { mailedTokens } from "../support/mail";
import { OidcProvider, Visitor } from "../support/oidc";
import { eventually } from "../support/eventually";
import { startSystem, type System } from "../support/system";

let provider: OidcProvider;
let liar: Liar;
let system: System;

beforeAll(async () => {
  provider = await OidcProvider.start();
  liar = await Liar.start();
  const common = { clientId: "chat", clientSecret: "the secret of the chat", private: true };
  const OIDC_PROVIDERS = JSON.stringify([
    { ...common, id: "real", name: "Real", issuer: provider.issuer },
    { ...common, id: "liar", name: "Liar", issuer: liar.issuer },
  ]);
  system = await startSystem({ env: { OIDC_PROVIDERS } });
  await provider.expects(`${system.url}/oidc/real/callback`);
});
afterAll(async () => {
  await system?.stop();
  await provider?.stop();
  await liar?.stop();
});

const isBack = (url: string): boolean => url.startsWith(`${system.url}/oidc/real/callback`);
const takeTokens = async (visitor: Visitor, body: object = {}): Promise<any> =>
  (
    await visitor.go(`${system.url}/oidc/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json();
/** All the way, and what the page is told. */
async function signIn(login: string, visitor = new Visitor()): Promise<any> {
  const back = await visitor.signInAt(`${system.url}/oidc/real`, login, isBack);
  expect((await visitor.go(back)).headers.get("location")).toBe(`${system.url}/#oidc=done`);
  return takeTokens(visitor);
}
async function verify(account: Account): Promise<void> {
  await request(system.url, "POST", "/auth/email/verification", { token: account.token });
  await eventually(() => expect(mailedTokens(system.dataDir, account.email, "verify")).toHaveLength(1));
  const [token] = mailedTokens(system.dataDir, account.email, "verify");
  await request(system.url, "POST", "/auth/email/verify", { body: { token } });
}

describe("with a real provider", () => {
  test("one is somebody new the first time, and the same from then on", async () => {
    const first = await signIn("Ada|ada@example.org|verified");
    expect(first.data.user).toMatchObject({ username: "Ada", email: "ada@example.org", email_verified: true });
    const again = await signIn("Ada|ada@example.org|verified");
    expect(again.data.user.user_id).toBe(first.data.user.user_id);
    const { status } = await request(system.url, "GET", "/users/me", { token: again.data.accessToken });
    expect(status).toBe(200);
  });

  test("the page is told of it by name, and of no secret", async () => {
    const { body } = await request(system.url, "GET", "/registration");
    expect(body.data).toEqual({
      registration: "open",
      providers: [
        { id: "real", name: "Real" },
        { id: "liar", name: "Liar" },
      ],
    });
  });

  test("an account that both sides have verified is opened; its sessions go on", async () => {
    const here = await register(system.url);
    await verify(here);
    const { data } = await signIn(`Else|${here.email.toUpperCase()}|verified`);
    expect(data.user).toMatchObject({ user_id: here.id, username: here.username });
    expect((await request(system.url, "GET", "/users/me", { token: here.token })).status).toBe(200);
  });

  test("one that is not verified here is not: whoever made it may not own the address", async () => {
    const squatter = await register(system.url);
    const { error } = await signIn(`Owner|${squatter.email}|verified`);
    expect(error).toMatchObject({ code: "CONFLICT", details: { required: "verification" } });
  });

  test("one is not by an address that the provider has not verified", async () => {
    const here = await register(system.url);
    await verify(here);
    const { data } = await signIn(`Thief|${here.email}|no`);
    expect(data.user.user_id).not.toBe(here.id);
    expect(data.user.email).toBe("");
  });

  test("a second factor is asked for here, too", async () => {
    const here = await register(system.url);
    await verify(here);
    const as = { token: here.token };
    const begun = await request(system.url, "POST", "/auth/totp", { ...as, body: { password: here.password } });
    const { Secret, TOTP } = jest.requireActual("otpauth");
    const code = () => new TOTP({ secret: Secret.fromBase32(begun.body.data.secret) }).generate();
    const { body } = await request(system.url, "POST", "/auth/totp/confirm", { ...as, body: { code: code() } });
    const visitor = new Visitor();
    expect((await signIn(`Two|${here.email}|verified`, visitor)).error).toMatchObject({
      code: "FORBIDDEN",
      details: { required: "code" },
    });
    expect((await takeTokens(visitor, { code: "000000" })).error.code).toBe("AUTH_INVALID");
    expect((await takeTokens(visitor, { code: 7 })).error.code).toBe("BAD_REQUEST");
    const [recovery] = body.data.recoveryCodes;
    expect((await takeTokens(visitor, { code: recovery })).data.user.user_id).toBe(here.id);
  });

  test("who is banned stays out, and who was erased is nobody known", async () => {
    const { data } = await signIn("Bea||");
    await call(system.broker, "users.ban", { id: data.user.user_id }, { meta: { caller: operator } });
    expect((await signIn("Bea||")).error.code).toBe("FORBIDDEN");
    await call(system.broker, "users.delete", { id: data.user.user_id }, { meta: { caller: operator } });
    expect((await signIn("Bea||")).data.user.user_id).not.toBe(data.user.user_id);
  });
});

describe("a way back that is not one's own", () => {
  test("from another browser, as a trap would send it, signs nobody in", async () => {
    const trap = await new Visitor().signInAt(`${system.url}/oidc/real`, "Trap||", isBack);
    const victim = new Visitor();
    await victim.go(`${system.url}/oidc/real`); // on the way with a state of their own
    expect((await victim.go(trap)).headers.get("location")).toBe(`${system.url}/#oidc=failed`);
    expect((await takeTokens(victim)).error.code).toBe("AUTH_INVALID");
    expect((await new Visitor().go(trap)).headers.get("location")).toBe(`${system.url}/#oidc=failed`);
  });

  test("is used once", async () => {
    const visitor = new Visitor();
    const back = await visitor.signInAt(`${system.url}/oidc/real`, "Once||", isBack);
    await visitor.go(back);
    expect((await takeTokens(visitor)).ok).toBe(true);
    expect((await takeTokens(visitor)).error.code).toBe("AUTH_INVALID");
    expect((await visitor.go(back)).headers.get("location")).toBe(`${system.url}/#oidc=failed`);
  });

  test("with a changed cookie, state, code or provider is none", async () => {
    const visitor = new Visitor();
    const back = new URL(await visitor.signInAt(`${system.url}/oidc/real`, "Mallory||", isBack));
    for (const [name, value] of [
      ["state", "x"],
      ["code", "x"],
      ["iss", "https://evil.example"],
    ] as const) {
      const fresh = new Visitor();
      const own = new URL(await fresh.signInAt(`${system.url}/oidc/real`, "Mallory||", isBack));
      own.searchParams.set(name, value);
      expect((await fresh.go(own.href)).headers.get("location")).toBe(`${system.url}/#oidc=failed`);
    }
    const other = back.href.replace("/oidc/real/", "/oidc/liar/");
    expect((await visitor.go(other)).headers.get("location")).toBe(`${system.url}/#oidc=failed`);
    for (const cookie of ["chat-oidc=x", "chat-oidc=%E0%A4%A", `chat-oidc=${"A".repeat(200)}`]) {
      const { status } = await fetch(`${system.url}/oidc/session`, { method: "POST", headers: { cookie } });
      expect(status).toBe(401);
    }
  });

  test("to a provider that there is none of is NOTFOUND", async () => {
    expect((await request(system.url, "GET", "/oidc/nobody")).status).toBe(404);
    expect((await request(system.url, "GET", "/oidc/nobody/callback?code=x")).status).toBe(404);
  });
});

/** A provider that answers as a test wants it to. */
class Liar {
  claims: object = {};
  sign: ((claims: object) => Promise<string>) | undefined;
  behaves: ((path: string, res: ServerResponse) => boolean) | undefined;
  private pair!: Awaited<ReturnType<typeof generateKeyPair>>;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
  ) {}

  static async start(): Promise<Liar> {
    const server = createServer((req, res) => void liar.answer(req.url ?? "", res));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const liar = new Liar(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    liar.pair = await generateKeyPair("RS256", { extractable: true });
    return liar;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  signed(claims: object, key = this.pair.privateKey): Promise<string> {
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: "RS256", kid: "k" }).sign(key);
  }

  private async answer(path: string, res: ServerResponse): Promise<void> {
    if (this.behaves?.(path, res)) return;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: "chat", sub: "liar", iat: now, exp: now + 60, ...this.claims };
    const { issuer } = this;
    const [jwks_uri, token_endpoint, authorization_endpoint] = ["jwks", "token", "auth"].map((p) => `${issuer}/${p}`);
    const answers: Record<string, () => Promise<object>> = {
      "/.well-known/openid-configuration": () =>
        Promise.resolve({ issuer, jwks_uri, token_endpoint, authorization_endpoint }),
      "/jwks": async () => ({ keys: [{ ...(await exportJWK(this.pair.publicKey)), kid: "k", alg: "RS256" }] }),
      "/token": async () => ({
        access_token: "a",
        token_type: "bearer",
        id_token: await (this.sign ?? ((c: object) => this.signed(c)))(claims),
      }),
    };
    const answer = answers[path];
    res.setHeader("content-type", "application/json");
    res.writeHead(answer ? 200 : 404).end(answer ? JSON.stringify(await answer()) : "");
  }
}

describe("a provider that lies", () => {
  /** There and back with the claims, beside the nonce of this very way. */
  async function outcome(claims: (nonce: string) => object, sign?: Liar["sign"]): Promise<string> {
    const visitor = new Visitor();
    const there = new URL((await visitor.go(`${system.url}/oidc/liar`)).headers.get("location") ?? "");
    const { state = "", nonce = "" } = Object.fromEntries(there.searchParams);
    [liar.claims, liar.sign] = [claims(nonce), sign];
    const back = await visitor.go(`${system.url}/oidc/liar/callback?code=c&state=${state}`);
    if (back.headers.get("location")?.endsWith("#oidc=done")) return (await takeTokens(visitor)).error?.code ?? "in";
    return back.headers.get("location")?.split("#")[1] ?? "nothing";
  }
  const past = Math.floor(Date.now() / 1000) - 3600;

  test("lets one in where it tells the truth", async () => {
    expect(await outcome((nonce) => ({ nonce }))).toBe("in");
  });

  test.each<[string, (nonce: string) => object, Liar["sign"]?]>([
    ["another nonce", () => ({ nonce: "x" })],
    ["no nonce", () => ({})],
    ["another audience", (nonce) => ({ nonce, aud: "mail" })],
    ["another issuer", (nonce) => ({ nonce, iss: "https://accounts.example" })],
    ["a token that has run out", (nonce) => ({ nonce, iat: past, exp: past + 60 })],
    ["no end", (nonce) => ({ nonce, exp: undefined })],
    ["no subject", (nonce) => ({ nonce, sub: undefined })],
    ["a subject that is no text", (nonce) => ({ nonce, sub: 7 })],
    ["an unsigned token", (nonce) => ({ nonce }), (c) => Promise.resolve(new UnsecuredJWT({ ...c }).encode())],
    [
      "a stranger's key",
      (nonce) => ({ nonce }),
      async (c) => liar.signed(c, (await generateKeyPair("RS256")).privateKey),
    ],
    [
      "HS256 with the client's secret",
      (nonce) => ({ nonce }),
      (c) =>
        new SignJWT({ ...c })
          .setProtectedHeader({ alg: "HS256" })
          .sign(Buffer.from("the secret of the chat".repeat(2))),
    ],
    ["nonsense", (nonce) => ({ nonce }), () => Promise.resolve("x.y.z")],
  ])("by %s lets nobody in", async (_name, claims, sign = undefined) => {
    expect(await outcome(claims, sign)).toBe("oidc=failed");
  });

  test.each([
    ["a subject that is too long", { sub: "s".repeat(300) }],
    ["a subject with NUL", { sub: "s\0" }],
  ])("by %s makes no account", async (_name, more) => {
    expect(await outcome((nonce) => ({ nonce, ...more }))).toBe("BAD_REQUEST");
  });

  test.each<[string, (path: string, res: ServerResponse) => boolean]>([
    ["is down", (_path, res) => (res.destroy(), true)],
    ["floods", (path, res) => path === "/token" && (res.end("x".repeat(3_000_000)), true)],
    [
      "sends one elsewhere",
      (path, res) => path === "/token" && (res.writeHead(307, { location: "/jwks" }).end(), true),
    ],
  ])("or %s stops nobody who signs in elsewhere", async (_name, behaves) => {
    const visitor = new Visitor();
    const there = new URL((await visitor.go(`${system.url}/oidc/liar`)).headers.get("location") ?? "");
    liar.behaves = behaves;
    const back = visitor.go(`${system.url}/oidc/liar/callback?code=c&state=${there.searchParams.get("state")}`);
    expect((await signIn("Calm||")).ok).toBe(true);
    expect((await back).headers.get("location")).toMatch(/#oidc=(failed|unavailable)$/);
    liar.behaves = undefined;
  });
});

describe("OIDC_PROVIDERS", () => {
  const ok = { id: "a", name: "A", issuer: "https://a.example", clientId: "chat" };
  const read = (value: unknown, more: object = {}) =>
    providersOf(readEnv({ OIDC_PROVIDERS: typeof value === "string" ? value : JSON.stringify(value), ...more }));
  test("is a list of providers", () => {
    expect(read([ok])).toMatchObject([{ ...ok, scope: "openid email profile", link: true, register: false }]);
    expect(providersOf(readEnv({}))).toEqual([]);
  });
  test.each<[string, unknown]>([
    ["no JSON", "[{"],
    ["an object", ok],
    ["a path to nothing", "/nowhere.json"],
    ["a misspelt field", [{ ...ok, clientid: "x" }]],
    ["no client", [{ ...ok, clientId: undefined }]],
    ["an id that is no part of an address", [{ ...ok, id: "A/b" }]],
    ["the same id twice", [ok, ok]],
    ["http", [{ ...ok, issuer: "http://a.example" }]],
    ["a scope without openid", [{ ...ok, scope: "email" }]],
  ])("with %s is refused by name", (_name, value) => expect(() => read(value)).toThrow(/^OIDC_PROVIDERS: /));
  test("needs PUBLIC_URL in production, where Host is anybody's", () => {
    const secrets = { JWT_ACCESS_SECRET: "a1".repeat(20), JWT_REFRESH_SECRET: "b2".repeat(20) };
    expect(() => read([ok], { NODE_ENV: "production", ...secrets })).toThrow(/^PUBLIC_URL: /);
  });
});
