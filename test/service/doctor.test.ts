/** The doctor: each fault is made, found, and told with what to do; a sound system has none. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { DatabaseSync } from "@photostructure/sqlite";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Collection, documents } from "../../mixins/documents";
import { brokerOptions } from "../../moleculer.config";
import { examine } from "../../scripts/doctor/command";
import { certificateAt, type Look } from "../../scripts/doctor/certificates";
import { type Finding } from "../../scripts/doctor/finding";
import { isPrivate } from "../../scripts/doctor/hosts";
import { nodeVersion, room } from "../../scripts/doctor/machine";
import { inQueues, namesOf, type Queue, type Queues, takenFacts } from "../../scripts/doctor/queues";
import { inMetrics } from "../../scripts/doctor/running";
import { clock } from "../../scripts/doctor/stores";
import notifications from "../../services/notifications/notifications.service";
import * as certificate from "../support/certificate";

type Vars = Record<string, string>;
const PRODUCTION: Vars = {
  NODE_ENV: "production",
  JWT_ACCESS_SECRET: "an-access-secret-of-more-than-32-bytes",
  JWT_REFRESH_SECRET: "a-refresh-secret-of-more-than-32-bytes",
  PUBLIC_URL: "https://chat.example.org",
  ALLOWED_ORIGINS: "https://chat.example.org",
  TRUST_PROXY: "1",
  SMTP_URL: "smtps://chat:Quiet-harbor-77@mail.example.org",
};

let dir: string;
let server: Server;
let url: string;
let answer: { health: object; metrics: string; behindMs?: number };
beforeAll((done) => {
  server = createServer((req, res) => {
    if (answer.behindMs) res.setHeader("date", new Date(Date.now() - answer.behindMs).toUTCString());
    res.end(req.url === "/metrics" ? answer.metrics : JSON.stringify(answer.health));
  }).listen(0, "127.0.0.1", () => {
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    done();
  });
});
afterAll((done) => void server.close(() => done()));
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "doctor-"));
  look = () => Promise.resolve(undefined);
  answer = { health: { data: { dependencies: { bus: { state: "up" } } } }, metrics: "" };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Of the servers that are spoken to by TLS, as the test has it. */
let look: Look;
async function findings(vars: Vars, file: Vars = {}, at = url): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of examine({ DATA_DIR: dir, ...vars }, file, at, look)) found.push(finding);
  return found;
}
const amiss = async (vars: Vars, file: Vars = {}): Promise<string[]> =>
  (await findings(vars, file)).filter(({ level }) => level !== "ok").map(({ level, what }) => `${level} ${what}`);
/** The disk of the machine that runs the tests may be nearly full. */
const known = (lines: readonly string[]): string[] => lines.filter((line) => !line.includes(" MB free of "));

test("a sound system has nothing amiss", async () => {
  expect(known(await amiss(PRODUCTION))).toEqual([]);
  expect(known(await amiss({}))).toEqual([]);
});

