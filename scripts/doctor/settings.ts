/** Settings that can't be used, that do nothing as they are, or something else than their owner may think. Pure. */
import { type Env, faultsIn, readEnv } from "../../contracts/env";
import { NO_DIR } from "../../platform/data-dir";
import { isPrivate } from "./hosts";
import { doubtful, fine, type Finding, wrong } from "./finding";

type Vars = Readonly<Record<string, string | undefined>>;
/** A rule: what is set, as it was given and as it is read; what it finds. */
type Rule = (env: Env, set: (name: string) => boolean) => Finding | undefined;

const pointless =
  (name: string, without: string, when: (env: Env, set: (name: string) => boolean) => boolean): Rule =>
  (env, set) =>
    set(name) && when(env, set)
      ? doubtful(`${name} does nothing ${without}`, "set the other, or leave it out")
      : undefined;

/** Over the internet in the clear. */
const plain =
  (name: keyof Env, isPlain: (url: URL) => boolean, how: string): Rule =>
  (env) => {
    const given = env[name];
    if (typeof given !== "string") return undefined;
    const url = new URL(given.replace(/,[^/]*/, ""));
    if (!isPlain(url) || isPrivate(url.hostname)) return undefined;
    return doubtful(`${name} goes to ${url.hostname} without TLS: passwords and messages in the clear`, how);
  };

