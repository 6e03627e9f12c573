/** Every variable of the environment: its default, its check, and what it is for. Parsed once, typed, never guessed. */

import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { isMailable } from "./email";
import { hookKinds } from "./hook";
import { LONGEST, MOST } from "./most";
import { oneHost, type Setting, settingsOf } from "./settings";
import { mailTimes } from "./unread-mail";
import { fileKinds } from "./uploads";

/** A variable that can't be used; the message names it and says what was expected. */
export class EnvError extends Error {
  constructor(
    readonly variable: string,
    why: string,
  ) {
    super(`${variable}: ${why}`);
    this.name = "EnvError";
  }
}

export type Vars = Readonly<Record<string, string | undefined>>;
interface Variable<T> {
  readonly about: string;
  /** What admins are shown of its value: all of it where left out, of an address its host alone. */
  readonly told?: "host" | "nothing";
  /** As shown in .env.example; empty where there is none. */
  readonly shown: string;
  readonly parse: (raw: string | undefined, name: string, vars: Vars) => T;
}
const hidden = <T>(variable: Variable<T>): Variable<T> => ({ ...variable, told: "nothing" });
const hostOnly = <T>(variable: Variable<T>): Variable<T> => ({ ...variable, told: "host" });
type Parsed<V> = { readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never };

const production = (vars: Vars): boolean => vars.NODE_ENV === "production";

const string = (fallback: string, about: string): Variable<string> => ({
  about,
  shown: fallback,
  parse: (raw) => raw ?? fallback,
});
const maybe = (about: string): Variable<string | undefined> => ({ about, shown: "", parse: (raw) => raw });

const integer = (fallback: number, min: number, max: number, about: string): Variable<number> => ({
  about,
  shown: String(fallback),
  parse: (raw, name) => {
    if (raw === undefined) return fallback;
    const value = Number(raw);
    if (!/^\d+$/.test(raw) || value < min || value > max)
      throw new EnvError(name, `expected a whole number from ${min} to ${max}, got "${raw}"`);
    return value;
  },
});

/** So many times RATE_LIMIT and at least `least`, unless it is set. */
const timesRateLimit = (times: number, least: number, about: string): Variable<number> => ({
  about: `${about}; ${times} times RATE_LIMIT${least > 1 ? `, at least ${least}` : ""} where empty`,
  shown: "",
  parse: (raw, name, vars) => {
    if (raw !== undefined) return integer(0, 1, 1_000_000_000, "").parse(raw, name, vars);
    return Math.max(least, times * integer(100, 1, 1_000_000, "").parse(vars.RATE_LIMIT, "RATE_LIMIT", vars));
  },
});

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LONGEST_TIME = 3650 * MS.d;
/** `500ms`, `30s`, `15m`, `7d`, more than nothing and at most ten years; in milliseconds. */
const duration = (fallback: string, about: string): Variable<number> => ({
  about,
  shown: fallback,
  parse: (raw, name) => {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(raw ?? fallback);
    const value = match ? Number(match[1]) * MS[match[2] as keyof typeof MS] : 0;
    if (value <= 0 || value > LONGEST_TIME)
      throw new EnvError(name, `expected a duration such as 30s, 15m or 7d, got "${raw}"`);
    return value;
  },
});

const maybeDuration = (about: string): Variable<number | undefined> => ({
  about,
  shown: "",
  parse: (raw, name, vars) => (raw === undefined ? undefined : duration(raw, "").parse(raw, name, vars)),
});

const BYTES = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 } as const;
/** `500 MB`, `1 GB`; in bytes. */
const bytes = (fallback: string, about: string): Variable<number> => ({
  about,
  shown: fallback,
  parse: (raw, name) => {
    const match = /^(\d+)\s*(B|KB|MB|GB|TB)?$/i.exec(raw ?? fallback);
    if (!match) throw new EnvError(name, `expected a size such as 500 MB or 1 GB, got "${raw}"`);
    return Number(match[1]) * BYTES[(match[2] ?? "B").toUpperCase() as keyof typeof BYTES];
  },
});

const choice = <const C extends string>(fallback: C, values: readonly C[], about: string): Variable<C> => ({
  about: `${about} (${values.join(", ")})`,
  shown: fallback,
  parse: (raw, name) => {
    if (raw === undefined) return fallback;
    if (!values.includes(raw as C)) throw new EnvError(name, `expected one of ${values.join(", ")}, got "${raw}"`);
    return raw as C;
  },
});

