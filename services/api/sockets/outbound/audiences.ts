/**
 * The local sockets of each conversation that has traffic: built from its members at the first delivery, kept by
 * connects and disconnects, forgotten when memory is short and the conversation has been quiet.
 */
import { type Hub } from "../connection/hub";
import { type Peer } from "../connection/peer";

export class Audience {
  /** Open sockets of members, each once. */
  peers: Peer[] = [];
  /** How many of this node's arrivals and departures it has seen. */
  seen = 0;
  seenLeaving = 0;
  /** Some of its sockets want joined rooms only. */
  choosy = false;
  /** Sweeps since its last traffic. */
  quiet = 0;
  /** Of the last message:created; 0 before the first. */
  lastSeq = 0;

  constructor(
    readonly version: string,
    readonly members: ReadonlySet<number>,
  ) {}

  add(peer: Peer): void {
    this.peers.push(peer);
    this.choosy ||= peer.wishes.joinedOnly;
  }

  get weight(): number {
    return this.members.size + this.peers.length + 16;
  }
}

/** Arrivals that are kept; an audience that has missed more is built anew. */
const ARRIVALS = 4096;

/** An audience knows what its sockets heard last, by which an outage is repaired: worth keeping for some minutes. */
const QUIET_SWEEPS = 10;

export class Audiences {
  private readonly byConversation = new Map<string, Audience>();
  private weight = 0;
  private arrivals: Peer[] = [];
  /** How many arrivals there were before the first one that is kept. */
  private dropped = 0;
  private departures = 0;

  /** `budget`: members and sockets of all audiences together. */
  constructor(
    private readonly hub: Hub,
    private readonly budget = 1_000_000,
  ) {}

  arrived(peer: Peer): void {
    this.arrivals.push(peer);
    if (this.arrivals.length < ARRIVALS) return;
    this.arrivals = this.arrivals.slice(ARRIVALS / 2);
    this.dropped += ARRIVALS / 2;
  }

  left(): void {
    this.departures++;
  }

  set(conversationId: string, version: string, members: Iterable<number>): void {
    const old = this.byConversation.get(conversationId);
    if (old?.version === version) return;
    this.forget(conversationId);
    const audience = new Audience(version, new Set(members));
    audience.lastSeq = old?.lastSeq ?? 0;
    this.build(audience);
    this.byConversation.set(conversationId, audience);
    this.weight += audience.weight;
    if (this.weight > this.budget) this.makeRoom(audience);
  }

  /** Undefined where the members are not known, or not in that version. */
  get(conversationId: string, version: string | undefined): Audience | undefined {
    const audience = this.byConversation.get(conversationId);
    if (!audience || (version !== undefined && audience.version !== version)) return undefined;
    audience.quiet = 0;
    this.weigh(audience, () => this.catchUp(audience));
    return audience;
  }

  /** Of the last message that this node told its sockets; 0 where there was none. */
  lastSeq(conversationId: string): number {
    return this.byConversation.get(conversationId)?.lastSeq ?? 0;
  }

  /** The sockets that were there at that message and still are. */
  witnesses(conversationId: string): Peer[] {
    const { lastSeq = 0, peers = [] } = this.byConversation.get(conversationId) ?? {};
    return lastSeq ? peers.filter((peer) => peer.open) : [];
  }

  /** Conversations with traffic of late. */
  active(): string[] {
    return [...this.byConversation.keys()];
  }

  /** Called every minute: lets go of closed sockets where no traffic does it, and of audiences that stay quiet. */
  sweep(): void {
    for (const [id, audience] of this.byConversation) {
      if (++audience.quiet > QUIET_SWEEPS) this.forget(id);
      else if (audience.seenLeaving !== this.departures) this.weigh(audience, () => this.letGo(audience));
    }
  }

  private forget(conversationId: string): void {
    const audience = this.byConversation.get(conversationId);
    if (!audience) return;
    this.byConversation.delete(conversationId);
    this.weight -= audience.weight;
  }

  private weigh(audience: Audience, change: () => void): void {
    const before = audience.weight;
    change();
    this.weight += audience.weight - before;
  }

  private letGo(audience: Audience): void {
    audience.peers = audience.peers.filter((p) => p.open);
    audience.seenLeaving = this.departures;
  }

  private build(audience: Audience): void {
    audience.peers = [];
    for (const user of audience.members)
      for (const peer of this.hub.peersOf(user)) if (peer.namespace === "/chat") audience.add(peer);
    audience.seen = this.dropped + this.arrivals.length;
    audience.seenLeaving = this.departures;
  }

  private catchUp(audience: Audience): void {
    const missed = this.dropped + this.arrivals.length - audience.seen;
    if (audience.seen < this.dropped || missed > audience.members.size) {
      this.build(audience);
      return;
    }
    if (audience.seenLeaving !== this.departures) this.letGo(audience);
    for (let i = audience.seen - this.dropped; i < this.arrivals.length; i++) {
      const peer = this.arrivals[i] as Peer;
      if (peer.open && peer.namespace === "/chat" && audience.members.has(peer.userId)) audience.add(peer);
    }
    audience.seen += missed;
  }

  /** Oldest first, but those that were busy get a second chance. */
  private makeRoom(keep: Audience): void {
    for (const [id, audience] of [...this.byConversation]) {
      if (this.weight <= this.budget) return;
      if (audience === keep) continue;
      if (audience.quiet === 0) {
        audience.quiet = 1;
        this.byConversation.delete(id);
        this.byConversation.set(id, audience);
      } else this.forget(id);
    }
    for (const [id, audience] of this.byConversation) {
      if (this.weight <= this.budget) return;
      if (audience !== keep) this.forget(id);
    }
  }
}
