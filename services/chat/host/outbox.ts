/**
 * The outbox: facts of stored messages go to the bus after the turn, and a watermark in the conversation says up to
 * which message they are safe. What is lost with a process or an outage is found by the watermark and published again.
 */
import { type ServiceBroker } from "moleculer";
import { type Payload } from "../../../contracts/events";
import { publishFact } from "../../../platform/facts";
import { here, type Place, shared } from "../../../platform/tracing";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { type Turn } from "../conversation/state";
import { type Stores } from "./conversation-store";
import { UNTOLD_MS } from "./untold";
import { isMuted, messageView } from "../conversation/views";

/** Messages that wait in memory; more are left to the sweep, which reads them from the store. */
const WAITING_MAX = 5_000;
/** Messages in one fact. */
const FACT_SIZE = 100;
/** Messages of one conversation read by one sweep. */
const SWEEP_SIZE = 1_000;
/** Conversations published at the same time. */
const AT_ONCE = 8;
/** How long a conversation is quiet before its watermark is written. */
const SETTLE_MS = 1_000;

interface Waiting {
  readonly conversation: ConversationDoc;
  readonly members: ReadonlyMap<number, MemberDoc>;
  docs: MessageDoc[];
  /** The traces that they belong to. */
  readonly traced: { place: Place }[];
}

type Source = Pick<Waiting, "conversation" | "members">;

/** Who a notification could be for; nobody in a request that is not accepted or a pair with a block. */
function audienceOf({ conversation, members }: Source): Pick<Payload<"message.created">, "recipients" | "muted"> {
  const { type, status, blocked_by } = conversation;
  if (type === "private" && (status !== "accepted" || blocked_by.length)) return { recipients: [], muted: [] };
  const now = new Date();
  const muted = [...members.values()].filter((m) => !m.left_at && isMuted(m, now)).map((m) => m.user_id);
  return { recipients: [...conversation.participants], muted };
}

export class Outbox {
  private readonly waiting = new Map<string, Waiting>();
  private readonly settling = new Map<string, NodeJS.Timeout>();
  /** Being published now: one fact at a time, so that the watermark never passes one that failed. */
  private readonly busy = new Set<string>();
  /** Left to the sweep, from the watermark on. */
  private readonly behind = new Set<string>();
  private count = 0;
  private stopped = false;

  constructor(
    private readonly broker: ServiceBroker,
    private readonly stores: Stores,
    /** True where this node is the one that hosts a conversation. */
    private readonly hosts: (conversationId: string) => boolean,
    /** Loads a conversation's actor, which tells what may not have been told. */
    private readonly wake: (conversationId: string, seq: number) => Promise<unknown>,
  ) {}

  /** Facts that wait in memory on this node. */
  get size(): number {
    return this.count;
  }

  add({ inserts, state }: Turn): void {
    if (!inserts.length || this.behind.has(state.conversation._id)) return;
    if (this.count >= WAITING_MAX) return void this.behind.add(state.conversation._id);
    this.enqueue({ conversation: state.conversation, members: state.members }, inserts);
    this.pump();
  }

  /** Publishes what an earlier process or an outage left; for this node's conversations that are not on their way. */
  async sweep(): Promise<void> {
    const left = await this.stores.conversations.find({ outbox: true }, { limit: 1_000 });
    for (const conversation of left) {
      const { _id, last_seq, published_seq, updated_at } = conversation;
      if (this.stopped || this.count >= WAITING_MAX) return;
      if (this.waiting.has(_id) || this.busy.has(_id) || this.settling.has(_id) || !this.hosts(_id)) continue;
      // Whoever stored it may have died before telling it live, too.
      if (Date.now() - updated_at.getTime() < UNTOLD_MS) await this.wake(_id, last_seq);
      const filter = { conversation_id: _id, seq: { $gt: published_seq } };
      this.behind.add(_id); // what is sent meanwhile is read from the store, too
      const docs = await this.stores.messages.find(filter, { sort: [["seq", 1]], limit: SWEEP_SIZE });
      // In one turn of the loop with the reading of the last page: nothing slips between it and `add`.
      if (docs.length < SWEEP_SIZE) this.behind.delete(_id);
      if (!docs.length) {
        await this.settle(_id, last_seq);
        continue;
      }
      const members = await this.stores.members.find({ conversation_id: _id });
      this.enqueue({ conversation, members: new Map(members.map((m) => [m.user_id, m])) }, docs);
    }
    this.pump();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.settling.values()) clearTimeout(timer);
    const end = Date.now() + 2_000;
    while (this.busy.size && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private enqueue(source: Source, docs: readonly MessageDoc[]): void {
    const { _id } = source.conversation;
    const entry = this.waiting.get(_id);
    const place = here();
    const traced = place ? [{ place }] : [];
    if (entry) {
      entry.docs.push(...docs);
      entry.traced.push(...traced);
    } else this.waiting.set(_id, { ...source, docs: [...docs], traced });
    this.count += docs.length;
  }

  private pump(): void {
    for (const [id, entry] of this.waiting) {
      if (this.busy.size >= AT_ONCE || this.stopped) return;
      if (this.busy.has(id)) continue;
      this.waiting.delete(id);
      this.busy.add(id);
      void this.drain(id, entry).finally(() => {
        this.busy.delete(id);
        this.pump();
      });
    }
  }

  private async drain(id: string, entry: Waiting): Promise<void> {
    this.count -= entry.docs.length;
    for (let i = 0; i < entry.docs.length; i += FACT_SIZE) {
      const docs = entry.docs.slice(i, i + FACT_SIZE);
      try {
        await shared("facts of messages", entry.traced, () => this.publish(entry, docs));
      } catch (error) {
        this.broker.logger.debug(`outbox: ${String(error)}`);
        this.fallBehind(id);
        return;
      }
      this.settleSoon(id, docs.at(-1)?.seq ?? 0);
    }
  }

  /** The watermark stays where it is: the next sweep goes on from there. */
  private fallBehind(id: string): void {
    this.behind.add(id);
    this.count -= this.waiting.get(id)?.docs.length ?? 0;
    this.waiting.delete(id);
  }

  private async publish(source: Source, docs: readonly MessageDoc[]): Promise<void> {
    const { _id: conversationId, type, name } = source.conversation;
    const messages = docs.filter((d) => d.type !== "system" && !d.deleted_at).map((d) => messageView(d));
    if (messages.length) {
      const fact = { conversationId, type, name, ...audienceOf(source), messages };
      await publishFact(this.broker, "message.created", fact);
    }
    for (const { _id, system, created_at } of docs) {
      if (system?.event !== "member_added" || system.userId === undefined) continue;
      const { userId, actorId } = system;
      // The message that tells it is the outbox of the invitation.
      const invite = { factId: _id, conversationId, name, userId, actorId, at: created_at.toISOString() };
      await publishFact(this.broker, "group_invite.created", invite);
    }
  }

  private settleSoon(id: string, seq: number): void {
    clearTimeout(this.settling.get(id));
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.settling.delete(id);
      this.settle(id, seq).catch((error: unknown) => this.broker.logger.debug(`outbox: ${String(error)}`));
    }, SETTLE_MS);
    this.settling.set(id, timer);
  }

  private async settle(id: string, seq: number): Promise<void> {
    const { conversations } = this.stores;
    await conversations.updateOne({ _id: id, published_seq: { $lt: seq } }, { $set: { published_seq: seq } });
    await conversations.updateOne({ _id: id, last_seq: seq, published_seq: seq }, { $set: { outbox: false } });
  }
}
