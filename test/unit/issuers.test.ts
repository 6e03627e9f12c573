/** Tokens of trusted issuers: what they sign is read, and nothing that only looks like it. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompactEncrypt, type JWTPayload } from "jose";
import { codeOf } from "../../contracts/errors";
import { externalIdOf, issuersOf } from "../../platform/issuers/config";
import { TrustedIssuers } from "../../platform/issuers";
import { AUDIENCE, ISSUER, Provider } from "../support/issuer";

const SECRET = "a secret of thirty-two bytes or more";
const logger = { warn: () => undefined };
let provider: Provider;
let stranger: Provider;
let trusted: TrustedIssuers;

const open = (...entries: object[]) => issuersOf({ TRUSTED_ISSUERS: JSON.stringify(entries) });
beforeAll(async () => {
  provider = await Provider.start();
  await provider.addKey("es", "ES256");
  await provider.addKey("ed", "EdDSA");
  stranger = await Provider.start();
  trusted = new TrustedIssuers(
    open(
      { ...provider.entry(), jwks: await provider.jwks(), private: false },
      { issuer: "shared", audience: AUDIENCE, secret: SECRET },
    ),
    logger,
  );
});
afterAll(async () => {
  trusted.stop();
  await provider.stop();
  await stranger.stop();
});

const b64 = (value: object | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const now = (): number => Math.floor(Date.now() / 1000);
const claims = (over: object = {}): object => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "u1",
  iat: now(),
  exp: now() + 300,
  ...over,
});
function handmade(header: object, payload: object | string, secret: string | Buffer, hash = "sha256"): string {
  const body = `${b64(header)}.${b64(payload)}`;
  return `${body}.${createHmac(hash, secret).update(body).digest("base64url")}`;
}
const shared = (over: object = {}, header: object = {}): string =>
  handmade({ alg: "HS256", ...header }, claims({ iss: "shared", ...over }), SECRET);
const pem = (of: { publicKey: unknown }): string =>
  (of.publicKey as { export(o: object): string }).export({ type: "spki", format: "pem" });

/** As the door does it: whose token it says it is, then their keys. */
async function outcome(token: string): Promise<string> {
  const issuer = trusted.of(token);
  if (!issuer) return "not theirs";
  try {
    const { externalId } = await trusted.verify(issuer, token);
    return `accepted ${externalId}`;
  } catch (error) {
    return codeOf(error);
  }
}

describe("a token of a trusted issuer", () => {
  test.each(["rs", "es", "ed"])("signed with its key %s is read", async (kid) => {
    expect(await outcome(await provider.token({}, {}, kid))).toBe(`accepted ${ISSUER}|u1`);
  });
  test("signed with a secret that both know is read", async () => {
    expect(await outcome(shared())).toBe("accepted shared|u1");
  });
  test.each([
    ["at+jwt", { typ: "at+jwt" }],
    ["JWT", { typ: "JWT" }],
  ])("of type %s is read", async (_name, header) => {
    expect(await outcome(await provider.token({}, header))).toMatch(/^accepted/);
  });
  test("is read while clocks differ by half a minute", async () => {
    expect(await outcome(await provider.token({ iat: now() + 20, nbf: now() + 20 }))).toMatch(/^accepted/);
    expect(await outcome(await provider.token({ exp: now() - 20 }))).toMatch(/^accepted/);
  });
  test("that has run out says so, so that a client asks for a fresh one", async () => {
    const token = await provider.token({ exp: now() - 60 });
    const issuer = trusted.of(token);
    await expect(issuer && trusted.verify(issuer, token)).rejects.toMatchObject({ data: { expired: true } });
  });
  test("says a name, a picture, and an e-mail only where the issuer has verified it", async () => {
    const said = { name: "Ada", picture: "https://x.test/a.png", email: "ada@example.org" };
    const read = async (more: JWTPayload) => {
      const token = await provider.token({ ...said, ...more });
      const issuer = trusted.of(token);
      return issuer && trusted.verify(issuer, token);
    };
    expect(await read({ email_verified: true })).toMatchObject({ names: ["Ada"], email: "ada@example.org" });
    for (const email_verified of [false, "true", 1, undefined])
      expect(await read({ email_verified })).not.toHaveProperty("email");
  });
  test("names its session where it has one, and else is one", async () => {
    const session = async (more: JWTPayload) => {
      const token = await provider.token(more);
      const issuer = trusted.of(token);
      return issuer && (await trusted.verify(issuer, token)).sessionId;
    };
    const [a, b] = [await session({ sid: "s1" }), await session({ sid: "s1", jti: "2" })];
    expect(a).toBe(b);
    expect(await session({ sid: "s1", sub: "u2" })).not.toBe(a);
    expect(await session({ jti: "1" })).not.toBe(await session({ jti: "2" }));
    expect(a?.length).toBeLessThanOrEqual(32);
  });
});