const rules: readonly Rule[] = [
  pointless("ADMIN_PASSWORD", "without ADMIN_EMAIL", (env) => !env.ADMIN_EMAIL),
  pointless("EMBEDDED_SYNC", "with MONGODB_URI: there its write concern says it", (env) => !!env.MONGODB_URI),
  pointless("UPLOAD_DIR", "with UPLOAD_STORE=s3", (env) => env.UPLOAD_STORE === "s3"),
  ...["S3_BUCKET", "S3_ENDPOINT", "S3_REDIRECT", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"].map((name) =>
    pointless(name, "without UPLOAD_STORE=s3", (env) => env.UPLOAD_STORE !== "s3"),
  ),
  ...["HOOK_SECRET", "HOOK_ON_FAILURE", "HOOK_EVENTS"].map((name) =>
    pointless(name, "without HOOK_BEFORE_SEND", (env) => !env.HOOK_BEFORE_SEND),
  ),
  ...["FILTER_WORDS", "FILTER_WORDS_ARE", "FILTER_LINKS"].map((name) =>
    pointless(name, "without HOOK_BEFORE_SEND=filter.check", (env) => env.HOOK_BEFORE_SEND !== "filter.check"),
  ),
  pointless("POSTGRES_SCHEMA", "without POSTGRES_URL", (env) => !env.POSTGRES_URL),
  pointless("MONGODB_DATABASE", "without MONGODB_URI", (env) => !env.MONGODB_URI),
  pointless("CLAMAV_URL", "with UPLOAD_SCAN=off: no file is scanned", (env) => env.UPLOAD_SCAN === "off"),
  pointless("TENANT_DOMAIN", "without TENANTS", (env) => env.TENANTS.length === 0),
  ...["FACTS_CHANNEL", "FACTS_RETENTION"].map((name) =>
    pointless(name, "with FACTS=off: nothing is kept in the log", (env) => env.FACTS === "off"),
  ),
  ...["UNREAD_MAIL", "UNREAD_MAIL_AFTER", "UNREAD_MAIL_LIMIT", "UNREAD_MAIL_WORDS"].map((name) =>
    pointless(name, "without SMTP_URL: nothing unread is mailed", (env) => !env.SMTP_URL),
  ),
  pointless("VAPID_SUBJECT", "without VAPID_PUBLIC_KEY: nothing is pushed to browsers", (env) => !env.VAPID_PUBLIC_KEY),
  pointless("FCM_URL", "without FCM_SERVICE_ACCOUNT", (env) => !env.FCM_SERVICE_ACCOUNT),
  pointless("APNS_URL", "without APNS_KEY", (env) => !env.APNS_KEY),
  (_env, set) => {
    const all = ["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"];
    const missing = all.filter((name) => !set(name));
    return missing.length === 0 || missing.length === all.length
      ? undefined
      : wrong(`of what APNs needs ${missing.join(" and ")} is missing: nothing is pushed to it`, "set all four");
  },
  (env) =>
    env.FACTS_CHANNEL === "on" &&
    env.FACTS === "on" &&
    env.SERVICES.length === 5 &&
    !env.RABBITMQ_URL &&
    !env.TRANSPORTER
      ? doubtful(
          "FACTS_CHANNEL=on, and there is no bus: only this process hears it",
          "set RABBITMQ_URL, or leave it out",
        )
      : undefined,
  pointless("MAIL_FROM", "without SMTP_URL: mails are files under DATA_DIR/mail", (env) => !env.SMTP_URL),
  (_env, set) =>
    set("VAPID_PUBLIC_KEY") !== set("VAPID_PRIVATE_KEY")
      ? wrong("of the two VAPID keys one is missing: nothing is pushed", "set both, as web-push generated them")
      : undefined,
  (env) =>
    env.UPLOAD_SCAN !== "off" && !env.CLAMAV_URL
      ? wrong(`UPLOAD_SCAN=${env.UPLOAD_SCAN} has no scanner to ask`, "set CLAMAV_URL, such as tcp://127.0.0.1:3310")
      : undefined,
  (env) =>
    env.JWT_ACCESS_SECRET !== undefined && env.JWT_ACCESS_SECRET === env.JWT_REFRESH_SECRET
      ? wrong("JWT_ACCESS_SECRET and JWT_REFRESH_SECRET are the same", "make one of them anew: openssl rand -base64 48")
      : undefined,
  (env) =>
    env.JWT_ACCESS_TTL >= env.JWT_REFRESH_TTL
      ? doubtful("access tokens live as long as refresh tokens", "shorten JWT_ACCESS_TTL: 15m is usual")
      : undefined,
  (env) =>
    env.MAX_FILE_SIZE > env.UPLOAD_QUOTA
      ? wrong(
          "MAX_FILE_SIZE is more than UPLOAD_QUOTA: a file of that size never fits",
          "raise the quota, or lower the size",
        )
      : undefined,
  (env) =>
    env.HEALTH_PORT !== undefined && env.HEALTH_PORT === env.PORT && env.SERVICES.includes("api")
      ? wrong("HEALTH_PORT and PORT are the same", "leave HEALTH_PORT out: a node with api has /health on PORT")
      : undefined,
  (env) =>
    env.HEALTH_PORT === undefined && !env.SERVICES.includes("api")
      ? doubtful("this node has no api and no HEALTH_PORT: nothing can ask how it is", "set HEALTH_PORT")
      : undefined,
  (env) =>
    env.SERVICES.length < 5 && !env.RABBITMQ_URL && !env.TRANSPORTER
      ? wrong(`SERVICES are only ${env.SERVICES.join(", ")}, and there is no bus to the others`, "set RABBITMQ_URL")
      : undefined,
  (env) =>
    (env.RABBITMQ_URL || env.TRANSPORTER) && (!env.MONGODB_URI || !env.POSTGRES_URL)
      ? doubtful(
          "a bus joins nodes, and the stores are embedded, which one process alone can open",
          "set MONGODB_URI and POSTGRES_URL (npm run chat -- move brings over what is there)",
        )
      : undefined,
  (env) =>
    env.NODE_ENV === "test"
      ? doubtful("NODE_ENV=test is for tests: nothing is as strict", "set production")
      : undefined,
  (env) =>
    env.NODE_ENV === "development" && !isPrivate(env.HOST)
      ? doubtful(`NODE_ENV=development, and HOST=${env.HOST} lets others in`, "set NODE_ENV=production")
      : undefined,
  (env) =>
    env.DATA_DIR === NO_DIR
      ? doubtful("DATA_DIR=:memory:: all messages are gone with the process", "name a folder")
      : undefined,
  (env) =>
    env.ADMIN_EXPORT === "on"
      ? doubtful("ADMIN_EXPORT=on: admins can read out every conversation", "leave it out when the export is done")
      : undefined,
];