const PROD = (more: Vars): Vars => ({ ...PRODUCTION, ...more });
const without = (name: string): Vars => PROD({ [name]: "" });
test.each<[string, Vars, RegExp]>([
  ["a port that is none", { PORT: "http" }, /^error PORT: expected a whole number/],
  ["production without a secret", without("JWT_ACCESS_SECRET"), /^error JWT_ACCESS_SECRET: is required/],
  ["a well-known secret", PROD({ JWT_ACCESS_SECRET: "changeme" }), /^error JWT_ACCESS_SECRET: is a well-known example/],
  ["any origin", PROD({ ALLOWED_ORIGINS: "*" }), /^error ALLOWED_ORIGINS: must list exact origins/],
  [
    "a password that servers come with",
    PROD({ RABBITMQ_URL: "amqp://guest:guest@mq" }),
    /^error RABBITMQ_URL: has default/,
  ],
  [
    "one secret for both",
    PROD({ JWT_REFRESH_SECRET: PRODUCTION.JWT_ACCESS_SECRET as string }),
    /^error JWT_.* are the same/,
  ],
  [
    "a password of nobody",
    { ADMIN_PASSWORD: "Quiet-harbor-77" },
    /^warning ADMIN_PASSWORD does nothing without ADMIN_EMAIL/,
  ],
  ["a bucket unused", { S3_BUCKET: "files" }, /^warning S3_BUCKET does nothing without UPLOAD_STORE=s3/],
  ["a folder unused", { UPLOAD_STORE: "s3", S3_BUCKET: "b", UPLOAD_DIR: "/x" }, /^warning UPLOAD_DIR does nothing/],
  ["a hook's secret without a hook", { HOOK_ON_FAILURE: "closed" }, /^warning HOOK_ON_FAILURE does nothing/],
  ["words that nobody looks for", { FILTER_WORDS: "spam" }, /^warning FILTER_WORDS does nothing/],
  ["a sender without a server", { MAIL_FROM: "a@b.example" }, /^warning MAIL_FROM does nothing without SMTP_URL/],
  [
    "a schema without its database",
    { POSTGRES_SCHEMA: "chat" },
    /^warning POSTGRES_SCHEMA does nothing without POSTGRES/,
  ],
  [
    "a database without its server",
    { MONGODB_DATABASE: "chat" },
    /^warning MONGODB_DATABASE does nothing without MONGO/,
  ],
  ["a scanner that is not asked", { CLAMAV_URL: "tcp://127.0.0.1:3310" }, /^warning CLAMAV_URL does nothing/],
  ["a domain of no tenants", { TENANT_DOMAIN: "example.org" }, /^warning TENANT_DOMAIN does nothing/],
  ["facts kept and not kept", { FACTS: "off", FACTS_RETENTION: "30d" }, /^warning FACTS_RETENTION does nothing/],
  [
    "a channel of no facts",
    { FACTS: "off", FACTS_CHANNEL: "on" },
    /^warning FACTS_CHANNEL does nothing with FACTS=off/,
  ],
  ["a channel to nobody", { FACTS_CHANNEL: "on" }, /^warning FACTS_CHANNEL=on, and there is no bus/],
  ["mails without a server", { UNREAD_MAIL: "soon" }, /^warning UNREAD_MAIL does nothing without SMTP_URL/],
  ["how often none is mailed", { UNREAD_MAIL_LIMIT: "9" }, /^warning UNREAD_MAIL_LIMIT does nothing without SMTP_URL/],
  ["who pushes without keys", { VAPID_SUBJECT: "mailto:a@b.example" }, /^warning VAPID_SUBJECT does nothing/],
  ["where FCM is, without it", { FCM_URL: "http://127.0.0.1:1" }, /^warning FCM_URL does nothing/],
  ["where APNs is, without it", { APNS_URL: "http://127.0.0.1:1" }, /^warning APNS_URL does nothing/],
  [
    "half of APNs",
    { APNS_KEY_ID: "ABC" },
    /^error of what APNs needs APNS_KEY and APNS_TEAM_ID and APNS_TOPIC is missing/,
  ],
  ["half of the push keys", { VAPID_PUBLIC_KEY: `B${"x".repeat(86)}` }, /^error of the two VAPID keys one is missing/],
  ["a scan without a scanner", { UPLOAD_SCAN: "closed" }, /^error UPLOAD_SCAN=closed has no scanner/],
  ["tokens that live too long", { JWT_ACCESS_TTL: "8d" }, /^warning access tokens live as long/],
  ["a file larger than the quota", { MAX_FILE_SIZE: "2 GB" }, /^error MAX_FILE_SIZE is more than UPLOAD_QUOTA/],
  ["one port for two", { PORT: "3000", HEALTH_PORT: "3000" }, /^error HEALTH_PORT and PORT are the same/],
  ["a node alone", { SERVICES: "api,users" }, /^error SERVICES are only api, users/],
  [
    "a node that can't be asked",
    { SERVICES: "chat", TRANSPORTER: "TCP" },
    /^warning this node has no api and no HEALTH_PORT/,
  ],
  ["nodes on embedded stores", { TRANSPORTER: "TCP" }, /^warning a bus joins nodes, and the stores are embedded/],
  ["a test's settings", { NODE_ENV: "test" }, /^warning NODE_ENV=test/],
  ["development for the world", { HOST: "203.0.113.7" }, /^warning NODE_ENV=development, and HOST/],
  ["nothing kept", { DATA_DIR: ":memory:" }, /^warning DATA_DIR=:memory:/],
  ["the export left on", { ADMIN_EXPORT: "on" }, /^warning ADMIN_EXPORT=on/],
  ["no origin", without("ALLOWED_ORIGINS"), /^warning ALLOWED_ORIGINS is empty/],
  ["no address of its own", without("PUBLIC_URL"), /^warning PUBLIC_URL is not set/],
  ["an address in the clear", PROD({ PUBLIC_URL: "http://chat.example.org" }), /^error PUBLIC_URL is http/],
  ["a proxy that is not known", PROD({ TRUST_PROXY: "0" }), /^warning users come by https, so through a proxy/],
  ["no mail server", without("SMTP_URL"), /^warning SMTP_URL is not set/],
  ["hooks into the own network", PROD({ OUTGOING_PRIVATE: "on" }), /^warning OUTGOING_PRIVATE=on/],
  ["no limits", PROD({ AUTH_RATE_LIMIT: "1000000" }), /^warning limits are so high/],
  [
    "mail in the clear",
    PROD({ SMTP_URL: "smtp://mail.example.org" }),
    /^warning SMTP_URL goes to mail\.example\.org without TLS/,
  ],
  ["traces in the clear", PROD({ TRACE_URL: "http://traces.example.org" }), /^warning TRACE_URL goes to/],
])("%s", async (_, vars, told) => {
  const found = (await findings(vars)).filter(({ level }) => level !== "ok");
  const it = found.find(({ level, what }) => told.test(`${level} ${what}`));
  expect(found.map(({ level, what }) => `${level} ${what}`)).toContainEqual(expect.stringMatching(told));
  expect(it?.todo).toMatch(/\w{3}/);
});