describe("forged", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const good = () => provider.token();
  const parts = async () => (await good()).split(".") as [string, string, string];
  const forgeries: Record<string, () => string | Promise<string>> = {
    "alg none": () => `${b64({ alg: "none" })}.${b64(claims())}.`,
    "alg None": () => `${b64({ alg: "None" })}.${b64(claims())}.`,
    "alg NONE with a signature": async () =>
      `${b64({ alg: "NONE", kid: "rs" })}.${b64(claims())}.${(await parts())[2]}`,
    "no alg": async () => `${b64({ kid: "rs" })}.${b64(claims())}.${(await parts())[2]}`,
    "alg as a list": async () => `${b64({ alg: ["RS256"], kid: "rs" })}.${b64(claims())}.${(await parts())[2]}`,
    "HS256 with the public key in PEM": () =>
      handmade({ alg: "HS256", kid: "rs" }, claims(), pem({ publicKey: rsa.publicKey })),
    "HS256 with the public modulus": async () =>
      handmade({ alg: "HS256", kid: "rs" }, claims(), String((await provider.publicKey("rs")).n)),
    "HS256 with the key's name": () => handmade({ alg: "HS256", kid: "rs" }, claims(), "rs"),
    "HS256 with an empty secret": () => handmade({ alg: "HS256" }, claims(), ""),
    "HS256 with the secret of another issuer": () => handmade({ alg: "HS256" }, claims(), SECRET),
    "HS512 with the shared secret": () => handmade({ alg: "HS512" }, claims({ iss: "shared" }), SECRET, "sha512"),
    "another secret": () => handmade({ alg: "HS256" }, claims({ iss: "shared" }), "x".repeat(40)),
    "a key for the issuer of the secret": () => provider.token({ iss: "shared" }),
    "RS512 with the right key": () => provider.token({}, { alg: "RS512" }).catch(() => "not to be made"),
    "PS256 named for an RS256 signature": async () =>
      `${b64({ alg: "PS256", kid: "rs" })}.${(await parts())[1]}.${(await parts())[2]}`,
    "ES256 named for the RSA key": async () =>
      `${b64({ alg: "ES256", kid: "rs" })}.${(await parts())[1]}.${(await parts())[2]}`,
    "a stranger's key under a known name": () => stranger.token(),
    "an unknown key": () => stranger.token({}, { kid: "unknown" }),
    "no name of a key": () => stranger.token({}, { kid: undefined }),
    "a key's name as a path": () => handmade({ alg: "HS256", kid: "../../../dev/null" }, claims(), ""),
    "a key's name as an object": () => handmade({ alg: "RS256", kid: { $ne: 1 } }, claims(), "x"),
    "a key of its own in the header": async () =>
      stranger.token({}, { jwk: await stranger.publicKey("rs"), kid: "mine" }),
    "its own key under a known name": async () => stranger.token({}, { jwk: await stranger.publicKey("rs") }),
    "an address of keys in the header": () => stranger.token({}, { jku: stranger.url, kid: "mine" }),
    "a certificate in the header": () => stranger.token({}, { x5c: ["MIIB"], kid: "mine" }),
    "an address of a certificate": () => stranger.token({}, { x5u: "https://evil.test/c", kid: "mine" }),
    "a critical header that nobody knows": () =>
      provider.token({}, { crit: ["exp"], exp: 1 }).catch(() => "not to be made"),
    "unencoded payload": async () => {
      const [, body, signature] = await parts();
      return `${b64({ alg: "RS256", kid: "rs", b64: false, crit: ["b64"] })}.${body}.${signature}`;
    },
    "another subject": async () => `${(await parts())[0]}.${b64(claims({ sub: "admin" }))}.${(await parts())[2]}`,
    "a cut signature": async () => (await good()).slice(0, -8),
    "no signature": async () => `${(await parts())[0]}.${(await parts())[1]}.`,
    "two parts": async () => (await parts()).slice(0, 2).join("."),
    "four parts": async () => `${await good()}.x`,
    encrypted: async () =>
      new CompactEncrypt(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader({ alg: "RSA-OAEP", enc: "A256GCM" })
        .encrypt(rsa.publicKey),
    "a foreign audience": () => provider.token({ aud: "mail" }),
    "no audience": () => provider.token({ aud: undefined }),
    "an audience that begins alike": () => provider.token({ aud: `${AUDIENCE}s` }),
    "an empty list of audiences": () => provider.token({ aud: [] }),
    "another issuer": () => provider.token({ iss: "https://evil.example" }),
    "an issuer that begins alike": () => provider.token({ iss: `${ISSUER}.evil.test` }),
    "an issuer with a slash more": () => provider.token({ iss: `${ISSUER}/` }),
    "a list of issuers": () => provider.token({ iss: [ISSUER] as never }),
    "no issuer": () => provider.token({ iss: undefined }),
    "run out": () => provider.token({ exp: now() - 31 }),
    "no end": () => provider.token({ exp: undefined }),
    "an end as text": () => provider.token({ exp: "never" }),
    "an end beyond all bounds": () => provider.token({ exp: 1e300 }),
    "a life of a hundred days": () => provider.token({ exp: now() + 100 * 86_400 }),
    "not valid yet": () => provider.token({ nbf: now() + 60 }),
    "issued in the future": () => provider.token({ iat: now() + 60 }),
    "issued before time": () => provider.token({ iat: -5 }),
    "no subject": () => provider.token({ sub: undefined }),
    "an empty subject": () => provider.token({ sub: "" }),
    "a subject of blanks": () => provider.token({ sub: "  " }),
    "a subject as an object": () => provider.token({ sub: { $ne: null } }),
    "a subject as a number": () => provider.token({ sub: 1 }),
    "a subject with NUL": () => provider.token({ sub: "u1\0" }),
    "a subject that is too long": () => provider.token({ sub: "u".repeat(250) }),
    "a logout of the same issuer": () => provider.token({}, { typ: "logout+jwt" }),
    "an event of the same issuer": () => provider.token({}, { typ: "secevent+jwt" }),
    "a payload that is text": () => handmade({ alg: "HS256" }, `"iss":"shared"`, SECRET),
    "a payload that is a list": () => handmade({ alg: "HS256" }, `[{"iss":"shared"}]`, SECRET),
    "an issuer twice": () =>
      handmade({ alg: "HS256" }, `{"iss":"${ISSUER}","sub":"u1","aud":"chat","exp":${now() + 60},"iss":"shared"}`, "x"),
    "a megabyte": () => `${"a".repeat(500_000)}.${"b".repeat(500_000)}.c`,
  };

  test(`${Object.keys(forgeries).length} of them, of which none is accepted`, async () => {
    const accepted: string[] = [];
    const odd: string[] = [];
    for (const [name, make] of Object.entries(forgeries)) {
      const said = await outcome(await make());
      if (said.startsWith("accepted")) accepted.push(name);
      else if (said !== "AUTH_INVALID" && said !== "not theirs") odd.push(`${name}: ${said}`);
    }
    expect({ accepted, odd }).toEqual({ accepted: [], odd: [] });
    expect(Object.keys(forgeries).length).toBeGreaterThanOrEqual(40);
  });
});

