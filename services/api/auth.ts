/** Who speaks: a token is accepted when it verifies and nobody has revoked it. The same for REST and for sockets. */
import { createHash } from "node:crypto";
import { type ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { isSound } from "../../contracts/text";
import { fail } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { trustedIssuersOf } from "../../platform/issuers/of-broker";
import { type Issuer } from "../../platform/issuers/config";
import { KNOWN_MS } from "../../platform/patience";
import { tokensOf, type Verified } from "../../platform/tokens";
import { revocationsOf } from "./sockets/connection/revocations";

/** A token of another kind than ours is asked for at the users service once in so long; a revocation is heard of at once all the same. */
const FRESH_MS = 30_000;
/** Of a token that lives for longer, so that its sockets are looked at again some day. */
const LONGEST_MS = 86_400_000;
const MOST = 10_000;
const POLL_MS = 20;
interface Known {
  readonly until: number;
  readonly verified: Verified;
}
/** Tokens that the users service is asked about, by their digests; of those that come at once one asks for all. */
interface Remembered {
  readonly known: Map<string, Known>;
  readonly asking: Map<string, Promise<Verified>>;
}
const ofBroker = new WeakMap<ServiceBroker, Remembered>();

function rememberedOf(broker: ServiceBroker): Remembered {
  const remembered = ofBroker.get(broker) ?? { known: new Map(), asking: new Map() };
  ofBroker.set(broker, remembered);
  return remembered;
}

async function remembered(broker: ServiceBroker, token: string, ask: () => Promise<Verified>): Promise<Verified> {
  const { known, asking } = rememberedOf(broker);
  const key = createHash("sha256").update(token).digest("base64");
  const hit = known.get(key);
  // A cut of the user's older tokens (another role) spares a token that still stands: ask again.
  if (hit && hit.until > Date.now() && !revocationsOf(broker).isRevoked(hit.verified)) return hit.verified;
  const asked = asking.get(key) ?? ask().finally(() => asking.delete(key));
  asking.set(key, asked);
  const verified = await asked;
  if (known.size >= MOST) known.clear();
  known.set(key, { until: Math.min(Date.now() + FRESH_MS, verified.expiresAt), verified });
  return verified;
}

async function askApiToken(broker: ServiceBroker, token: string): Promise<Verified> {
  const { expiresAt, at, ...caller } = await call(broker, "users.authenticate", { token });
  const issuedAt = Date.parse(at);
  const end = expiresAt === null ? Infinity : Date.parse(expiresAt);
  return { caller: Object.freeze(caller), issuedAt, expiresAt: Math.min(end, issuedAt + LONGEST_MS) };
}

async function askForeign(broker: ServiceBroker, issuer: Issuer, token: string): Promise<Verified> {
  const { expiresAt, issuedAt, ...identity } = await trustedIssuersOf(broker).verify(issuer, token);
  const times = { issuedAt: new Date(issuedAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() };
  const { at, ...known } = await call(broker, "users.recognise", { ...identity, ...times });
  const caller = Object.freeze({ ...known, sessionId: identity.sessionId });
  return { caller, issuedAt: Date.parse(at), expiresAt: Math.min(expiresAt, Date.parse(at) + LONGEST_MS) };
}

/** How a token that is none of our access tokens is checked; undefined where it may be one. */
function elsewhere(broker: ServiceBroker, token: string): (() => Promise<Verified>) | undefined {
  if (token.startsWith("api-") && token.length <= 200 && isSound(token)) return () => askApiToken(broker, token);
  const issuer = trustedIssuersOf(broker).of(token);
  return issuer && (() => askForeign(broker, issuer, token));
}

/**
 * An access token, ours or of an issuer that is trusted, or an API token; with or without the word `Bearer`.
 * @throws AUTH_INVALID, UNAVAILABLE
 */
export async function authenticateAny(broker: ServiceBroker, token: unknown): Promise<Verified> {
  const bare = typeof token === "string" ? token.replace(/^bearer +/i, "") : token;
  const ask = typeof bare === "string" ? elsewhere(broker, bare) : undefined;
  if (typeof bare !== "string" || !ask) return authenticateWhenKnown(broker, token);
  const verified = await remembered(broker, bare, ask);
  if (revocationsOf(broker).isRevoked(verified)) throw fail("AUTH_INVALID", "This token was revoked.");
  return verified;
}

/** Nobody slips in through a node that can't know yet whose session has ended. */
async function authenticateWhenKnown(broker: ServiceBroker, token: unknown): Promise<Verified> {
  const verified = authenticate(broker, token);
  const revocations = revocationsOf(broker);
  if (revocations.known) return verified;
  for (const until = Date.now() + KNOWN_MS; !revocations.known && Date.now() < until;) await sleep(POLL_MS);
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