test("servers that do not answer are told, by name and without their passwords", async () => {
  const lines = await amiss(
    PROD({
      POSTGRES_URL: "postgres://chat:Quiet-harbor-77@127.0.0.1:9/chat",
      MONGODB_URI: "mongodb://chat:Quiet-harbor-77@127.0.0.1:9/chat",
      RABBITMQ_URL: "amqp://chat:Quiet-harbor-77@127.0.0.1:9",
      EMBEDDED_SYNC: "full",
    }),
  );
  expect(lines.filter((line) => /^error (POSTGRES_URL|MONGODB_URI|RABBITMQ_URL): /.test(line))).toHaveLength(3);
  expect(lines).toContainEqual(expect.stringMatching(/^warning EMBEDDED_SYNC does nothing with MONGODB_URI/));
  expect(lines.join()).not.toContain("Quiet");
});

describe("names of variables", () => {
  test.each([
    ["ALOWED_ORIGINS", "did you mean ALLOWED_ORIGINS?"],
    ["RABBITMQ_ULR", "did you mean RABBITMQ_URL?"],
    ["REDIS_HOST", "there is no Redis here"],
    ["MONGO_URI", "did you mean MONGODB_URI?"],
    ["DATABASE_URL", "set POSTGRES_URL"],
    ["JWT_SECRET", "set JWT_ACCESS_SECRET"],
    ["CORS_ORIGIN", "set ALLOWED_ORIGINS"],
  ])("%s is read by nobody, wherever it is set", async (name, todo) => {
    for (const found of [await findings({ [name]: "x" }), await findings({}, { [name]: "x" })])
      expect(found).toContainEqual({
        level: "warning",
        what: `${name} is read by nobody`,
        todo: expect.stringContaining(todo) as string,
      });
  });

  test("of other programs are none of ours, unless they stand in .env", async () => {
    expect(known(await amiss({ HOME: "/root", LANG: "C", PWD: "/", SHLVL: "1", HOSTNAME: "x", TERM: "x" }))).toEqual(
      [],
    );
    expect(known(await amiss({}, { FAVOURITE_COLOUR: "blue" }))).toEqual([
      "warning FAVOURITE_COLOUR is read by nobody",
    ]);
  });
});

