/** OWASP's rules for openapi.yml, by Spectral: all of them but for what is named here with its reason. */
import { type RulesetDefinition } from "@stoplight/spectral-core";
import owasp from "@stoplight/spectral-owasp-ruleset";

export const SPEC = "openapi.yml";
const at = (...path: readonly string[]): string =>
  `${SPEC}#/${path.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
const off = (...rules: readonly string[]): Record<string, "off"> =>
  Object.fromEntries(rules.map((rule) => [`owasp:${rule}`, "off" as const]));

const PAGES = ["/", "/api/docs", "/ws-docs", "/openapi.json"];
const PROBES = ["/health", "/health/live", "/health/ready", "/metrics"];
const SIGN_IN = ["register", "login", "refresh", "password/forgot", "password/reset", "email/verify"];
const data = (path: string, method: string, ...rest: readonly string[]): string =>
  at("paths", path, method, "responses", "200", "content", "application/json", "schema", "properties", "data", ...rest);
const bytes = (status: string): string =>
  at("paths", "/files/{id}", "get", "responses", status, "content", "application/octet-stream", "schema");
const form = (path: string): string =>
  at("paths", path, "post", "requestBody", "content", "multipart/form-data", "schema");

export const specRules: RulesetDefinition = {
  extends: [owasp],
  rules: {
    // The contract has integers for users; that one can be guessed gives nothing away: profiles are open to all users.
    ...off("api1:2023-no-numeric-ids"),
  },
  overrides: [
    {
      // For everybody, before anybody can be signed in: pages, probes, and what says how one may sign in.
      files: [...PAGES, ...PROBES, "/registration", "/config"].map((path) => at("paths", path)),
      rules: off("api2:2023-read-restricted", "api8:2023-define-error-responses-401"),
    },
    {
      // These make who asks somebody.
      files: [...SIGN_IN.map((path) => at("paths", `/auth/${path}`)), at("paths", "/oidc/session")],
      rules: off("api2:2023-write-restricted"),
    },
    {
      // The address is the secret, and all that it opens is to speak in one group: so does Slack, whose senders come here.
      files: [at("paths", "/hooks/{hookId}/{secret}")],
      rules: off(
        "api2:2023-write-restricted",
        "api2:2023-no-credentials-in-url",
        "api8:2023-define-error-responses-401",
      ),
    },
    {
      // A mail program posts to it by itself, with nothing but its address (RFC 8058); all that it does is to end mails.
      files: [at("paths", "/mail/unsubscribe/{token}")],
      rules: off(
        "api2:2023-write-restricted",
        "api2:2023-no-credentials-in-url",
        "api8:2023-define-error-responses-401",
      ),
    },
    {
      // They take no input, and no part in the budget that the headers tell of; pages have a ceiling by address.
      files: [...PAGES, ...PROBES].map((path) => at("paths", path)),
      rules: off("api4:2023-rate-limit", "api8:2023-define-error-validation"),
    },
    {
      // Who watches a server that is asked too much must not be turned away.
      files: PROBES.map((path) => at("paths", path)),
      rules: off("api4:2023-rate-limit-responses-429"),
    },
    {
      // As many as there are series.
      files: [at("paths", "/metrics")],
      rules: off("api4:2023-string-limit"),
    },
    {
      // Bytes: of any kind, and what was taken once stays, however large a file may be by now.
      files: [bytes("200"), bytes("206"), form("/upload/single"), form("/upload/multiple")],
      rules: off("api4:2023-string-restricted", "api4:2023-string-limit"),
    },
    {
      // As many as there are nodes.
      files: ["chat", "api"].map((kind) => data("/admin/overview", "get", "properties", kind)),
      rules: off("api4:2023-array-limit"),
    },
    {
      // `limit` of them, and beside that all that was left and all that one is invited to; and what one has deleted.
      files: [data("/sync", "post", "properties", "changes")],
      rules: off("api4:2023-array-limit"),
    },
  ],
};
