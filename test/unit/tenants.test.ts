/** The variables of tenants: what is inherited, what is derived, what is refused by name; and whose a request is. */
import { type IncomingMessage } from "node:http";
import { EnvError, readEnv } from "../../contracts/env";
import { tenantEnvs, tenantVars } from "../../contracts/tenants";
import { hostsOf, tenantOf } from "../../services/api/http/tenant-of";

const SECRETS = { JWT_ACCESS_SECRET: "a".repeat(40), JWT_REFRESH_SECRET: "r".repeat(40) };
const two = { TENANTS: "acme, my-shop" };
const envs = (vars: Record<string, string> = {}) => tenantEnvs({ ...two, ...vars });
const refusal = (vars: Record<string, string>): string => {
  try {
    tenantEnvs({ ...two, ...vars });
  } catch (error) {
    if (error instanceof EnvError) return error.message;
    throw error;
  }
  return "accepted";
};

describe("the names", () => {
  test.each(["Acme", "acme_1", "-acme", "acme-", "a--b", "äcme", "a.b", "a/b", "..", "x".repeat(33), "acme,", ",acme"])(
    "TENANTS=%s is refused by name",
    (TENANTS) => expect(refusal({ TENANTS })).toMatch(/^TENANTS: expected 1 to 32 lower-case/),
  );
  test("one that is there twice, and more than there may be, are refused", () => {
    expect(refusal({ TENANTS: "acme,globex,acme" })).toBe('TENANTS: "acme" is there twice');
    const many = Array.from({ length: 65 }, (_, i) => `t${i}`).join();
    expect(refusal({ TENANTS: many })).toBe("TENANTS: at most 64, got 65");
  });
  test("without TENANTS there is none, and nothing that looks like a tenant's is read", () => {
    expect(tenantEnvs({ ACME__PORT: "x", X__RATE_LIMIT: "no number" })).toEqual([]);
    expect(readEnv({})).not.toHaveProperty("TENANT");
  });
});