describe("DATA_DIR", () => {
  test("that others may look into, with keys that others may read", async () => {
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, "secrets.json"), "{}", { mode: 0o644 });
    const lines = await amiss({});
    expect(lines).toContainEqual(expect.stringMatching(/^warning every user of this machine may look into/));
    expect(lines).toContainEqual(expect.stringMatching(/^error others may read .*secrets\.json/));
  });

  test("that is a file", async () => {
    const path = join(dir, "file");
    writeFileSync(path, "");
    expect(await amiss({ DATA_DIR: path })).toContainEqual(expect.stringMatching(/^error DATA_DIR .* is no folder/));
  });

  test("with facts that died, and a log that nothing takes in", async () => {
    mkdirSync(join(dir, "dead-letters"));
    writeFileSync(join(dir, "dead-letters", "1.json"), "{}");
    writeFileSync(join(dir, "chat.db-wal"), "");
    truncateSync(join(dir, "chat.db-wal"), 300 * 2 ** 20);
    const lines = await amiss({});
    expect(lines).toContainEqual(expect.stringMatching(/^warning 1 facts could not be digested/));
    expect(lines).toContainEqual(expect.stringMatching(/^warning chat\.db-wal has 300 MB/));
  });

  test("with a database that lacks an index, is of a newer version, or is none", async () => {
    const lines = { name: "lines", indexes: [{ fields: ["n"], unique: true }] } as Collection<{
      _id: string;
      n: number;
    }>;
    const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: dir });
    const broker = new ServiceBroker(brokerOptions(env));
    broker.createService({ name: "lines", mixins: [documents({ lines })] });
    await broker.start();
    await broker.stop();
    expect(known(await amiss({}))).toEqual([]);
    const database = new DatabaseSync(join(dir, "chat.db"));
    database.exec('DROP INDEX "lines:unique:n"');
    expect(await amiss({})).toContainEqual("warning chat.db lacks indexes: lines:unique:n");
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(await amiss({})).toContainEqual(expect.stringMatching(/^error chat\.db: .* newer version/));
    writeFileSync(join(dir, "chat.db"), "no database");
    expect(await amiss({})).toContainEqual(expect.stringMatching(/^error chat\.db: /));
  });
});

test.each([
  ["v18.20.0", "error"],
  ["v20.19.0", "ok"],
  ["v21.0.0", "warning"],
  ["v24.1.0", "ok"],
])("Node.js %s: %s", (version, level) => {
  expect(nodeVersion(version).level).toBe(level);
});

test.each([
  [50, 100_000, "error"],
  [500, 100_000, "warning"],
  [4_000, 100_000, "warning"],
  [60_000, 100_000, "ok"],
])("%d MB free of %d: %s", (free, all, level) => {
  expect(room("/x", free * 2 ** 20, all * 2 ** 20).level).toBe(level);
});

describe("a running system", () => {
  test("that says what is down", async () => {
    answer.health = { data: { dependencies: { "users.sql": { state: "down" }, bus: { state: "up" } } } };
    expect(await amiss({})).toContainEqual(expect.stringMatching(/^error users\.sql is down/));
  });

  test("whose clock is wrong", async () => {
    answer.behindMs = 90_000;
    expect(await amiss({})).toContainEqual(
      // Less than that by what the question took.
      expect.stringMatching(/^warning the clock of the server .* is ([5-8]\d|90|91) s behind/),
    );
  });

  test("that does not answer", async () => {
    const found = await findings({}, {}, "http://127.0.0.1:9");
    expect(found).toContainEqual(
      expect.objectContaining({ level: "warning", what: expect.stringContaining("no server answers") }),
    );
  });

  test("in which messages wait and facts have died", () => {
    const text = `outbox_oldest_seconds 75.2\nbus_events_total{event="a",result="dead"} 2\nbus_events_total{event="b",result="handled"} 9\n`;
    expect([...inMetrics(text)].map(({ what }) => what)).toEqual([
      "a message waits for its notifications since 75 s",
      "2 facts died since the start",
    ]);
    expect([...inMetrics("outbox_oldest_seconds 3\n")]).toEqual([]);
  });
});

test("nodes of several versions are told, and which they are", async () => {
  const node = (name: string, version: string, nodejs: string): string =>
    `cluster_node_info{node="${name}",version="${version}",nodejs="${nodejs}"} 1\n`;
  answer.metrics = node("a", "0.2.0", "24.1.0") + node("b", "0.1.0", "24.1.0") + node("c", "", "22.9.0");
  expect(known(await amiss({}))).toEqual([
    "warning the nodes run several versions of this program: a 0.2.0, b 0.1.0, c an older one",
    "warning the nodes run several versions of Node.js: a 24.1.0, b 24.1.0, c 22.9.0",
  ]);
  answer.metrics = node("a", "0.2.0", "24.1.0") + node("b", "0.2.0", "24.1.0");
  expect(known(await amiss({}))).toEqual([]);
});