/** Of a system that others use. */
const inProduction: readonly Rule[] = [
  (_env, set) =>
    set("ALLOWED_ORIGINS")
      ? undefined
      : doubtful(
          "ALLOWED_ORIGINS is empty: pages of other origins than this server's own are refused",
          "list them, if there are any",
        ),
  (env) =>
    env.PUBLIC_URL === undefined
      ? doubtful("PUBLIC_URL is not set: links in mails lead to localhost", "set the address that users see")
      : env.PUBLIC_URL.startsWith("http:") && !isPrivate(new URL(env.PUBLIC_URL).hostname)
        ? wrong(
            "PUBLIC_URL is http: tokens and messages go in the clear",
            "put TLS in front, and set the https address",
          )
        : undefined,
  (env) =>
    env.PUBLIC_URL?.startsWith("https:") && env.TRUST_PROXY === 0
      ? doubtful(
          "users come by https, so through a proxy, and TRUST_PROXY is 0: to the limits all of them have its one address",
          "set TRUST_PROXY to the number of proxies",
        )
      : undefined,
  (env) =>
    env.SMTP_URL === undefined
      ? doubtful("SMTP_URL is not set: mails for lost passwords are files that nobody gets", "set a mail server")
      : undefined,
  (env) =>
    env.OUTGOING_PRIVATE === "on"
      ? doubtful("OUTGOING_PRIVATE=on: webhooks of users reach this network's own addresses", "leave it out")
      : undefined,
  (env) =>
    env.RATE_LIMIT >= 100_000 || env.AUTH_RATE_LIMIT >= 10_000
      ? doubtful(
          "limits are so high that there are none: passwords can be guessed at speed",
          "leave them at their defaults",
        )
      : undefined,
  (env) =>
    env.VAPID_PUBLIC_KEY && env.VAPID_SUBJECT.endsWith("@localhost")
      ? doubtful("VAPID_SUBJECT is nobody's address: some push services refuse that", "set mailto: and yours")
      : undefined,
  plain("POSTGRES_URL", (url) => !/require|verify/.test(url.searchParams.get("sslmode") ?? ""), "add ?sslmode=require"),
  plain(
    "MONGODB_URI",
    (url) =>
      url.protocol === "mongodb:" && !/true/.test(url.searchParams.get("tls") ?? url.searchParams.get("ssl") ?? ""),
    "add tls=true",
  ),
  plain("RABBITMQ_URL", (url) => url.protocol === "amqp:", "use amqps:"),
  plain("SMTP_URL", (url) => url.protocol === "smtp:", "use smtps:, or see that the server asks for STARTTLS"),
  plain("S3_ENDPOINT", (url) => url.protocol === "http:", "use https:"),
  plain("TRACE_URL", (url) => url.protocol === "http:", "use https:"),
];

/** What is wrong with the settings themselves; where one can't be read at all, only such are told. */
export function* settings(vars: Vars): Generator<Finding> {
  const faults = faultsIn(vars);
  for (const { variable, message } of faults) yield wrong(message, `mend ${variable}; a server does not start with it`);
  if (faults.length > 0) return;
  const env = readEnv(vars);
  const set = (name: string): boolean => (vars[name] ?? "").trim() !== "";
  const found = [...rules, ...(env.NODE_ENV === "production" ? inProduction : [])]
    .map((rule) => rule(env, set))
    .filter((finding) => finding !== undefined);
  yield* found;
  if (found.length === 0) yield fine("settings: nothing to say");
}
