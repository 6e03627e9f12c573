/** Access and refresh tokens: signed and verified with keys that are made once, since a check is on the connect path. */
import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import { JsonWebTokenError, sign, TokenExpiredError, verify } from "jsonwebtoken";
import { type ServiceBroker } from "moleculer";
import { type Caller, type Role } from "../contracts/caller";
import { type Env } from "../contracts/env";
import { fail, tokenExpired } from "../contracts/errors";
import { envOf } from "./env";
import { secretsOf } from "./secrets";

const ROLES: readonly string[] = ["user", "moderator", "admin"] satisfies Role[];
/** No token of ours comes near; a longer one is not worth a hash. */
const LONGEST = 4096;
/** Tokens that are known to be good: a check takes 15 us of a core, a look by digest 1, and every request brings one. */
const KNOWN_MAX = 10_000;

export interface Verified {
  readonly caller: Caller;
  /** Milliseconds since 1970, with fractions of the second: a revocation compares with it. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}
export interface RefreshClaims {
  readonly userId: number;
  readonly sessionId: string;
  /** Counts the rotations of the session: 1 for the first token. */
  readonly generation: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
}
export interface Tokens {
  /** @param until when it runs out at the latest */
  signAccess(caller: Caller, issuedAt: number, until?: number): { token: string; expiresAt: number };
  /** The same claims give the same token, so that a racing tab can be told its twin's without storing it. */
  signRefresh(claims: RefreshClaims): string;
  /**
   * With or without the word `Bearer`.
   * @throws AUTH_INVALID
   */
  verifyAccess(token: string): Verified;
  /** @throws AUTH_INVALID */
  verifyRefresh(token: string): RefreshClaims;
}

type Claims = Readonly<Record<string, unknown>>;
interface Common {
  readonly userId: number;
  readonly sessionId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const invalid = (): Error => fail("AUTH_INVALID", "The token is not valid.");

function claimsOf(token: unknown, key: KeyObject, audience: string | undefined): Claims {
  if (typeof token !== "string" || token.length > LONGEST) throw invalid();
  try {
    // One algorithm and one key, whatever the token's header asks for.
    const claims = verify(token, key, {
      algorithms: ["HS256"],
      clockTimestamp: Date.now() / 1000,
      ...(audience === undefined ? {} : { audience }),
    });
    if (typeof claims === "string") throw invalid();
    return claims;
  } catch (error) {
    if (error instanceof TokenExpiredError) throw tokenExpired("The token has run out.");
    // A header or payload that is no JSON makes the library throw a plain SyntaxError.
    if (error instanceof JsonWebTokenError || error instanceof SyntaxError) throw invalid();
    throw error;
  }
}

function commonOf({ sub, sid, typ, iat, exp }: Claims, wanted: "access" | "refresh"): Common {
  if (typ !== wanted || typeof sid !== "string" || !sid) throw invalid();
  if (typeof sub !== "string" || !/^[1-9]\d{0,9}$/.test(sub)) throw invalid();
  if (typeof iat !== "number" || typeof exp !== "number") throw invalid();
  return { userId: Number(sub), sessionId: sid, issuedAt: Math.round(iat * 1000), expiresAt: Math.round(exp * 1000) };
}

const isRole = (value: unknown): value is Role => typeof value === "string" && ROLES.includes(value);

function verifiedBy(claims: Claims): Verified {
  const { userId, sessionId, issuedAt, expiresAt } = commonOf(claims, "access");
  if (!Array.isArray(claims.roles)) throw invalid();
  const roles = Object.freeze(claims.roles.filter(isRole));
  const guest = typeof claims.gst === "string" ? { guestOf: claims.gst } : {};
  const muted = typeof claims.mut === "number" ? { mutedUntil: claims.mut * 1000 } : {};
  return Object.freeze({
    caller: Object.freeze({ userId, sessionId, roles, ...guest, ...muted }),
    issuedAt,
    expiresAt,
  });
}

/** Whether a token still holds, as against being revoked, is all that changes with time. */
class KnownTokens {
  private readonly verified = new Map<string, Verified>();

  /** Only while the token lives. */
  get(token: unknown): Verified | undefined {
    if (typeof token !== "string" || token.length > LONGEST) return undefined;
    const key = digestOf(token);
    const hit = this.verified.get(key);
    if (!hit || Date.now() < hit.expiresAt) return hit;
    this.verified.delete(key);
    return undefined;
  }

  add(token: string, verified: Verified): Verified {
    const [oldest] = this.verified.keys();
    if (oldest !== undefined && this.verified.size >= KNOWN_MAX) this.verified.delete(oldest);
    this.verified.set(digestOf(token), verified);
    return verified;
  }
}
/** No token is kept, nor anything that one could be made from. */
const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64");

/** @param audience the tenant that they are of, where there are several */
export function makeTokens(secrets: { access: string; refresh: string }, accessTtl: number, audience?: string): Tokens {
  const access = createSecretKey(Buffer.from(secrets.access));
  const refresh = createSecretKey(Buffer.from(secrets.refresh));
  const known = new KnownTokens();
  const aud = audience === undefined ? {} : { aud: audience };
  const signed = (claims: object, key: KeyObject): string => sign({ ...claims, ...aud }, key, { algorithm: "HS256" });
  return {
    signAccess({ userId, sessionId, roles, guestOf, mutedUntil }, issuedAt, until = Infinity) {
      const expiresAt = Math.min(issuedAt + accessTtl, until);
      const times = { iat: issuedAt / 1000, exp: expiresAt / 1000 };
      const mut = mutedUntil === undefined ? undefined : mutedUntil / 1000;
      return {
        token: signed(
          { sub: String(userId), sid: sessionId, roles, typ: "access", gst: guestOf, mut, ...times },
          access,
        ),
        expiresAt,
      };
    },
    signRefresh({ userId, sessionId, generation, issuedAt, expiresAt }) {
      const times = { iat: issuedAt / 1000, exp: expiresAt / 1000 };
      const jti = `${sessionId}.${generation}`;
      return signed({ sub: String(userId), sid: sessionId, typ: "refresh", jti, gen: generation, ...times }, refresh);
    },
    verifyAccess(token) {
      const bare = typeof token === "string" ? token.replace(/^bearer +/i, "") : token;
      return known.get(bare) ?? known.add(bare, verifiedBy(claimsOf(bare, access, audience)));
    },
    verifyRefresh(token) {
      const claims = claimsOf(token, refresh, audience);
      if (!Number.isSafeInteger(claims.gen)) throw invalid();
      return { ...commonOf(claims, "refresh"), generation: claims.gen as number };
    },
  };
}

const made = new WeakMap<Env, Tokens>();

/** The tokens of the node that a service runs on. */
export function tokensOf(broker: ServiceBroker): Tokens {
  const env = envOf(broker);
  const tokens = made.get(env) ?? makeTokens(secretsOf(env), env.JWT_ACCESS_TTL, env.TENANT);
  made.set(env, tokens);
  return tokens;
}
