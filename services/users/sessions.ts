/** The rules of a session: one per device, a family of tokens of which only the last refresh token is alive. Pure. */
import { createHash, randomBytes } from "node:crypto";
import { type RefreshClaims } from "../../platform/tokens";
import { type SessionRow } from "./models";

/** Tabs of one browser share a refresh token and may use it at once: for so long the second is told the first's. */
const RACE = 10_000;
/** However often it is rotated, a session ends after this. */
const LONGEST = 90 * 86_400_000;

export const digest = (token: string): string => createHash("sha256").update(token).digest("hex");
export const newSessionId = (): string => randomBytes(16).toString("hex");

/** Of a token that somebody else signed: the session is known here, and neither renewed nor ended by its clock. */
export const isForeign = (sessionId: string): boolean => sessionId.startsWith("ext-");

export const expiryOf = (createdAt: Date, issuedAt: Date, ttl: number): Date =>
  new Date(Math.min(issuedAt.getTime() + ttl, createdAt.getTime() + LONGEST));

export const isAlive = (session: Pick<SessionRow, "revoked_at" | "expired_at">, now: Date): boolean =>
  session.revoked_at === null && session.expired_at > now;

/**
 * - `rotate`: it is the live one.
 * - `repeat`: it was the live one a moment ago, and its successor was not used since: tell that again.
 * - `reuse`: somebody uses a dead one: the family is not safe any more.
 * - `gone`: the session is over, or never was.
 */
export type Refresh = "rotate" | "repeat" | "reuse" | "gone";

export function decideRefresh(
  session: SessionRow | null,
  claims: Pick<RefreshClaims, "userId" | "generation">,
  token: string,
  now: Date,
): Refresh {
  if (!session || session.user_id !== claims.userId || !isAlive(session, now)) return "gone";
  if (claims.generation === session.generation) return digest(token) === session.refresh_token ? "rotate" : "gone";
  const sinceRotation = now.getTime() - session.issued_at.getTime();
  return claims.generation === session.generation - 1 && sinceRotation <= RACE ? "repeat" : "reuse";
}