describe("two issuers", () => {
  const two = () =>
    open({ issuer: "a", audience: "x", secret: SECRET, prefix: "" }, { issuer: "b", audience: "x", secret: SECRET });
  test("never speak of the same account, whatever subjects they choose", () => {
    const [a, b] = two();
    if (!a || !b) throw new Error("two were given");
    expect(externalIdOf(two(), a, "7")).toBe("7");
    expect(externalIdOf(two(), b, "7")).toBe("b|7");
    expect(externalIdOf(two(), a, "b|7")).toBeUndefined();
  });
});

describe("TRUSTED_ISSUERS", () => {
  const ok = { issuer: "a", audience: "x", secret: SECRET };
  test("is a list, or a file with one", () => {
    const path = join(mkdtempSync(join(tmpdir(), "issuers-")), "issuers.json");
    writeFileSync(path, JSON.stringify([ok]));
    expect(issuersOf({ TRUSTED_ISSUERS: path })).toEqual(open(ok));
    expect(issuersOf({ TRUSTED_ISSUERS: undefined })).toEqual([]);
  });
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  test("takes a key in PEM", () => {
    const key = pem({ publicKey });
    expect(open({ issuer: "a", audience: ["x", "y"], key, algorithms: ["ES256"] })).toHaveLength(1);
  });
  test.each<[string, string]>([
    ["no JSON", "[{"],
    ["a path to nothing", "/nowhere/issuers.json"],
    ["an object", JSON.stringify(ok)],
    ["no audience", JSON.stringify([{ ...ok, audience: undefined }])],
    ["a misspelt field", JSON.stringify([{ ...ok, audiense: "x" }])],
    ["no key", JSON.stringify([{ ...ok, secret: undefined }])],
    ["two kinds of keys", JSON.stringify([{ ...ok, jwks: "https://id.example/jwks" }])],
    ["a short secret", JSON.stringify([{ ...ok, secret: "short" }])],
    ["a secret for RS256", JSON.stringify([{ ...ok, algorithms: ["RS256"] }])],
    [
      "keys for HS256",
      JSON.stringify([{ issuer: "a", audience: "x", jwks: "https://a.test/", algorithms: ["HS256"] }]),
    ],
    ["the algorithm none", JSON.stringify([{ ...ok, algorithms: ["none"] }])],
    ["keys by http", JSON.stringify([{ issuer: "a", audience: "x", jwks: "http://a.test/" }])],
    ["a private key in nonsense", JSON.stringify([{ issuer: "a", audience: "x", key: "nonsense" }])],
    ["a clock an hour off", JSON.stringify([{ ...ok, clockTolerance: 3600 }])],
    ["the same issuer twice", JSON.stringify([ok, ok])],
    [
      "the same prefix twice",
      JSON.stringify([
        { ...ok, prefix: "" },
        { ...ok, issuer: "b", prefix: "" },
      ]),
    ],
  ])("with %s is refused by name, and without repeating a secret", (_name, value) => {
    const read = () => issuersOf({ TRUSTED_ISSUERS: value });
    expect(read).toThrow(/^TRUSTED_ISSUERS: /);
    expect(read).not.toThrow(SECRET);
  });
});
