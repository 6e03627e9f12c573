/** What admins see of the variables: every one of them, and never what opens a door. */
import { readEnv, variables } from "../../contracts/env";
import { settingsOf } from "../../contracts/settings";
import { isToldToTenant, tenantEnvs } from "../../contracts/tenants";

const PLANTED = "pl4nted";
const names = Object.keys(variables);
const of = (vars: Readonly<Record<string, string>>) => {
  const found = new Map(settingsOf(vars, variables).map((one) => [one.name, one]));
  return (name: string) => found.get(name);
};

test("tell of every variable: what it is for, whether it is set, and its default", () => {
  const { SETTINGS } = readEnv({ RATE_LIMIT: "7", PORT: " " });
  expect(SETTINGS.map(({ name }) => name)).toEqual(names);
  const find = (name: string) => SETTINGS.find((one) => one.name === name);
  expect(find("RATE_LIMIT")).toMatchObject({ set: true, value: "7", default: "100", secret: false });
  expect(find("PORT")).toMatchObject({ set: false, value: null, default: "3000" });
});

test("say of a secret that it is set, and nothing else", () => {
  const all = settingsOf(Object.fromEntries(names.map((name) => [name, PLANTED])), variables);
  for (const { name, secret, set, value, default: fallback } of all) {
    expect([name, set]).toEqual([name, true]);
    if (secret) expect([name, value, fallback]).toEqual([name, null, ""]);
  }
});

/** By their names; one that is added must be marked, or be said here to be none. */
test("a variable that is called a secret, a key, a password or an account is one", () => {
  const open = new Set(["VAPID_PUBLIC_KEY", "APNS_KEY_ID", "ACCOUNT_ERASURE", "PASSWORD_COST"]);
  const called = names.filter((name) => /SECRET|KEY|PASSWORD|TOKEN|ACCOUNT|PROVIDERS|ISSUERS/.test(name));
  const told = settingsOf({}, variables).filter(({ name, secret }) => called.includes(name) && !secret);
  expect(new Set(told.map(({ name }) => name))).toEqual(open);
});

test.each([
  [`postgres://chat:${PLANTED}@db:5432/chat`, "postgres://db:5432"],
  [`postgres://${PLANTED}@db/chat`, "postgres://db"],
  [`mongodb://chat:${PLANTED}@a:1,b:2/chat?replicaSet=rs`, "mongodb://a:1"],
  [`amqp://host/${PLANTED}?x=${PLANTED}#${PLANTED}`, "amqp://host"],
  [`amqp:chat:${PLANTED}@host`, "amqp://"],
  [`https://hooks.example.com/services/${PLANTED}?token=${PLANTED}`, "https://hooks.example.com"],
  ["filter.check", "filter.check"],
])("of the address %s no more than its host is told", (raw, told) => {
  const [setting] = settingsOf({ X: raw }, { X: { about: "", shown: "", told: "host" } });
  expect(setting?.value).toBe(told);
});

test("every variable that takes an address with credentials shows its host alone", () => {
  const address = `amqps://chat:${PLANTED}@host/vhost`;
  const told = of(Object.fromEntries(names.map((name) => [name, address])));
  for (const name of names.filter((one) => /_(URL|URI|ENDPOINT)$|^TRANSPORTER$/.test(one)))
    expect([name, told(name)?.value]).toEqual([name, "amqps://host"]);
});

test("a long value is cut, so that the answer stays one that its contract allows", () => {
  expect(of({ CUSTOM_SCHEMAS: "x".repeat(50_000) })("CUSTOM_SCHEMAS")?.value).toHaveLength(1_000);
  for (const { name, about, default: fallback } of settingsOf({}, variables))
    expect([name, name.length <= 64, about.length <= 500, fallback.length <= 1_000]).toEqual([name, true, true, true]);
});

test("a tenant's admins see its own variables, and not where or how the system runs", () => {
  const vars = { TENANTS: "acme", ACME__RATE_LIMIT: "9", MONGODB_URI: `mongodb://u:${PLANTED}@db`, TRUST_PROXY: "2" };
  const [acme] = tenantEnvs(vars);
  const told = acme?.SETTINGS.filter(({ name }) => isToldToTenant(name)) ?? [];
  expect(told.find(({ name }) => name === "RATE_LIMIT")).toMatchObject({ set: true, value: "9" });
  for (const name of ["MONGODB_URI", "TRUST_PROXY", "DATA_DIR", "POSTGRES_SCHEMA", "PORT", "TENANTS"])
    expect(told.map((one) => one.name)).not.toContain(name);
});
