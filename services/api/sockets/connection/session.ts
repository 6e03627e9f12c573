/** How long a socket may stay: until its token runs out and is not renewed, or its session is revoked. */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../../contracts/actions";
import { fail } from "../../../../contracts/errors";
import { type Payload } from "../../../../contracts/events";
import { authenticateAny } from "../../auth";
import { Deadlines } from "./deadlines";
import { type Hub } from "./hub";
import { type Peer } from "./peer";
import { type Revocations } from "./revocations";

/** How long a socket with an expired token is kept for `auth:renew`. */
const GRACE_MS = 60_000;

export class Session {
  private readonly expiries = new Deadlines<Peer>((peer) => this.expire(peer));
  /** The transport alone: a client whose namespace is closed would not come back by itself, and ask for a fresh token. */
  private readonly cuts = new Deadlines<Peer>((peer) => peer.socket.conn.close());

  constructor(
    private readonly broker: ServiceBroker,
    private readonly hub: Hub,
    private readonly revocations: Revocations,
    private readonly graceMs = GRACE_MS,
  ) {}

  begin(peer: Peer): void {
    this.expiries.set(peer, peer.verified.expiresAt);
  }

  end(peer: Peer): void {
    this.expiries.clear(peer, peer.verified.expiresAt);
    this.cuts.clear(peer, peer.verified.expiresAt + this.graceMs);
  }

  /** @throws AUTH_INVALID, UNAVAILABLE */
  async renew(peer: Peer, token: string): Promise<void> {
    const verified = await authenticateAny(this.broker, token);
    if (!peer.open) return; // it left meanwhile, and nothing is to end any more
    if (verified.caller.userId !== peer.userId) throw fail("AUTH_INVALID", "This token is another user's.");
    this.end(peer);
    peer.verified = verified;
    peer.expired = false;
    this.begin(peer);
  }

  revoke(revoked: Payload<"users.revoked">): void {
    this.revocations.revoke(revoked);
    for (const peer of [...this.hub.peersOf(revoked.userId)])
      if (this.revocations.isRevoked(peer.verified)) this.cut(peer);
  }

  /** What the users service knows to be revoked, should an event have been lost. */
  learn(answer: Result<"users.revocations">): void {
    this.revocations.learn(answer);
    if (Object.keys(answer.sessions).length + Object.keys(answer.users).length === 0) return;
    for (const peer of [...this.hub.peers()]) if (this.revocations.isRevoked(peer.verified)) this.cut(peer);
  }

  stop(): void {
    this.expiries.stop();
    this.cuts.stop();
  }

  private expire(peer: Peer): void {
    peer.expired = true;
    peer.error({ code: "AUTH_EXPIRED", message: "The token has run out: send auth:renew within a minute." });
    this.cuts.set(peer, peer.verified.expiresAt + this.graceMs);
  }

  /** Ends the socket for good: the client is not to come back by itself. */
  private cut(peer: Peer): void {
    const { conn } = peer.socket;
    peer.socket.disconnect();
    // A connection whose last namespace this was would otherwise stay open with nobody behind it.
    if (!this.hub.peersOf(peer.userId).some((other) => other.socket.conn === conn)) conn.close();
  }
}
