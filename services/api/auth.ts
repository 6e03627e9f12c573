/** Who speaks: a token is accepted when it verifies and nobody has revoked it. The same for REST and for sockets. */
import { type ServiceBroker } from "moleculer";
import { fail } from "../../contracts/errors";
import { tokensOf, type Verified } from "../../mixins/tokens";
import { revocationsOf } from "./sockets/revocations";

/**
 * With or without the word `Bearer`.
 * @throws AUTH_INVALID, AUTH_EXPIRED
 */
export function authenticate(broker: ServiceBroker, token: unknown): Verified {
  if (typeof token !== "string" || !token) throw fail("AUTH_INVALID", "An access token is needed.");
  const verified = tokensOf(broker).verifyAccess(token);
  if (revocationsOf(broker).isRevoked(verified)) throw fail("AUTH_INVALID", "This session has ended.");
  return verified;
}
