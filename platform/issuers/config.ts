/** Who else may say who somebody is: `TRUSTED_ISSUERS`, read and checked once, so that a slip stops the start. */
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import Validator, { type ValidationSchema } from "fastest-validator";
import { type JSONWebKeySet } from "jose";
import { type Env, EnvError } from "../../contracts/env";

/** Public keys alone; a secret has an algorithm of its own, and never the other way round. */
const OF_KEYS = ["RS256", "ES256", "EdDSA"] as const;
const OF_SECRETS = ["HS256"] as const;
export type Algorithm = (typeof OF_KEYS | typeof OF_SECRETS)[number];
const LEAST_SECRET = 32;

export type KeySource =
  | { readonly url: string; readonly allowInward: boolean }
  | { readonly set: JSONWebKeySet }
  | { readonly key: KeyObject };

export interface Issuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly Algorithm[];
  readonly source: KeySource;
  /** In seconds. */
  readonly clockTolerance: number;
  /** Stands before `sub` in `external_id`, so that two issuers never speak of the same account. */
  readonly prefix: string;
  /** Which claim says what. */
  readonly claims: { readonly name: string; readonly email: string; readonly avatar: string };
}

interface Given {
  issuer: string;
  audience: string | string[];
  jwks?: string | JSONWebKeySet;
  key?: string;
  secret?: string;
  algorithms?: Algorithm[];
  clockTolerance: number;
  prefix?: string;
  private: boolean;
  claims?: Partial<Issuer["claims"]>;
}

const short = { type: "string", min: 1, max: 200 } as const;
const claim = { ...short, optional: true } as const;
const CLAIMS: Issuer["claims"] = { name: "name", email: "email", avatar: "picture" };
const shape: ValidationSchema = {
  $$strict: true,
  issuer: { type: "string", min: 1, max: 200 },
  audience: [short, { type: "array", items: short, min: 1, max: 20 }],
  jwks: [
    { type: "url", optional: true },
    { type: "object", optional: true, props: { keys: { type: "array", min: 1, max: 100, items: "object" } } },
  ],
  key: { type: "string", optional: true },
  secret: { type: "string", min: LEAST_SECRET, optional: true },
  algorithms: { type: "array", optional: true, min: 1, enum: [...OF_KEYS, ...OF_SECRETS], items: "string" },
  clockTolerance: { type: "number", integer: true, min: 0, max: 300, default: 30 },
  prefix: { type: "string", max: 100, optional: true },
  private: { type: "boolean", default: false },
  claims: {
    type: "object",
    strict: true,
    optional: true,
    props: { name: claim, email: claim, avatar: claim },
  },
};
const check = new Validator().compile(shape);

/** The value may hold a secret, and is never repeated. */
const wrong = (why: string): EnvError => new EnvError("TRUSTED_ISSUERS", why);

function checked(given: unknown, place: number): Given {
  const problems = check(given);
  if (problems === true) return given as Given;
  const [first] = Array.isArray(problems) ? problems : [];
  throw wrong(`issuer ${place + 1}: "${first?.field ?? "?"}" does not fit (${first?.type ?? "?"})`);
}

function publicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw wrong('"key" is no public key in PEM');
  }
}

/** A JWKS comes from the operator's own identity provider, which is ever so often a neighbour: that has to be said. */
function remote(url: string, allowInward: boolean): KeySource {
  if (!allowInward && !url.startsWith("https:"))
    throw wrong('"jwks" must be https; "private": true allows http and private addresses');
  return { url, allowInward };
}

type Keys = Pick<Given, "jwks" | "key" | "private">;

function sourceOf(issuer: string, secret: string | undefined, { jwks, key, private: allowInward }: Keys): KeySource {
  const ways = [jwks, key, secret].filter((way) => way !== undefined);
  if (ways.length !== 1) throw wrong(`${issuer} needs one of "jwks", "key" and "secret"`);
  if (secret !== undefined) return { key: createSecretKey(Buffer.from(secret)) };
  if (key !== undefined) return { key: publicKey(key) };
  return typeof jwks === "string" ? remote(jwks, allowInward) : { set: jwks as JSONWebKeySet };
}

function issuerOf(given: unknown, place: number): Issuer {
  const { issuer, audience, algorithms, clockTolerance, prefix, claims, secret, ...rest } = checked(given, place);
  const allowed: readonly Algorithm[] = secret === undefined ? OF_KEYS : OF_SECRETS;
  const foreign = algorithms?.find((algorithm) => !allowed.includes(algorithm));
  if (foreign) throw wrong(`${issuer}: ${foreign} does not go with its key, only ${allowed.join(", ")}`);
  return {
    issuer,
    audience: [audience].flat(),
    algorithms: algorithms ?? allowed,
    source: sourceOf(issuer, secret, rest),
    clockTolerance,
    prefix: prefix ?? `${issuer}|`,
    claims: { ...CLAIMS, ...claims },
  };
}

function refuseTwins(issuers: readonly Issuer[]): void {
  for (const field of ["issuer", "prefix"] as const) {
    const values = issuers.map((issuer) => issuer[field]);
    if (new Set(values).size < values.length) throw wrong(`two have the same "${field}"`);
  }
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(/^\s*\[/.test(raw) ? raw : readFileSync(raw.trim(), "utf8"));
  } catch {
    throw wrong("expected a JSON list, or the path of a file that holds one");
  }
}

/** @throws EnvError */
export function issuersOf({ TRUSTED_ISSUERS: raw }: Pick<Env, "TRUSTED_ISSUERS">): readonly Issuer[] {
  if (raw === undefined) return [];
  const list = parsed(raw);
  if (!Array.isArray(list)) throw wrong("expected a JSON list");
  const issuers = list.map(issuerOf);
  refuseTwins(issuers);
  return issuers;
}

/** The key of an account; undefined where it would read as another issuer's. */
export function externalIdOf(issuers: readonly Issuer[], { prefix }: Issuer, subject: string): string | undefined {
  const id = prefix + subject;
  const others = issuers.filter((other) => other.prefix.length > prefix.length);
  return id.length > 255 || others.some((other) => id.startsWith(other.prefix)) ? undefined : id;
}
