/** Who speaks: a token is accepted when it verifies and nobody has revoked it. The same for REST and for sockets. */
import { createHash } from "node:crypto";
import { type ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { isSound } from "../../contracts/text";
import { fail } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { tokensOf, type Verified } from "../../platform/tokens";
import { revocationsOf } from "./sockets/connection/revocations";

/** An API token is asked for at the users service once in so long; a revocation is heard of at once all the same. */
const FRESH_MS = 30_000;
/** Of an API token that never runs out, so that its sockets are looked at again some day. */
const LONGEST_MS = 86_400_000;
const MOST = 10_000;
/** How long a node that was just started waits to hear who was cut before. */
const KNOWN_WITHIN_MS = 2_000;
const POLL_MS = 20;
interface Known {
  readonly until: number;
  readonly verified: Verified;
}
const knownOf = new WeakMap<ServiceBroker, Map<string, Known>>();

async function verifyApiToken(broker: ServiceBroker, token: string): Promise<Verified> {
  const known = knownOf.get(broker) ?? new Map<string, Known>();
  knownOf.set(broker, known);
  const key = createHash("sha256").update(token).digest("base64");
  const hit = known.get(key);
  // A cut of the user's older tokens (another role) spares an API token that still stands: ask again.
  if (hit && hit.until > Date.now() && !revocationsOf(broker).isRevoked(hit.verified)) return hit.verified;
  const { userId, sessionId, roles, scopes, expiresAt, at } = await call(broker, "users.authenticate", { token });
  const issuedAt = Date.parse(at);
  const end = expiresAt === null ? Infinity : Date.parse(expiresAt);
  const caller = Object.freeze({ userId, sessionId, roles, scopes });
  const verified = { caller, issuedAt, expiresAt: Math.min(end, issuedAt + LONGEST_MS) };
  if (known.size >= MOST) known.clear();
  known.set(key, { until: Math.min(Date.now() + FRESH_MS, verified.expiresAt), verified });
  return verified;
}

/**
 * An access token or an API token, with or without the word `Bearer`.
 * @throws AUTH_INVALID, UNAVAILABLE
 */
export async function authenticateAny(broker: ServiceBroker, token: unknown): Promise<Verified> {
  const bare = typeof token === "string" ? token.replace(/^bearer +/i, "") : token;
  if (typeof bare !== "string" || !bare.startsWith("api-") || bare.length > 200 || !isSound(bare))
    return authenticateWhenKnown(broker, token);
  const verified = await verifyApiToken(broker, bare);
  if (revocationsOf(broker).isRevoked(verified)) throw fail("AUTH_INVALID", "This API token was revoked.");
  return verified;
}

/** Nobody slips in through a node that can't know yet whose session has ended. */
async function authenticateWhenKnown(broker: ServiceBroker, token: unknown): Promise<Verified> {
  const verified = authenticate(broker, token);
  const revocations = revocationsOf(broker);
  if (revocations.known) return verified;
  for (const until = Date.now() + KNOWN_WITHIN_MS; !revocations.known && Date.now() < until;) await sleep(POLL_MS);
  if (!revocations.known) throw fail("UNAVAILABLE", "Whether this session has ended can't be told at the moment.");
  return authenticate(broker, token);
}

/**
 * An access token, with or without the word `Bearer`.
 * @throws AUTH_INVALID
 */
export function authenticate(broker: ServiceBroker, token: unknown): Verified {
  if (typeof token !== "string" || !token) throw fail("AUTH_INVALID", "An access token is needed.");
  const verified = tokensOf(broker).verifyAccess(token);
  if (revocationsOf(broker).isRevoked(verified)) throw fail("AUTH_INVALID", "This session has ended.");
  return verified;
}
