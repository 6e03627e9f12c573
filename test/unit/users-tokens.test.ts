/** Tokens: what is signed verifies, and nothing else does. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "jsonwebtoken";
import { readEnv } from "../../contracts/env";
import { codeOf } from "../../contracts/errors";
import { secretsOf } from "../../platform/secrets";
import { makeTokens } from "../../platform/tokens";

const secrets = { access: "a".repeat(48), refresh: "r".repeat(48) };
const tokens = makeTokens(secrets, 900_000);
const caller = { userId: 7, sessionId: "s1", roles: ["user", "admin"] } as const;
const good = (): string => tokens.signAccess(caller, Date.now()).token;
const claims = (over: object = {}): object => {
  const now = Date.now() / 1000;
  return { sub: "7", sid: "s1", roles: ["user"], typ: "access", iat: now, exp: now + 900, ...over };
};
const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
function handmade(header: object, payload: object, secret: string, hash = "sha256"): string {
  const body = `${b64(header)}.${b64(payload)}`;
  return `${body}.${createHmac(hash, secret).update(body).digest("base64url")}`;
}
const expired = expect.objectContaining({ type: "AUTH_INVALID", data: { expired: true } });
function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
function refusal(run: () => unknown): string {
  const error = errorOf(run);
  return error === undefined ? "accepted" : codeOf(error);
}

describe("an access token", () => {
  it("says who speaks, with or without the word Bearer", () => {
    for (const form of [good(), `Bearer ${good()}`, `bearer ${good()}`])
      expect(tokens.verifyAccess(form).caller).toEqual(caller);
  });

  it("keeps the milliseconds of its time, by which a revocation tells before from after", () => {
    const at = 1_900_000_000_123;
    const { token, expiresAt } = tokens.signAccess(caller, at);
    expect(tokens.verifyAccess(token)).toMatchObject({ issuedAt: at, expiresAt: at + 900_000 });
    expect(expiresAt).toBe(at + 900_000);
  });

  it("can't be changed by who holds the caller", () => {
    const verified = tokens.verifyAccess(good()).caller;
    expect(() => Object.assign(verified, { userId: 1 })).toThrow(TypeError);
    expect(() => (verified.roles as string[]).push("admin")).toThrow(TypeError);
  });

  it("says that it has run out when its time is over", () => {
    const { token } = tokens.signAccess(caller, Date.now() - 901_000);
    expect(errorOf(() => tokens.verifyAccess(token))).toEqual(expired);
  });

  it("that was checked before still runs out, and vouches for no other", () => {
    const { token, expiresAt } = tokens.signAccess(caller, Date.now());
    expect(tokens.verifyAccess(token)).toBe(tokens.verifyAccess(`Bearer ${token}`)); // looked up, not checked again
    const forged = token.slice(0, -2) + (token.endsWith("AA") ? "BB" : "AA");
    expect(refusal(() => tokens.verifyAccess(forged))).toBe("AUTH_INVALID");
    const clock = jest.spyOn(Date, "now").mockReturnValue(expiresAt);
    try {
      expect(errorOf(() => tokens.verifyAccess(token))).toEqual(expired);
    } finally {
      clock.mockRestore();
    }
    expect(tokens.verifyAccess(token).caller).toEqual(caller);
  });

  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const [head = "", body = "", signature = ""] = good().split(".");
  const forged: Record<string, unknown> = {
    "alg none": `${b64({ alg: "none", typ: "JWT" })}.${b64(claims())}.`,
    "alg None with a signature": `${b64({ alg: "None" })}.${b64(claims())}.${signature}`,
    "alg HS384 with our secret": handmade({ alg: "HS384" }, claims(), secrets.access, "sha384"),
    "alg HS512 with our secret": handmade({ alg: "HS512" }, claims(), secrets.access, "sha512"),
    "alg RS256": sign(claims(), privateKey, { algorithm: "RS256" }),
    "RS256 key confusion": handmade({ alg: "HS256" }, claims(), pem),
    "another secret": handmade({ alg: "HS256" }, claims(), "x".repeat(48)),
    "an empty secret": handmade({ alg: "HS256" }, claims(), ""),
    "the refresh secret": handmade({ alg: "HS256" }, claims(), secrets.refresh),
    "kid to /dev/null": handmade({ alg: "HS256", kid: "../../../dev/null" }, claims(), ""),
    "kid with SQL": handmade({ alg: "HS256", kid: "x' UNION SELECT 'k" }, claims(), "k"),
    "a jwk in the header": handmade({ alg: "HS256", jwk: { kty: "oct", k: b64({}) } }, claims(), "{}"),
    "jku in the header": handmade({ alg: "HS256", jku: "https://evil.test/k" }, claims(), "x"),
    "another payload": `${head}.${b64(claims({ sub: "1" }))}.${signature}`,
    "a cut signature": `${head}.${body}.${signature.slice(0, -2)}`,
    "no signature": `${head}.${body}.`,
    "a refresh token": tokens.signRefresh({
      userId: 7,
      sessionId: "s1",
      generation: 1,
      issuedAt: Date.now(),
      expiresAt: Date.now() + 1000,
    }),
    "typ refresh with the access secret": handmade({ alg: "HS256" }, claims({ typ: "refresh" }), secrets.access),
    "no typ": handmade({ alg: "HS256" }, claims({ typ: undefined }), secrets.access),
    "no expiry": handmade({ alg: "HS256" }, claims({ exp: undefined }), secrets.access),
    "no session": handmade({ alg: "HS256" }, claims({ sid: undefined }), secrets.access),
    "a subject that is no number": handmade({ alg: "HS256" }, claims({ sub: "1 OR 1=1" }), secrets.access),
    "a subject as an object": handmade({ alg: "HS256" }, claims({ sub: { $ne: null } }), secrets.access),
    "roles as text": handmade({ alg: "HS256" }, claims({ roles: "admin" }), secrets.access),
    "a header that is no JSON": `${Buffer.from("{").toString("base64url")}.${body}.${signature}`,
    "a payload that is text": sign("7", secrets.access),
    nothing: "",
    "only Bearer": "Bearer ",
    "no text": 42,
    "an object": { token: good() },
    null: null,
    undefined: undefined,
    "a megabyte": "a".repeat(1_000_000),
  };
  it.each(Object.entries(forged))("is AUTH_INVALID when it is %s", (_name, token) => {
    expect(refusal(() => tokens.verifyAccess(token as string))).toBe("AUTH_INVALID");
  });

  it("grants no role that we do not know", () => {
    const token = handmade({ alg: "HS256" }, claims({ roles: ["user", "root", 1] }), secrets.access);
    expect(tokens.verifyAccess(token).caller.roles).toEqual(["user"]);
  });
});

describe("a refresh token", () => {
  const now = Date.now();
  const row = { userId: 7, sessionId: "s1", generation: 3, issuedAt: now, expiresAt: now + 60_000 };

  it("is the same for the same claims", () => {
    expect(tokens.signRefresh(row)).toBe(tokens.signRefresh({ ...row }));
    expect(tokens.verifyRefresh(tokens.signRefresh(row))).toEqual(row);
  });

  it("is not an access token, nor the other way round", () => {
    expect(refusal(() => tokens.verifyRefresh(good()))).toBe("AUTH_INVALID");
    expect(refusal(() => tokens.verifyRefresh(`Bearer ${tokens.signRefresh(row)}`))).toBe("AUTH_INVALID");
  });

  it("says that it has run out when its time is over", () => {
    const token = tokens.signRefresh({ ...row, expiresAt: now - 1 });
    expect(errorOf(() => tokens.verifyRefresh(token))).toEqual(expired);
  });
});

describe("the signing secrets", () => {
  const envIn = (dir: string, more = {}) => readEnv({ NODE_ENV: "test", DATA_DIR: dir, ...more });
  const fresh = (): string => join(mkdtempSync(join(tmpdir(), "secrets-")), "data");

  it("are generated once, and for the owner's eyes only", () => {
    const dir = fresh();
    const first = secretsOf(envIn(dir));
    expect(secretsOf(envIn(dir))).toEqual(first);
    expect(first.access).not.toBe(first.refresh);
    expect(Buffer.byteLength(first.access)).toBeGreaterThanOrEqual(32);
    expect(statSync(join(dir, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  it("come from the environment where it has them", () => {
    const env = envIn(fresh(), { JWT_ACCESS_SECRET: "one", JWT_REFRESH_SECRET: "two" });
    expect(secretsOf(env)).toEqual({ access: "one", refresh: "two" });
  });

  it("must differ, else one token would be both", () => {
    expect(() => secretsOf(envIn(fresh(), { JWT_ACCESS_SECRET: "x", JWT_REFRESH_SECRET: "x" }))).toThrow(/differ/);
  });

  it("are not guessed from a damaged file", () => {
    const dir = mkdtempSync(join(tmpdir(), "secrets-"));
    writeFileSync(join(dir, "secrets.json"), "{}");
    expect(() => secretsOf(envIn(dir))).toThrow(/holds no secrets/);
  });
});
