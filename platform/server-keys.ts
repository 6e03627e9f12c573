/** Keys by which other servers speak to this one. Kept as digests, compared in constant time, and in no log. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Caller, operator } from "../contracts/caller";
import { type Env, SERVER_KEY } from "../contracts/env";

/**
 * Who speaks with a server key: an operator, named by the key's fingerprint. Undefined for anything else, which is told
 * by its form, so that tokens are not hashed once more.
 */
export function serverOf({ SERVER_KEYS: digests }: Pick<Env, "SERVER_KEYS">, given: string): Caller | undefined {
  if (digests.length === 0 || !SERVER_KEY.test(given)) return undefined;
  const digest = createHash("sha256").update(given).digest();
  const known = digests.filter((one) => timingSafeEqual(Buffer.from(one, "hex"), digest)); // all of them, always
  return known[0] === undefined ? undefined : { ...operator, sessionId: `server-${known[0].slice(0, 8)}` };
}

/** The same server for one of its users: what they may do, it may, and no more. */
export const standIn = (server: Caller, user: Pick<Caller, "userId" | "roles" | "guestOf" | "mutedUntil">): Caller =>
  Object.freeze({ ...user, sessionId: server.sessionId, server: true });
