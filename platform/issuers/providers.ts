/** Where people may sign in with an account of elsewhere: `OIDC_PROVIDERS`, read and checked once. */
import { readFileSync } from "node:fs";
import Validator from "fastest-validator";
import { type Env, EnvError } from "../../contracts/env";

export interface Provider {
  /** In addresses: `/oidc/<id>`. */
  readonly id: string;
  /** On the button. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** None of a public client. */
  readonly clientSecret?: string;
  readonly scope: string;
  /** Accounts are made though registration is not open. */
  readonly register: boolean;
  /** Accounts that are there are opened by their verified address. */
  readonly link: boolean;
  /** It may speak http. */
  readonly private: boolean;
}

const short = { type: "string", min: 1, max: 200 } as const;
const check = new Validator().compile({
  $$strict: true,
  id: { type: "string", pattern: /^[a-z0-9-]{1,32}$/ },
  name: short,
  issuer: { type: "url" },
  clientId: short,
  clientSecret: { ...short, max: 1000, optional: true },
  scope: { ...short, default: "openid email profile" },
  register: { type: "boolean", default: false },
  link: { type: "boolean", default: true },
  private: { type: "boolean", default: false },
});

/** The value holds secrets, and is never repeated. */
const wrong = (why: string): EnvError => new EnvError("OIDC_PROVIDERS", why);

function parsed(raw: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(/^\s*\[/.test(raw) ? raw : readFileSync(raw.trim(), "utf8"));
  } catch {
    throw wrong("expected a JSON list, or the path of a file that holds one");
  }
  if (!Array.isArray(value)) throw wrong("expected a JSON list");
  return value;
}

function providerOf(given: unknown, place: number): Provider {
  const problems = check(given);
  if (problems !== true) {
    const [first] = Array.isArray(problems) ? problems : [];
    throw wrong(`provider ${place + 1}: "${first?.field ?? "?"}" does not fit (${first?.type ?? "?"})`);
  }
  const provider = given as Provider;
  if (!provider.private && !provider.issuer.startsWith("https:"))
    throw wrong(`${provider.id}: "issuer" must be https; "private": true allows http`);
  if (!provider.scope.split(" ").includes("openid")) throw wrong(`${provider.id}: "scope" must have openid`);
  return provider;
}

/** @throws EnvError */
export function providersOf(env: Pick<Env, "OIDC_PROVIDERS" | "PUBLIC_URL" | "NODE_ENV">): readonly Provider[] {
  if (env.OIDC_PROVIDERS === undefined) return [];
  const providers = parsed(env.OIDC_PROVIDERS).map(providerOf);
  if (new Set(providers.map(({ id }) => id)).size < providers.length) throw wrong('two have the same "id"');
  // Else whoever sends a Host header would say where one comes back to.
  if (env.NODE_ENV === "production" && env.PUBLIC_URL === undefined)
    throw new EnvError("PUBLIC_URL", "is required with OIDC_PROVIDERS in production");
  return providers;
}
