/** Tokens of others: verified by the keys of the issuer that they name, if it is one of those that are trusted. */
import { createHash } from "node:crypto";
import { createLocalJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from "jose";
import { type LoggerInstance } from "moleculer";
import { fail, tokenExpired } from "../../contracts/errors";
import { isSound } from "../../contracts/text";
import { externalIdOf, type Issuer } from "./config";
import { RemoteKeys } from "./keys";

/** Those of some providers list all groups of a person. */
const LONGEST = 8_192;
/** Whoever has ended a session must be remembered for as long as its token lives. */
const LONGEST_LIFE = 90 * 86_400_000;
/** What else an issuer signs for the same audience (logouts, events) is no access token. */
const TYPES = new Set([undefined, "jwt", "at+jwt", "application/jwt", "application/at+jwt"]);

/** Whom a foreign token speaks for. */
export interface Identity {
  readonly issuer: string;
  readonly externalId: string;
  /** Of the issuer's session where the token names one (`sid`), else of this very token. */
  readonly sessionId: string;
  /** Milliseconds since 1970; 0 where the token does not say. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly names: string[];
  /** Only one that the issuer has verified. */
  readonly email?: string;
  readonly avatar?: string;
}

const invalid = (): Error => fail("AUTH_INVALID", "The token is not valid.");
const texts = (...values: readonly unknown[]): string[] =>
  values.filter((v): v is string => typeof v === "string" && v.trim() !== "" && isSound(v));

/** What a token says of itself, unverified: only to find whose keys have to verify it. */
export function namedIssuer(token: string): string | undefined {
  const [, payload, signature, ...more] = token.split(".", 4);
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  const text = Buffer.from(payload, "base64url").toString("utf8");
  if (!text.includes('"iss"')) return undefined;
  try {
    const { iss } = JSON.parse(text) as { iss?: unknown };
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
}

function sessionIdOf(issuer: string, { sub, sid }: JWTPayload, token: string): string {
  const what = typeof sid === "string" && sid !== "" ? ["sid", issuer, sub, sid] : ["token", token];
  return `ext-${createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 28)}`;
}

/** Errors of ours pass; the library's say no more than that the token is not valid. */
function translated(error: unknown): Error {
  if (error instanceof errors.JWTExpired) return tokenExpired("The token has run out.");
  return error instanceof Error && "type" in error ? error : invalid();
}

export class TrustedIssuers {
  private readonly byName: ReadonlyMap<string, Issuer>;
  private readonly keys = new Map<Issuer, JWTVerifyGetKey>();
  private readonly remotes: RemoteKeys[] = [];

  constructor(
    private readonly issuers: readonly Issuer[],
    logger: Pick<LoggerInstance, "warn">,
  ) {
    this.byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
    for (const issuer of issuers) this.keys.set(issuer, this.findKey(issuer, logger));
  }

  /** So that the first who comes need not wait for keys. */
  warm(): void {
    for (const keys of this.remotes) void keys.load();
  }

  stop(): void {
    for (const keys of this.remotes) keys.stop();
  }

  /** Whose keys have to verify this token; undefined where it names nobody who is trusted. */
  of(token: string): Issuer | undefined {
    if (this.issuers.length === 0 || token.length > LONGEST) return undefined;
    return this.byName.get(namedIssuer(token) ?? "");
  }

  /** @throws AUTH_INVALID, UNAVAILABLE */
  async verify(issuer: Issuer, token: string): Promise<Identity> {
    const { algorithms, audience, clockTolerance } = issuer;
    const options = {
      algorithms: [...algorithms],
      issuer: issuer.issuer,
      audience: [...audience],
      clockTolerance,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(Date.now()),
    };
    try {
      const key = this.keys.get(issuer);
      if (!key) throw invalid();
      const { payload, protectedHeader } = await jwtVerify(token, key, options);
      if (!TYPES.has(protectedHeader.typ?.toLowerCase())) throw invalid();
      return this.identityOf(issuer, payload, token);
    } catch (error) {
      throw translated(error);
    }
  }

  private identityOf(issuer: Issuer, payload: JWTPayload, token: string): Identity {
    const { sub, exp = 0, iat = 0 } = payload;
    const [subject] = texts(sub);
    const now = Date.now();
    const skew = issuer.clockTolerance * 1000;
    const [issuedAt, expiresAt] = [Math.floor(iat * 1000), Math.floor(exp * 1000) + skew];
    const externalId = subject === undefined ? undefined : externalIdOf(this.issuers, issuer, subject);
    if (externalId === undefined || issuedAt < 0 || issuedAt > now + skew) throw invalid();
    if (expiresAt > now + LONGEST_LIFE + skew)
      throw fail("AUTH_INVALID", "The token lives for longer than 90 days; that is too long.");
    return {
      issuer: issuer.issuer,
      externalId,
      sessionId: sessionIdOf(issuer.issuer, payload, token),
      issuedAt,
      expiresAt,
      ...this.profileOf(issuer, payload),
    };
  }

  private profileOf({ claims }: Issuer, payload: JWTPayload): Pick<Identity, "names" | "email" | "avatar"> {
    const [email] = payload.email_verified === true ? texts(payload[claims.email]) : [];
    const [avatar] = texts(payload[claims.avatar]);
    return {
      names: texts(payload[claims.name], payload.preferred_username, payload.nickname),
      ...(email === undefined ? {} : { email }),
      ...(avatar === undefined ? {} : { avatar }),
    };
  }

  private findKey({ source }: Issuer, logger: Pick<LoggerInstance, "warn">): JWTVerifyGetKey {
    if ("set" in source) return createLocalJWKSet(source.set);
    if ("key" in source) return () => Promise.resolve(source.key);
    const remote = new RemoteKeys(source, logger);
    this.remotes.push(remote);
    return remote.find;
  }
}