describe("what is a tenant's own", () => {
  const servers = {
    POSTGRES_URL: "postgres://db/app",
    MONGODB_URI: "mongodb://db/app?w=1",
    UPLOAD_STORE: "s3",
    S3_BUCKET: "bucket",
    UPLOAD_DIR: "/files/",
    PUBLIC_URL: "https://chat.example.com/",
    ...SECRETS,
  };

  test("folders, databases, the bucket's folder, the namespace and the address are derived from its name", () => {
    const [acme, shop] = envs(servers);
    expect(acme).toMatchObject({ TENANT: "acme", NAMESPACE: "chat-acme", DATA_DIR: "./data/tenants/acme" });
    expect(shop).toMatchObject({
      TENANT: "my-shop",
      NAMESPACE: "chat-my-shop",
      UPLOAD_DIR: "/files/tenants/my-shop",
      POSTGRES_SCHEMA: "tenant_my_shop",
      MONGODB_DATABASE: "app-my-shop",
      S3_PREFIX: "tenants/my-shop/",
      PUBLIC_URL: "https://chat.example.com/t/my-shop",
    });
  });

  test("so are the keys, from which neither another's nor the system's can be found", () => {
    const keys = envs(servers).flatMap((env) => [env.JWT_ACCESS_SECRET, env.JWT_REFRESH_SECRET]);
    expect(new Set([...keys, ...Object.values(SECRETS)]).size).toBe(6);
    for (const key of keys) expect(key?.length).toBe(64);
    expect(envs(servers)[0]?.JWT_ACCESS_SECRET).toBe(keys[0]); // the same at every start
  });

  test("no two of its values are another's, whatever they are derived from", () => {
    const [acme = {}, shop = {}] = envs(servers) as unknown as Record<string, unknown>[];
    const own = ["NAMESPACE", "DATA_DIR", "UPLOAD_DIR", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET", "POSTGRES_SCHEMA"];
    for (const name of [...own, "MONGODB_DATABASE", "S3_PREFIX", "PUBLIC_URL"]) {
      expect(acme[name]).toEqual(expect.any(String));
      expect([name, acme[name]]).not.toEqual([name, shop[name]]);
    }
  });

  test("everything else is inherited, and any of it may be its own", () => {
    const [acme, shop] = envs({ RATE_LIMIT: "70", MY_SHOP__RATE_LIMIT: "9", MY_SHOP__SMTP_URL: "smtp://shop" });
    expect([acme?.RATE_LIMIT, shop?.RATE_LIMIT, shop?.FILE_RATE_LIMIT]).toEqual([70, 9, 90]);
    expect([acme?.SMTP_URL, shop?.SMTP_URL]).toEqual([undefined, "smtp://shop"]);
  });

  test("with TENANT_DOMAIN each has a host", () => {
    const given = { TENANT_DOMAIN: "chat.example.com", PUBLIC_URL: "https://chat.example.com" };
    expect(envs(given).map((env) => env.PUBLIC_URL)).toEqual([
      "https://acme.chat.example.com",
      "https://my-shop.chat.example.com",
    ]);
  });

  test("a command is given the variables of one, and of none that is not there", () => {
    const vars = tenantVars({ ...two, ACME__ADMIN_EMAIL: "boss@acme.example" }, "acme");
    expect(readEnv(vars)).toMatchObject({ ADMIN_EMAIL: "boss@acme.example", TENANTS: [], NAMESPACE: "chat-acme" });
    expect(() => tenantVars(two, "globex")).toThrow('TENANTS: there is no tenant "globex" in it');
  });
});

describe("what is refused at start, by name", () => {
  test.each([
    ["ADMIN_EMAIL", "a@b.example"],
    ["ADMIN_PASSWORD", "long-enough-1"],
    ["SERVER_KEYS", "k".repeat(40)],
    ["TRUSTED_ISSUERS", "[]"],
    ["HOOK_SECRET", `whsec_${"A".repeat(40)}`],
  ])("%s for all tenants", (name, value) => {
    expect(refusal({ [name]: value })).toBe(`${name}: would open every tenant; set ACME__${name} for one of them`);
    expect(refusal({ [`ACME__${name}`]: value })).toBe("accepted");
  });

  test.each([
    "PROCESSES",
    "PORT",
    "HOST",
    "NODE_ENV",
    "SERVICES",
    "NODE_ID",
    "NAMESPACE",
    "HEALTH_PORT",
    "TRUST_PROXY",
    "TENANTS",
  ])("ACME__%s, which is the system's", (name) =>
    expect(refusal({ [`ACME__${name}`]: "1" })).toContain(`ACME__${name}: ${name} is the system's`),
  );

  test("a variable that there is not, a tenant that there is not, and a value that does not do", () => {
    expect(refusal({ ACME__RATE_LIMITS: "1" })).toBe("ACME__RATE_LIMITS: there is no variable RATE_LIMITS");
    expect(refusal({ ACEM__RATE_LIMIT: "1" })).toBe("ACEM__RATE_LIMIT: there is no tenant of this name in TENANTS");
    expect(refusal({ MY_SHOP__RATE_LIMIT: "x" })).toContain("MY_SHOP__RATE_LIMIT: expected a whole number");
  });

  test.each<[string, Record<string, string>]>([
    ["MY_SHOP__DATA_DIR", { ACME__DATA_DIR: "/d", MY_SHOP__DATA_DIR: "/d" }],
    ["MY_SHOP__DATA_DIR", { MY_SHOP__DATA_DIR: "./data/tenants/acme" }],
    ["MY_SHOP__UPLOAD_DIR", { ACME__UPLOAD_DIR: "/u", MY_SHOP__UPLOAD_DIR: "/u" }],
    ["MY_SHOP__JWT_ACCESS_SECRET", { ACME__JWT_ACCESS_SECRET: "s", MY_SHOP__JWT_ACCESS_SECRET: "s" }],
    ["MY_SHOP__POSTGRES_SCHEMA", { POSTGRES_URL: "postgres://db", MY_SHOP__POSTGRES_SCHEMA: "tenant_acme" }],
    ["MY_SHOP__MONGODB_DATABASE", { MONGODB_URI: "mongodb://db", MY_SHOP__MONGODB_DATABASE: "chat-acme" }],
    ["MY_SHOP__S3_PREFIX", { S3_BUCKET: "b", MY_SHOP__S3_PREFIX: "tenants/acme/" }],
    ["MY_SHOP__PUBLIC_URL", { ACME__PUBLIC_URL: "https://a.example/", MY_SHOP__PUBLIC_URL: "https://a.example" }],
    ["MY_SHOP__SERVER_KEYS", { ACME__SERVER_KEYS: "k".repeat(40), MY_SHOP__SERVER_KEYS: "k".repeat(40) }],
  ])("%s where it is another's", (name, vars) => {
    expect(refusal(vars)).toBe(`${name}: is the same as that of the tenant acme`);
  });
});

describe("whose a request is", () => {
  const [acme, globex] = tenantEnvs({ TENANTS: "acme,globex", GLOBEX__PUBLIC_URL: "https://talk.globex.example" });
  const names = new Set(["acme", "globex"]);
  const ask = (url: string, host = "localhost:3000", tenant?: string, domain?: string) => {
    const headers = { host, ...(tenant === undefined ? {} : { "x-tenant": tenant }) };
    const req = { url, method: "GET", headers, headersDistinct: { host: [host] }, httpVersion: "1.1" };
    return tenantOf(req as unknown as IncomingMessage, names, hostsOf([acme!, globex!]), domain);
  };
  const wrong = (...args: Parameters<typeof ask>): string => {
    try {
      return String(ask(...args).tenant);
    } catch (error) {
      return (error as { type: string }).type;
    }
  };

  test.each<[string, Parameters<typeof ask>, string, string]>([
    ["its path", ["/t/acme/users/me?x=/t/globex"], "acme", "/users/me?x=/t/globex"],
    ["its path alone", ["/t/acme"], "acme", "/"],
    ["its path and a query", ["/t/acme?dir=rtl"], "acme", "/?dir=rtl"],
    ["the whole address", ["http://localhost/t/acme/files/1"], "acme", "/files/1"],
    ["the header", ["/users/me", "localhost", "globex"], "globex", "/users/me"],
    ["its own host", ["/users/me", "talk.globex.example"], "globex", "/users/me"],
    ["its own host in capitals", ["/", "TALK.GLOBEX.EXAMPLE"], "globex", "/"],
    ["a host below TENANT_DOMAIN", ["/", "acme.chat.example", undefined, "chat.example"], "acme", "/"],
    ["its path twice, of which the second is a path", ["/t/acme/t/globex/x"], "acme", "/t/globex/x"],
    ["all three alike", ["/t/acme/x", "acme.chat.example", "acme", "chat.example"], "acme", "/x"],
  ])("is said by %s", (_how, args, tenant, url) => expect(ask(...args)).toEqual({ tenant, url }));

  test.each<[string, Parameters<typeof ask>, string]>([
    ["nothing", ["/users/me"], "undefined"],
    ["a path that only looks like one", ["/team/acme"], "undefined"],
    ["the domain itself", ["/", "chat.example", undefined, "chat.example"], "undefined"],
    ["a name that is not there", ["/t/nope/users/me"], "NOTFOUND"],
    ["one in other letters", ["/t/ACME/users/me"], "NOTFOUND"],
    ["one in escapes", ["/t/%61cme/users/me"], "NOTFOUND"],
    ["none", ["/t//users/me"], "NOTFOUND"],
    ["a header that is not there", ["/", "localhost", "__proto__"], "NOTFOUND"],
    ["a host that is not there", ["/", "nope.chat.example", undefined, "chat.example"], "NOTFOUND"],
    ["a host two below", ["/", "a.acme.chat.example", undefined, "chat.example"], "NOTFOUND"],
    ["path and header", ["/t/acme/x", "localhost", "globex"], "BAD_REQUEST"],
    ["path and host", ["/t/acme/x", "talk.globex.example"], "BAD_REQUEST"],
    ["header and host", ["/x", "talk.globex.example", "acme"], "BAD_REQUEST"],
  ])("is not said by %s", (_how, args, what) => expect(wrong(...args)).toBe(what));
});