/** Passwords that servers come with, or that everybody tries first. */
const defaultPasswords = new Set(
  (
    "guest postgres password pass admin root example changeme change-me secret mongo mongodb rabbitmq " +
    "minioadmin minio default 1234 12345 123456 12345678 123456789 qwerty letmein"
  ).split(" "),
);

/** In production: no URL with a user and password that a server comes with. */
function refuseDefaults(raw: string, name: string, vars: Vars): void {
  if (!production(vars) || !URL.canParse(oneHost(raw))) return;
  const given = decodeURIComponent(new URL(oneHost(raw)).password).toLowerCase();
  if (defaultPasswords.has(given))
    throw new EnvError(name, "has default credentials; give that server a user and a password of its own");
}

const url = (protocols: readonly string[], about: string): Variable<string | undefined> => ({
  about,
  told: "host", // the rest may hold a password
  shown: "",
  parse: (raw, name, vars) => {
    if (raw === undefined) return undefined;
    if (!URL.canParse(oneHost(raw)) || !protocols.includes(new URL(oneHost(raw)).protocol))
      throw new EnvError(name, `expected a URL with ${protocols.join(" or ")}//`);
    refuseDefaults(raw, name, vars);
    return raw;
  },
});

/** Where another service answers, unless it is set. */
const urlOr = (fallback: string, about: string): Variable<string> => ({
  about,
  told: "host",
  shown: fallback,
  parse: (raw, name, vars) => url(["http:", "https:"], "").parse(raw, name, vars) ?? fallback,
});