describe("a certificate", () => {
  const days = (n: number): Date => new Date(Date.now() + n * 86_400_000 + 60_000);
  test.each([
    [days(-1), undefined, /^error the certificate of chat\.example\.org \(PUBLIC_URL\) ended on \d{4}-/],
    [days(5), undefined, /^warning the certificate of chat\.example\.org \(PUBLIC_URL\) ends in 5 days/],
    [
      days(90),
      "SELF_SIGNED",
      /^warning the certificate of chat\.example\.org \(PUBLIC_URL\) is not trusted here: SELF_S/,
    ],
  ])("that ends at %s (%s)", async (end, flaw, told) => {
    look = (host) => Promise.resolve(host === "chat.example.org" ? { end, flaw } : undefined);
    expect(known(await amiss(PRODUCTION))).toEqual([expect.stringMatching(told)]);
  });

  test("is looked at wherever TLS is spoken, at its port, and is fine where it is good", async () => {
    const asked: string[] = [];
    look = (host, port) => {
      asked.push(`${host}:${port}`);
      return Promise.resolve({ end: days(60), flaw: undefined });
    };
    expect(known(await amiss(PROD({ TRACE_URL: "https://[::1]:9411" })))).toEqual([]);
    expect(asked).toEqual(["chat.example.org:443", "mail.example.org:465", "::1:9411"]);
  });

  test("is read from the server itself, trusted or not; where nobody answers there is none", async () => {
    const tls = createTlsServer({ key: certificate.key, cert: certificate.cert });
    await new Promise<void>((done) => tls.listen(0, "127.0.0.1", done));
    const { port } = tls.address() as AddressInfo;
    expect(await certificateAt("127.0.0.1", port)).toEqual({
      end: certificate.ends,
      flaw: expect.stringMatching(/SELF_SIGNED/),
    });
    await new Promise((done) => tls.close(done));
    expect(await certificateAt("127.0.0.1", port)).toBeUndefined();
  });
});

describe("queues of facts", () => {
  test("are looked at of each fact that the notifications take", () => {
    expect([...takenFacts].sort()).toEqual(Object.keys(notifications.channels as object).sort());
  });

  const queue = "chat.message.created.notifications";
  const all = (more: Record<string, Partial<Queue>>): Queues =>
    new Map(namesOf("chat").map((name) => [name, { messageCount: 0, consumerCount: 1, ...more[name] }]));
  const told = (first: Queues, later = first): string[] =>
    [...inQueues(first, later)].map(({ level, what }) => `${level} ${what}`);

  test("that are taken from are nothing to tell of, nor is a burst that ends", () => {
    expect(told(all({}))).toEqual([]);
    expect(told(all({ [queue]: { messageCount: 9_000 } }), all({ [queue]: { messageCount: 4_000 } }))).toEqual([]);
    expect(told(all({ [queue]: { messageCount: 10 } }), all({ [queue]: { messageCount: 30 } }))).toEqual([]);
  });

  test("that grow, hold very many, are missing, or have dead ones", () => {
    const few = { [queue]: { messageCount: 2_000 } };
    expect(told(all(few), all({ [queue]: { messageCount: 2_400 } }))).toEqual([
      `warning 2400 facts wait in ${queue}, and it grows`,
    ]);
    expect(told(all({ [queue]: { messageCount: 60_000 } }))).toEqual([`warning 60000 facts wait in ${queue}`]);
    const lacking = new Map(all({})).set(queue, undefined);
    expect(told(lacking)).toEqual([`warning queues are missing: ${queue}`]);
    expect(told(all({ [`${queue}.dead`]: { messageCount: 3, consumerCount: 0 } }))).toEqual([
      `warning 3 facts died in ${queue}.dead`,
    ]);
  });
});

test("a clock is wrong only beyond what the question took", () => {
  const now = Date.now();
  expect(clock("it", new Date(now - 900), now - 1_000, now)).toBeUndefined();
  expect(clock("it", new Date(now + 1_500), now - 1_000, now)).toBeUndefined();
  expect(clock("it", new Date(now + 60_000), now - 1_000, now)?.what).toBe("the clock of it is 60 s ahead");
  expect(clock("it", new Date(now - 61_000), now - 1_000, now)?.what).toBe("the clock of it is 60 s behind");
});

test.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["[::1]", true],
  ["mongo", true],
  ["db.internal", true],
  ["203.0.113.7", false],
  ["db.example.org", false],
  ["2001:db8::1", false],
])("%s is of the own network: %s", (host, own) => {
  expect(isPrivate(host)).toBe(own);
});
