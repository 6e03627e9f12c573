/** Puts batches of events onto this node's sockets: each socket once, each conversation's batches in their order. */
import { type Params, type Result } from "../../../../contracts/actions";
import { type Namespace } from "../../../../contracts/sockets";
import { type Audience, Audiences } from "./audiences";
import { Frame } from "./frame";
import { type Hub } from "../connection/hub";
import { type Peer } from "../connection/peer";

export type Batch = Params<"api.deliver">;
type Emission = Batch["emissions"][number];

/** What the deliverer needs from the world around it. */
export interface Surroundings {
  /** Who is in it; with `after`, also the messages that came after that one. */
  audienceOf(conversationId: string, after?: number): Promise<Result<"chat.audience">>;
  room(conversationId: string): Iterable<Peer>;
  /** Batches were given up: their readers will see a gap and fill it. */
  lost(conversationId: string, batches: number, why: string): void;
}

/** Batches that wait for an answer about their conversation. */
interface Wait {
  readonly batches: Batch[];
  /** The last message that was told, where one is missing since. */
  readonly after: number | undefined;
  /** Sockets that have heard that one, and are owed what followed. */
  readonly witnesses: ReadonlySet<Peer>;
}

export const roomOf = (conversationId: string): string => `conversation:${conversationId}`;

/** Batches that wait while a conversation's members are asked for. */
const WAITING_MAX = 1000;
const ATTEMPTS = 5;
const BACKOFF_MS = 100;
/** Conversations that are asked about at the same time after an outage. */
const QUESTIONS = 16;
const nobody: ReadonlySet<Peer> = new Set();

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
const firstSeq = (batch: Batch | undefined): number | undefined =>
  batch?.emissions.find((e) => e.seq !== undefined)?.seq;

export class Deliverer {
  readonly audiences: Audiences;
  private readonly waiting = new Map<string, Wait>();

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
    const wait = this.waiting.get(id);
    if (wait) this.enqueue(id, wait, batch);
    else if (this.gapBefore(id, batch)) void this.ask(id, this.witnessed(id, [batch]));
    else if (!this.tryNow(id, batch)) void this.ask(id, { batches: [batch], after: undefined, witnesses: nobody });
  }

  /**
   * Asks the actors what was missed: after an outage of the bus, or when a chat node died between storing and telling.
   * So sockets converge without a reconnect, also where no later message shows the gap.
   */
  async catchUp(): Promise<void> {
    const ids = this.audiences.active();
    const worker = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        if (this.waiting.has(id)) continue;
        const wait = this.witnessed(id, []);
        if (wait.witnesses.size > 0) await this.ask(id, wait);
      }
    };
    await Promise.all(Array.from({ length: QUESTIONS }, worker));
  }

  private enqueue(id: string, { batches }: Wait, batch: Batch): void {
    batches.push(batch);
    if (batches.length > WAITING_MAX) this.world.lost(id, batches.splice(0).length, "too many wait for its members");
  }

  /** True where a message is missing that some socket here should have heard. */
  private gapBefore(id: string, batch: Batch): boolean {
    const seq = firstSeq(batch);
    if (seq === undefined) return false;
    const last = this.audiences.lastSeq(id);
    return last > 0 && seq > last + 1 && this.audiences.witnesses(id).length > 0;
  }

  private witnessed(id: string, batches: Batch[]): Wait {
    return { batches, after: this.audiences.lastSeq(id), witnesses: new Set(this.audiences.witnesses(id)) };
  }

  /** False where the members are to be asked for first. */
  private tryNow(id: string, batch: Batch): boolean {
    const { members, membersVersion: version } = batch;
    if (members && version !== undefined) this.audiences.set(id, version, members);
    const needed = batch.emissions.some((e) => e.to === "members");
    const audience = needed ? this.audiences.get(id, version) : undefined;
    if (needed && !audience) return false;
    this.put(batch, id, audience);
    return true;
  }

  private async ask(id: string, wait: Wait): Promise<void> {
    this.waiting.set(id, wait);
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.world.audienceOf(id, wait.after);
        this.release(id, wait, answer);
        return;
      } catch (error) {
        if (attempt < ATTEMPTS) await pause(BACKOFF_MS * 2 ** attempt);
        else {
          this.giveUp(id, wait, String(error));
          return;
        }
      }
    }
  }

  /** Better with a gap, which clients fill, than not at all; but never to members that are not known. */
  private giveUp(id: string, { batches }: Wait, why: string): void {
    this.waiting.delete(id);
    const left = batches.filter((batch) => !this.tryNow(id, batch));
    if (left.length) this.world.lost(id, left.length, `its members are not to be had: ${why}`);
  }

  /**
   * The answer is as new as any batch that waits, so all of them go to these members. What is missing between two of them is
   * told from the answer as well, or asked for anew where that came too early to have it.
   */
  private release(id: string, wait: Wait, { membersVersion, members, missed = [] }: Result<"chat.audience">): void {
    const { batches } = wait;
    this.waiting.delete(id);
    this.audiences.set(id, membersVersion, members);
    const first = batches.find((batch) => firstSeq(batch) !== undefined);
    this.repair(id, wait, missed, firstSeq(first));
    for (const [i, batch] of batches.entries()) {
      if (batch !== first && this.gapBefore(id, batch)) {
        this.repair(id, this.witnessed(id, []), missed, firstSeq(batch));
        if (this.gapBefore(id, batch)) return void this.ask(id, this.witnessed(id, batches.slice(i)));
      }
      if (batch.members && batch.membersVersion !== undefined)
        this.audiences.set(id, batch.membersVersion, batch.members);
      this.put(batch, id, this.audiences.get(id, undefined));
    }
  }

  /** What lies between the last message told and a later one, for those who heard the one before. */
  private repair(
    id: string,
    { after = 0, witnesses }: Wait,
    missed: readonly Emission[],
    before: number = Infinity,
  ): void {
    const audience = this.audiences.get(id, undefined);
    for (const emission of missed) {
      const { seq = 0, namespace, event, body } = emission;
      if (!audience || seq <= after || seq >= before) continue;
      const frame = new Frame(namespace, event, body);
      for (const peer of this.receivers(emission, id, audience)) if (witnesses.has(peer)) peer.deliver(frame);
      audience.lastSeq = Math.max(audience.lastSeq, seq);
    }
  }

  /** A message that was told already, by repair or by an actor that was replaced meanwhile, is not told again. */
  private put(batch: Batch, id: string, audience?: Audience): void {
    for (const emission of batch.emissions) {
      const { seq } = emission;
      if (seq !== undefined && audience) {
        if (seq <= audience.lastSeq) continue;
        audience.lastSeq = seq;
      }
      this.emit(emission, id, audience);
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