/** Links are made by adding to it. */
const publicUrl: Variable<string | undefined> = {
  about: "Where users reach this system; links in mails start with it",
  told: "host",
  shown: "",
  parse: (raw, name, vars) => {
    const given = url(["http:", "https:"], "").parse(raw, name, vars);
    if (given !== undefined && /[?#]/.test(given)) throw new EnvError(name, "expected a URL without ? and #");
    return given?.replace(/\/+$/, "");
  },
};

/** What has to look a certain way. */
const matching = <F extends string | undefined>(
  pattern: RegExp,
  expected: string,
  fallback: F,
  about: string,
): Variable<string | F> => ({
  about,
  shown: fallback ?? "",
  parse: (raw, name) => {
    if (raw !== undefined && !pattern.test(raw)) throw new EnvError(name, `expected ${expected}, got "${raw}"`);
    return raw ?? fallback;
  },
});
/** The same of what no error repeats. */
const secretMatching = (pattern: RegExp, expected: string, about: string): Variable<string | undefined> => ({
  about,
  told: "nothing",
  shown: "",
  parse: (raw, name) => {
    if (raw !== undefined && !pattern.test(raw)) throw new EnvError(name, `expected ${expected}`);
    return raw;
  },
});

/** An address, alone or behind a name: `Chat <chat@example.com>`. */
const sender: Variable<string> = {
  about: "Sender of mails",
  shown: "Chat <chat@localhost>",
  parse: (raw, name) => {
    const [, address = raw] = /^[^<>]*<([^<>]*)>$/.exec(raw ?? "") ?? [];
    if (address !== undefined && !isMailable(address))
      throw new EnvError(name, `expected an e-mail address, or a name and one in <>, got "${raw}"`);
    return raw ?? "Chat <chat@localhost>";
  },
};
const named = <F extends string | undefined>(fallback: F, about: string): Variable<string | F> =>
  matching(/^[\w.:@-]{1,128}$/, "letters, digits and ._:@-", fallback, about);

/** Those that we bring and know how to set; `Fake` joins the brokers of one test. A URL may hold credentials. */
const transporter: Variable<string | undefined> = {
  about: "Moleculer transporter: AMQP with RABBITMQ_URL, else none; TCP needs no broker",
  told: "host",
  shown: "",
  parse: (raw, name, vars) => {
    if (raw === undefined || (raw === "Fake" && vars.NODE_ENV === "test")) return raw;
    refuseDefaults(raw, name, vars);
    if (!/^(amqp|tcp|amqps?:\/\/.+|tcp:\/\/.+)$/i.test(raw))
      throw new EnvError(name, "expected AMQP, TCP, or a URL with amqp:, amqps: or tcp://");
    return raw;
  },
};

/** Beyond it no machine that one would run this on has cores. */
const MOST_PROCESSES = 64;
/** What says that a node is one of several, which are set up one by one, or that one process holds several systems. */
const ofOthers = ["SERVICES", "TRANSPORTER", "RABBITMQ_URL", "TENANTS"];

/** `auto` counts for more than one also where there is one core: what is refused must not depend on the machine. */
const processes: Variable<number> = {
  about:
    "Processes that `npm start` spreads over the cores of one machine: 1 (all in one), or one with stores and rules and the rest gateways, 2 to 64 or auto (one a core)",
  shown: "1",
  parse: (raw, name, vars) => {
    if (raw === undefined || raw === "1") return 1;
    const value = raw === "auto" ? Math.min(MOST_PROCESSES, availableParallelism()) : Number(raw);
    if (raw !== "auto" && (!/^\d{1,9}$/.test(raw) || value < 1 || value > MOST_PROCESSES))
      throw new EnvError(name, `expected auto or a whole number from 1 to ${MOST_PROCESSES}, got "${raw}"`);
    const other = ofOthers.find((variable) => vars[variable] !== undefined);
    if (other !== undefined) throw new EnvError(name, `runs one whole system on one machine: leave out ${other}`);
    return value;
  },
};

const password = (about: string): Variable<string | undefined> => ({
  about,
  told: "nothing",
  shown: "",
  parse: (raw, name, vars) => {
    if (raw === undefined || !production(vars)) return raw;
    if (defaultPasswords.has(raw.toLowerCase()) || wellKnown.has(raw))
      throw new EnvError(name, "is one that everybody knows");
    if (Buffer.byteLength(raw) < 8) throw new EnvError(name, "is shorter than 8 bytes");
    return raw;
  },
});

/** Off where it is not set. */
const port = (about: string): Variable<number | undefined> => ({
  about,
  shown: "",
  parse: (raw, name, vars) => (raw === undefined ? undefined : integer(0, 0, 65_535, "").parse(raw, name, vars)),
});

const names = <N extends string>(
  fallback: readonly N[],
  allowed: readonly N[],
  about: string,
): Variable<readonly N[]> => ({
  about,
  shown: fallback.join(","),
  parse: (raw, name) => {
    const list = raw === undefined ? fallback : raw.split(",").map((s) => s.trim() as N);
    const unknown = list.find((s) => !allowed.includes(s));
    if (unknown !== undefined) throw new EnvError(name, `"${unknown}" is none of ${allowed.join(", ")}`);
    return [...new Set(list)];
  },
});

/** A comma-separated list of words that look a certain way. */
const words = (pattern: RegExp, expected: string, about: string): Variable<readonly string[]> => ({
  about,
  shown: "",
  parse: (raw, name) => {
    const list = (raw ?? "").split(",").map((s) => s.trim());
    const wrong = list.find((s) => s !== "" && !pattern.test(s));
    if (wrong !== undefined) throw new EnvError(name, `expected ${expected}, got "${wrong}"`);
    return [...new Set(list)].filter((s) => s !== "");
  },
});

/** Secrets that everybody knows, and so does an attacker. */
const wellKnown = new Set([
  "secret",
  "access-secret",
  "refresh-secret",
  "your-secret-key",
  "your-refresh-secret",
  "changeme",
  "put-32-random-bytes-or-more-here-access",
  "put-32-random-bytes-or-more-here-refresh",
]);

const secret = (shown: string, about: string): Variable<string | undefined> => ({
  about,
  told: "nothing",
  shown,
  parse: (raw, name, vars) => {
    if (!production(vars)) return raw;
    if (raw === undefined) throw new EnvError(name, "is required in production (32 random bytes or more)");
    if (wellKnown.has(raw)) throw new EnvError(name, "is a well-known example, not a secret");
    if (Buffer.byteLength(raw) < 32) throw new EnvError(name, "is shorter than 32 bytes");
    return raw;
  },
});

/** What a server key looks like; no token does, which have dots. */
export const SERVER_KEY = /^[A-Za-z0-9_-]{32,200}$/;

/** Digests alone are kept, and no value is repeated in an error. */
const serverKeys: Variable<readonly string[]> = {
  about: "Keys of servers that keep users here and speak for them, 32 letters, digits and _- or more; comma separated",
  shown: "",
  told: "nothing",
  parse: (raw, name) => {
    const keys = (raw ?? "").split(",").map((key) => key.trim());
    if (keys.some((key) => key !== "" && !SERVER_KEY.test(key)))
      throw new EnvError(name, "expected keys of 32 to 200 letters, digits and _-");
    return [...new Set(keys)].filter((key) => key !== "").map((key) => createHash("sha256").update(key).digest("hex"));
  },
};

/** The cost of bcrypt: cheaper ones are for test suites alone. */
const passwordCost: Variable<number> = {
  about: "Cost of bcrypt for passwords; less than 12 only with NODE_ENV=test",
  shown: "12",
  parse: (raw, name, vars) => integer(12, vars.NODE_ENV === "test" ? 4 : 12, 16, "").parse(raw, name, vars),
};

const DEV_ORIGINS = "http://localhost:3000,http://localhost:5173";
const origins: Variable<readonly string[]> = {
  about: `Web origins that may use the API and the sockets; exact, comma separated. None; ${DEV_ORIGINS} in development`,
  shown: "",
  parse: (raw, name, vars) => {
    const list = (raw ?? (production(vars) ? "" : DEV_ORIGINS))
      .split(",")
      .filter(Boolean)
      .map((s) => s.trim());
    for (const o of list) {
      if (o.includes("*"))
        throw new EnvError(name, "must list exact origins, * would let any site act for its visitors");
      if (!URL.canParse(o) || new URL(o).origin !== o)
        throw new EnvError(name, `"${o}" is no origin (expected scheme://host[:port], no path)`);
    }
    return list;
  },
};

/** Goes into host names, names of databases, folders and queues. */
const TENANT = /^(?=.{1,32}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const MOST_TENANTS = 64;

/** Names of products that share nothing but the process; see contracts/tenants. */
const tenants: Variable<readonly string[]> = {
  about: "Products on this system, each with its own data and keys; names, comma separated; see docs/tenants.md",
  shown: "",
  parse: (raw, name) => {
    const list = raw?.split(",").map((one) => one.trim()) ?? [];
    const wrong = list.find((one) => !TENANT.test(one));
    if (wrong !== undefined)
      throw new EnvError(name, `expected 1 to 32 lower-case letters, digits and single dashes, got "${wrong}"`);
    const twin = list.find((one, at) => list.indexOf(one) !== at);
    if (twin !== undefined) throw new EnvError(name, `"${twin}" is there twice`);
    if (list.length > MOST_TENANTS) throw new EnvError(name, `at most ${MOST_TENANTS}, got ${list.length}`);
    return list;
  },
};

export const allServices = ["api", "users", "chat", "notifications", "uploads"] as const;
export type ServiceName = (typeof allServices)[number];

export const variables = {
  NODE_ENV: choice("development", ["development", "production", "test"], "How strict to be"),
  PORT: integer(3000, 0, 65_535, "Port of HTTP and WebSocket; 0 takes a free one"),
  HOST: {
    about: "Address to listen on; 127.0.0.1, in production 0.0.0.0",
    shown: "",
    parse: (raw, name, vars) => {
      if (raw !== undefined && !/^[\w.:%-]+$/.test(raw))
        throw new EnvError(name, `"${raw}" is no address or host name`);
      return raw ?? (production(vars) ? "0.0.0.0" : "127.0.0.1");
    },
  } satisfies Variable<string>,
  DATA_DIR: string("./data", "Embedded stores, uploads and generated development secrets"),
  EMBEDDED_SYNC: choice(
    "process",
    ["process", "full"],
    "What an answered write of the embedded store of documents survives: the death of the process, or a power cut too",
  ),
  ADMIN_EXPORT: choice(
    "off",
    ["off", "on"],
    "Whether admins may read out every conversation (`npm run chat -- export`); on for as long as one moves",
  ),
  PROCESSES: processes,
  SERVICES: names(allServices, allServices, "Which services this node runs, comma separated"),
  NODE_ID: named(undefined, "Name of this node; host and pid by default. Keep it stable where other nodes shard by it"),
  NAMESPACE: named("chat", "Separates systems that share a bus"),
  TENANTS: tenants,
  TENANT_DOMAIN: matching(
    /^(?=.{1,200}$)[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/,
    "a host name in lower case, with its port where it is no usual one",
    undefined,
    "Each tenant's host is its name before this: acme.chat.example.com with chat.example.com",
  ),
  JWT_ACCESS_SECRET: secret("put-32-random-bytes-or-more-here-access", "Signs access tokens (HS256)"),
  JWT_REFRESH_SECRET: secret("put-32-random-bytes-or-more-here-refresh", "Signs refresh tokens (HS256)"),
  JWT_ACCESS_TTL: duration("15m", "Life of an access token"),
  JWT_REFRESH_TTL: duration("7d", "Life of a refresh token from its last rotation"),
  REGISTRATION: choice("open", ["open", "invite", "closed"], "Who may make an account by themselves"),
  TRUSTED_ISSUERS: hidden(
    maybe(
      "Whose access tokens open this system beside ours: a JSON list or the path of a file with one; see docs/accounts.md",
    ),
  ),
  OIDC_PROVIDERS: hidden(
    maybe(
      "Where else people may sign in (OpenID Connect): a JSON list or the path of a file with one; see docs/accounts.md",
    ),
  ),
  SERVER_KEYS: serverKeys,
  SERVER_RATE_LIMIT: timesRateLimit(100, 10_000, "Requests per window of one server key"),
  PASSWORD_COST: passwordCost,
  POSTGRES_URL: url(["postgres:", "postgresql:"], "PostgreSQL for users; PGlite under DATA_DIR without it"),
  POSTGRES_SCHEMA: matching(
    /^[a-z_][a-z0-9_]{0,62}$/,
    "a name of at most 63 lower-case letters, digits and _",
    undefined,
    "Schema there, made where it is missing; the user's own, as a rule public, where empty",
  ),
  MONGODB_URI: url(
    ["mongodb:", "mongodb+srv:"],
    "MongoDB for chat and notifications; SQLite under DATA_DIR without it",
  ),
  MONGODB_DATABASE: matching(
    /^[\w-]{1,63}$/,
    "a name of at most 63 letters, digits and _-",
    undefined,
    "Database there; the one that the address names, else chat, where empty",
  ),
  RABBITMQ_URL: url(["amqp:", "amqps:"], "RabbitMQ for the bus; in process without it"),
  TRANSPORTER: transporter,
  ALLOWED_ORIGINS: origins,
  RATE_LIMIT: integer(100, 1, 1_000_000, "API requests per window: of a user with a token, of an address without"),
  FILE_RATE_LIMIT: timesRateLimit(10, 1, "Requests for files per window, counted as RATE_LIMIT is"),
  ADDRESS_RATE_LIMIT: timesRateLimit(
    100,
    10_000,
    "Requests of any kind per window, address and api node, of which the processes of one machine are one",
  ),
  RATE_LIMIT_WINDOW: duration("1m", "The window of the HTTP limits"),
  AUTH_RATE_LIMIT: integer(20, 1, 1_000_000, "Requests to /auth/* per window, per address and per account"),
  EVENT_RATE_LIMIT: integer(50, 1, 1_000_000, "Socket events per second and user, with a burst of twice that"),
  TRUST_PROXY: integer(0, 0, 10, "How many proxies in front to believe in X-Forwarded-For"),
  MAX_CONTENT: integer(4000, 1, LONGEST.content, "Longest message text, in characters"),
  MAX_MEMBERS: integer(10_000, 2, MOST.members, "Most members of a group"),
  HOOK_BEFORE_SEND: hostOnly(
    matching(
      /^(https?:\/\/\S+|[A-Za-z][\w-]*(\.[\w-]+)+)$/,
      "an http(s) URL or the name of an action",
      undefined,
      "Asked before a message, edit, reaction, upload, group or profile: a URL, or a Moleculer action such as filter.check",
    ),
  ),
  HOOK_SECRET: secretMatching(
    /^whsec_[A-Za-z0-9+/=]{32,}$/,
    "whsec_ and 24 bytes or more in base64",
    "Signs what is posted to the hook, as webhooks are signed",
  ),
  HOOK_ON_FAILURE: choice(
    "open",
    ["open", "closed"],
    "Where the hook does not answer in 1.5 s as agreed: let it pass, or refuse",
  ),
  HOOK_EVENTS: names(hookKinds, hookKinds, "What the hook is asked about, comma separated"),
  FILTER_WORDS: words(
    /^[^\s,]{2,64}$/u,
    "words of 2 to 64 characters",
    "Words that filter.check looks for, comma separated",
  ),
  FILTER_WORDS_ARE: choice(
    "refused",
    ["refused", "masked", "marked"],
    "What becomes of a text with one of FILTER_WORDS",
  ),
  FILTER_LINKS: choice(
    "allowed",
    ["allowed", "marked", "refused"],
    "What becomes of a text with a link, with filter.check",
  ),
  MAX_SCHEDULED: integer(100, 0, 1_000, "Scheduled messages that may wait of one user, and as many reminders"),
  LINK_PREVIEWS: choice(
    "off",
    ["off", "text", "full"],
    "Previews of the first link of a message, which make chat nodes ask that site: none, their words, or the address of a picture, too",
  ),
  CUSTOM_SCHEMAS: maybe(
    "JSON Schemas of `custom`, as JSON or a file of it: an object with user, conversation, member, message; all optional",
  ),
  CUSTOM_REACTIONS: words(
    /^[a-z0-9+-][a-z0-9_+-]{0,31}$/,
    "names of lower-case letters, digits and _+-",
    "Names, separated by commas, that one may react with beside emoji, such as party-parrot",
  ),
  UPLOAD_STORE: choice("local", ["local", "s3"], "Where files go"),
  UPLOAD_DIR: maybe("Folder of the local store, DATA_DIR/uploads by default; shared by api and uploads nodes"),
  MAX_FILE_SIZE: bytes("10 MB", "The largest file; images have a limit of 32 MB of their own"),
  FILE_TYPES: names(fileKinds, fileKinds, "Kinds of files that are taken, comma separated"),
  UPLOAD_QUOTA: bytes("1 GB", "What one user may store"),
  UPLOAD_TIMEOUT: duration("5m", "Longest time for one upload"),
  UPLOAD_STALL_TIMEOUT: duration("4s", "Longest pause of a client within an upload"),
  UPLOAD_ORPHAN_AGE: duration("24h", "Files that were sent nowhere for so long are removed"),
  UPLOAD_LINK_TTL: duration("1h", "Life of a signed file URL"),
  UPLOAD_SCAN: choice("off", ["off", "closed", "open"], "Virus scan; when the scanner is down: refuse, or accept"),
  CLAMAV_URL: url(["tcp:"], "clamd that scans uploads, such as tcp://127.0.0.1:3310"),
  S3_BUCKET: {
    about: "Bucket of the S3-compatible store",
    shown: "",
    parse: (raw, name, vars) => {
      if (raw === undefined && vars.UPLOAD_STORE === "s3") throw new EnvError(name, "is required with UPLOAD_STORE=s3");
      return raw;
    },
  } satisfies Variable<string | undefined>,
  S3_PREFIX: matching(
    /^([\w.-]+\/)+$/,
    "folders that end with /",
    undefined,
    "Folder in the bucket, such as chat/; files are below it in files/",
  ),
  S3_ENDPOINT: url(["http:", "https:"], "Address of the S3-compatible service; Amazon's where empty"),
  S3_REGION: string("us-east-1", "Region of the bucket"),
  S3_ACCESS_KEY_ID: hidden(maybe("Key of the S3-compatible service; the SDK's own sources where empty")),
  S3_SECRET_ACCESS_KEY: password("Secret of that key"),
  S3_REDIRECT: choice("off", ["off", "on"], "Send downloads to the S3-compatible service by a presigned redirect"),
  MESSAGE_RETENTION: maybeDuration("How long messages are kept, with their files, such as 365d; for ever where empty"),
  ACCOUNT_ERASURE: choice(
    "asked",
    ["asked", "anonymise", "erase"],
    "What becomes of what a deleted account wrote: it goes where that is asked for, only where an admin asks, or always",
  ),
  FACTS: choice("on", ["on", "off"], "Keep the log of facts, which webhooks and GET /admin/facts read"),
  FACTS_CHANNEL: choice("off", ["on", "off"], "Publish the log of facts to the Moleculer channel fact.told, too"),
  FACTS_RETENTION: duration("7d", "How long facts are kept in their log"),
  NOTIFICATION_RETENTION: duration("90d", "Read notifications older than that are removed"),
  VAPID_PUBLIC_KEY: matching(
    /^B[\w-]{86}$/,
    "87 letters, digits and _-, as web-push generates them",
    undefined,
    "Public key for Web Push (npx web-push generate-vapid-keys); no pushes without",
  ),
  VAPID_PRIVATE_KEY: secretMatching(
    /^[\w-]{43}$/,
    "43 letters, digits and _-, as web-push generates them",
    "The private key to it",
  ),
  VAPID_SUBJECT: matching(
    /^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+\S*)$/,
    "a mailto: or https: address",
    "mailto:admin@localhost",
    "Whom push services write to: a mailto: or https: address",
  ),
  FCM_SERVICE_ACCOUNT: hidden(
    maybe("Pushes to apps by Firebase: the service account's JSON, or the path of a file with it"),
  ),
  FCM_URL: urlOr("https://fcm.googleapis.com", "Where FCM answers"),
  APNS_KEY: hidden(maybe("Pushes to apps by Apple: the .p8 key itself, or the path of a file with it")),
  APNS_KEY_ID: maybe("Id of that key"),
  APNS_TEAM_ID: maybe("Id of the team that it belongs to"),
  APNS_TOPIC: maybe("The app's bundle id"),
  APNS_URL: urlOr(
    "https://api.push.apple.com",
    "Where APNs answers; https://api.sandbox.push.apple.com for builds in test",
  ),
  OUTGOING_PRIVATE: choice("off", ["off", "on"], "May pushes and webhooks go to private addresses, and by http"),
  ADMIN_EMAIL: {
    about: "This admin exists after start",
    shown: "",
    parse: (raw, name) => {
      if (raw !== undefined && !isMailable(raw)) throw new EnvError(name, `expected an e-mail address, got "${raw}"`);
      return raw;
    },
  } satisfies Variable<string | undefined>,
  ADMIN_PASSWORD: password("The password of an admin newly made or promoted by that"),
  SMTP_URL: url(
    ["smtp:", "smtps:"],
    "Mail server; without it resets and verifications are files under DATA_DIR/mail, and nothing that is unread is mailed",
  ),
  MAIL_FROM: sender,
  UNREAD_MAIL: choice(
    "off",
    mailTimes,
    "What is mailed of what stays unread to accounts that did not choose: nothing, soon, or gathered; see docs/notifications.md",
  ),
  UNREAD_MAIL_AFTER: duration("10m", "How long it is unread before it is mailed soon"),
  UNREAD_MAIL_LIMIT: integer(4, 1, 60, "Such mails of one account within an hour"),
  UNREAD_MAIL_WORDS: choice(
    "on",
    ["on", "off"],
    "Whether they hold what was written, or only how much there is and where",
  ),
  PUBLIC_URL: publicUrl,
  LOG_LEVEL: choice("info", ["fatal", "error", "warn", "info", "debug", "trace"], "How much to log"),
  LOG_FORMAT: {
    about: "pretty or json; pretty in a terminal, else JSON lines",
    shown: "",
    parse: (raw, name) => {
      if (raw === undefined) return process.stdout.isTTY ? "pretty" : "json";
      if (raw !== "pretty" && raw !== "json") throw new EnvError(name, `expected pretty or json, got "${raw}"`);
      return raw;
    },
  } satisfies Variable<"pretty" | "json">,
  HEALTH_PORT: port("Port for health and metrics of a node without api; off by default"),
  TRACE_URL: url(
    ["http:", "https:"],
    "Zipkin-compatible collector of traces, such as http://localhost:9411; off without",
  ),
};

export type Env = Parsed<typeof variables> & {
  /** What admins may see of them. */
  readonly SETTINGS: readonly Setting[];
  /** Of TENANTS the one that these are the variables of; see contracts/tenants. */
  readonly TENANT?: string;
};

const givenIn = (vars: Vars): Vars =>
  Object.fromEntries(Object.entries(vars).filter(([, v]) => v !== undefined && v.trim() !== ""));

/** All that can't be used, where `readEnv` ends at the first. */
export function faultsIn(vars: Vars): EnvError[] {
  const given = givenIn(vars);
  return Object.entries(variables).flatMap(([name, v]) => {
    try {
      (v as Variable<unknown>).parse(given[name], name, given);
      return [];
    } catch (error) {
      if (error instanceof EnvError) return [error];
      throw error;
    }
  });
}

/**
 * Reads and checks all variables. An empty value counts as not set.
 * @throws EnvError naming the first variable that can't be used
 */
export function readEnv(vars: Vars): Env {
  const given = givenIn(vars);
  const entries = Object.entries(variables).map(([name, v]) => [
    name,
    (v as Variable<unknown>).parse(given[name], name, given),
  ]);
  return Object.freeze({ ...Object.fromEntries(entries), SETTINGS: settingsOf(given, variables) }) as Env;
}
