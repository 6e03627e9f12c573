/** Puts batches of events onto this node's sockets: each socket once, each conversation's batches in their order. */
import { type Params, type Result } from "../../../contracts/actions";
import { type Namespace } from "../../../contracts/sockets";
import { type Audience, Audiences } from "./audiences";
import { Frame } from "./frame";
import { type Hub } from "./hub";
import { type Peer } from "./peer";

export type Batch = Params<"api.deliver">;
type Emission = Batch["emissions"][number];

/** What the deliverer needs from the world around it. */
export interface Surroundings {
  audienceOf(conversationId: string): Promise<Result<"chat.audience">>;
  room(conversationId: string): Iterable<Peer>;
  /** Batches were given up: their readers will see a gap and fill it. */
  lost(conversationId: string, batches: number, why: string): void;
}

export const roomOf = (conversationId: string): string => `conversation:${conversationId}`;

/** Batches that wait while a conversation's members are asked for. */
const WAITING_MAX = 1000;
const ATTEMPTS = 5;
const BACKOFF_MS = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

export class Deliverer {
  readonly audiences: Audiences;
  private readonly waiting = new Map<string, Batch[]>();

  constructor(
    private readonly hub: Hub,
    private readonly world: Surroundings,
  ) {
    this.audiences = new Audiences(hub);
  }

  deliver(batch: Batch): void {
    const { conversationId: id } = batch;
    if (id === undefined) {
      for (const emission of batch.emissions) this.emit(emission);
      return;
    }
    const queue = this.waiting.get(id);
    if (queue) this.enqueue(id, queue, batch);
    else if (!this.tryNow(id, batch)) {
      this.waiting.set(id, [batch]);
      void this.ask(id);
    }
  }

  private enqueue(id: string, queue: Batch[], batch: Batch): void {
    queue.push(batch);
    if (queue.length > WAITING_MAX) this.world.lost(id, queue.splice(0).length, "too many wait for its members");
  }

  /** False where the members are to be asked for first. */
  private tryNow(id: string, batch: Batch): boolean {
    const { members, membersVersion: version } = batch;
    if (members && version !== undefined) this.audiences.set(id, version, members);
    const needed = batch.emissions.some((e) => e.to === "members");
    const audience = needed ? this.audiences.get(id, version) : undefined;
    if (needed && !audience) return false;
    for (const emission of batch.emissions) this.emit(emission, id, audience);
    return true;
  }

  private async ask(id: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { membersVersion, members } = await this.world.audienceOf(id);
        this.release(id, membersVersion, members);
        return;
      } catch (error) {
        if (attempt < ATTEMPTS) await pause(BACKOFF_MS * 2 ** attempt);
        else {
          const queue = this.waiting.get(id) ?? [];
          this.waiting.delete(id);
          this.world.lost(id, queue.length, `its members are not to be had: ${String(error)}`);
          return;
        }
      }
    }
  }

  /** The answer is as new as any batch that waits, so all of them go to these members. */
  private release(id: string, version: string, members: number[]): void {
    const queue = this.waiting.get(id) ?? [];
    this.waiting.delete(id);
    this.audiences.set(id, version, members);
    for (const batch of queue) {
      if (batch.members && batch.membersVersion !== undefined)
        this.audiences.set(id, batch.membersVersion, batch.members);
      const audience = this.audiences.get(id, undefined);
      for (const emission of batch.emissions) this.emit(emission, id, audience);
    }
  }

  private emit(emission: Emission, id?: string, audience?: Audience): void {
    const frame = new Frame(emission.namespace, emission.event, emission.body);
    for (const peer of this.receivers(emission, id, audience)) peer.deliver(frame);
  }

  private receivers(emission: Emission, id?: string, audience?: Audience): Iterable<Peer> {
    const { to, users, except, namespace } = emission;
    if (to === "users" || id === undefined) return this.socketsOf(users ?? [], namespace, except);
    const all = to === "room" ? this.world.room(id) : this.interested(audience as Audience, id);
    if (!users && !except) return all;
    return narrowed(all, users, except);
  }

  /** All sockets of the members but those that want joined rooms only and are not in this one. */
  private interested(audience: Audience, id: string): Iterable<Peer> {
    const { peers } = audience;
    if (!audience.choosy) return peers;
    const room = roomOf(id);
    return peers.filter((p) => !p.wishes.joinedOnly || p.joined(room));
  }

  private *socketsOf(users: Iterable<number>, namespace: Namespace, except?: readonly number[]): Iterable<Peer> {
    for (const user of new Set(users)) {
      if (except?.includes(user)) continue;
      for (const peer of this.hub.peersOf(user)) if (peer.namespace === namespace) yield peer;
    }
  }
}

function* narrowed(peers: Iterable<Peer>, users?: readonly number[], except?: readonly number[]): Iterable<Peer> {
  const only = users && new Set(users);
  const without = new Set(except);
  for (const peer of peers) {
    if (only && !only.has(peer.userId)) continue;
    if (!without.has(peer.userId)) yield peer;
  }
}
