/** Who is connected to this node: users and their sockets. */
import { type Namespace } from "../../../../contracts/sockets";
import { type Bucket, type Limiter } from "../../../../platform/limiter";
import { type Peer } from "./peer";

/** Joining rooms while it is found out whether one may: what changes meanwhile has the last word. */
export class Joining {
  private readonly changed = new Map<string, boolean>();

  change(conversationId: string, isIn: boolean): void {
    this.changed.set(conversationId, isIn);
  }

  /** Of the conversations that one was in when asked, and those gained since, the ones that one is still in. */
  outcome(asked: readonly string[]): string[] {
    const gained = [...this.changed].filter(([id, isIn]) => isIn && !asked.includes(id)).map(([id]) => id);
    return [...asked.filter((id) => this.changed.get(id) !== false), ...gained];
  }
}

/** A user with at least one socket here, or one on its way in. */
export interface Present {
  readonly userId: number;
  readonly peers: Peer[];
  readonly bucket: Bucket;
  readonly joinings: Set<Joining>;
  /** Handshakes under way, and those of them that lead into `/notifications`. */
  arriving: number;
  hearing: number;
  /** Has a socket in `/notifications`, or one on its way in. */
  hears: boolean;
  /** Settled when the other services know that this node holds the user. */
  known: Promise<void>;
}

export interface HubEvents {
  /** A user's first socket or first one in `/notifications`, or the last; the answer settles when the others know. */
  changed(userId: number): Promise<void>;
}

const NOBODY: readonly Peer[] = [];

export class Hub {
  private readonly users = new Map<number, Present>();

  constructor(
    private readonly limiter: Limiter,
    private readonly events: HubEvents,
  ) {}

  everyone(): Iterable<Present> {
    return this.users.values();
  }

  get(userId: number): Present | undefined {
    return this.users.get(userId);
  }

  /** A handshake begins: the user counts as present, so that nothing sent from now on passes by. */
  arrive(userId: number, namespace: Namespace): Present {
    let present = this.users.get(userId);
    if (!present) {
      const bucket = this.limiter.full(performance.now());
      const known = this.events.changed(userId);
      present = { userId, peers: [], bucket, joinings: new Set(), arriving: 0, hearing: 0, hears: false, known };
      this.users.set(userId, present);
    }
    present.arriving++;
    if (namespace === "/notifications") this.hear(present);
    return present;
  }

  /** The handshake has ended, with a socket or without. */
  arrived(present: Present, namespace: Namespace): void {
    present.arriving--;
    if (namespace === "/notifications") present.hearing--;
    this.settle(present);
  }

  attach(present: Present, peer: Peer): void {
    present.peers.push(peer);
  }

  detach(peer: Peer): void {
    peer.open = false;
    const present = this.users.get(peer.userId);
    const index = present?.peers.indexOf(peer) ?? -1;
    if (!present || index < 0) return;
    present.peers.splice(index, 1);
    this.settle(present);
  }

  peersOf(userId: number): readonly Peer[] {
    return this.users.get(userId)?.peers ?? NOBODY;
  }

  *peers(): Iterable<Peer> {
    for (const { peers } of this.users.values()) yield* peers;
  }

  count(namespace: Namespace): number {
    let count = 0;
    for (const peer of this.peers()) if (peer.namespace === namespace) count++;
    return count;
  }

  private hear(present: Present): void {
    present.hearing++;
    if (present.hears) return;
    present.hears = true;
    present.known = this.events.changed(present.userId); // settles when all that changed before is known, too
  }

  private settle(present: Present): void {
    const { userId, peers } = present;
    if (this.users.get(userId) !== present) return;
    const heard = present.hears;
    present.hears = present.hearing > 0 || peers.some((p) => p.namespace === "/notifications");
    if (present.arriving === 0 && peers.length === 0) this.users.delete(userId);
    else if (heard === present.hears) return;
    void this.events.changed(userId);
  }
}
