/**
 * The outbox: facts of stored and of rewritten messages go to the bus after the turn, and a watermark in the conversation
 * says up to where they are safe. What is lost with a process or an outage is found by the watermark and published again.
 */
import { type ServiceBroker } from "moleculer";
import { type Payload } from "../../../contracts/events";
import { type Message } from "../../../contracts/shapes";
import { type Filter } from "../../../mixins/documents/types";
import { publishFact } from "../../../platform/facts";
import { here, type Place, shared } from "../../../platform/tracing";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { positionOf } from "../conversation/position";
import { type Turn } from "../conversation/state";
import { type Stores } from "./stores";
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
  /** Edited or deleted ones, with the position of that. */
  readonly rewritten: Map<MessageDoc, number>;
  /** The traces that they belong to. */
  readonly traced: { place: Place }[];
}

/** How far facts are safe: of new messages by `seq`, of edits and deletions by position. */
interface Watermark {
  readonly seq: number;
  readonly pos: number;
}

const rewrittenAfter = (conversation_id: string, pos: number): Filter<MessageDoc> => ({
  conversation_id,
  changed_pos: { $gt: pos },
  $or: [{ edited_at: { $gt: new Date(0) } }, { deleted_at: { $gt: new Date(0) } }],
});

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
  private readonly settling = new Map<string, { readonly timer: NodeJS.Timeout; readonly mark: Watermark }>();
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

  add({ inserts, rewritten, state }: Turn): void {
    if (inserts.length + rewritten.size === 0 || this.behind.has(state.conversation._id)) return;
    if (this.count >= WAITING_MAX) return void this.behind.add(state.conversation._id);
    this.enqueue({ conversation: state.conversation, members: state.members }, inserts, rewritten);
    this.pump();
  }

  /** Publishes what an earlier process or an outage left; for this node's conversations that are not on their way. */
  async sweep(): Promise<void> {
    const left = await this.stores.conversations.find({ outbox: true }, { limit: 1_000 });
    for (const conversation of left) {
      const { _id, last_seq, published_seq, published_pos = 0, rewritten_pos = 0, updated_at } = conversation;
      if (this.stopped || this.count >= WAITING_MAX) return;
      if (this.waiting.has(_id) || this.busy.has(_id) || this.settling.has(_id) || !this.hosts(_id)) continue;
      // Whoever stored it may have died before telling it live, too.
      if (Date.now() - updated_at.getTime() < UNTOLD_MS) await this.wake(_id, last_seq);
      this.behind.add(_id); // what is sent meanwhile is read from the store, too
      const { messages } = this.stores;
      const made = { conversation_id: _id, seq: { $gt: published_seq } };
      const [docs, changed] = await Promise.all([
        messages.find(made, { sort: [["seq", 1]], limit: SWEEP_SIZE }),
        messages.find(rewrittenAfter(_id, published_pos), { sort: [["changed_pos", 1]], limit: SWEEP_SIZE }),
      ]);
      // In one turn of the loop with the reading of the last page: nothing slips between it and `add`.
      if (docs.length < SWEEP_SIZE && changed.length < SWEEP_SIZE) this.behind.delete(_id);
      if (docs.length + changed.length === 0) {
        await this.settle(_id, { seq: last_seq, pos: rewritten_pos });
        continue;
      }
      const members = new Map(
        (await this.stores.members.find({ conversation_id: _id })).map((member) => [member.user_id, member]),
      );
      this.enqueue({ conversation, members }, docs, new Map(changed.map((doc) => [doc, positionOf(doc)])));
    }
    this.pump();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.settling.values()) clearTimeout(timer);
    const end = Date.now() + 2_000;
    while (this.busy.size && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private enqueue(source: Source, docs: readonly MessageDoc[], rewritten: ReadonlyMap<MessageDoc, number>): void {
    const { _id } = source.conversation;
    const entry = this.waiting.get(_id);
    const place = here();
    const traced = place ? [{ place }] : [];
    this.count += docs.length + rewritten.size;
    if (!entry) {
      this.waiting.set(_id, { ...source, docs: [...docs], rewritten: new Map(rewritten), traced });
      return;
    }
    entry.docs.push(...docs);
    for (const [doc, pos] of rewritten) {
      if (entry.rewritten.has(doc)) this.count--;
      entry.rewritten.set(doc, pos);
    }
    entry.traced.push(...traced);
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
    this.count -= entry.docs.length + entry.rewritten.size;
    try {
      for (const docs of slices(entry.docs)) {
        await shared("facts of messages", entry.traced, () => this.publish(entry, docs));
        this.settleSoon(id, { seq: docs.at(-1)?.seq ?? 0, pos: 0 });
      }
      for (const changed of slices([...entry.rewritten])) {
        await shared("facts of changes", entry.traced, () => this.publishChanges(entry, changed));
        this.settleSoon(id, { seq: 0, pos: Math.max(...changed.map(([, pos]) => pos)) });
      }
    } catch (error) {
      this.broker.logger.debug(`outbox: ${String(error)}`);
      this.fallBehind(id);
    }
  }

  /** The watermark stays where it is: the next sweep goes on from there. */
  private fallBehind(id: string): void {
    this.behind.add(id);
    const entry = this.waiting.get(id);
    this.count -= entry ? entry.docs.length + entry.rewritten.size : 0;
    this.waiting.delete(id);
  }

  private async publishChanges(source: Source, changed: readonly (readonly [MessageDoc, number])[]): Promise<void> {
    const messages = changed.map(([doc]) => messageView(doc));
    await publishFact(this.broker, "message.changed", factOf(source, messages));
  }

  private async publish(source: Source, docs: readonly MessageDoc[]): Promise<void> {
    const { _id: conversationId, name } = source.conversation;
    const messages = docs.filter((d) => d.type !== "system" && !d.deleted_at).map((d) => messageView(d));
    if (messages.length) await publishFact(this.broker, "message.created", factOf(source, messages));
    for (const { _id, system, created_at } of docs) {
      if (system?.event !== "member_added" || system.userId === undefined) continue;
      const { userId, actorId } = system;
      // The message that tells it is the outbox of the invitation.
      const invite = { factId: _id, conversationId, name, userId, actorId, at: created_at.toISOString() };
      await publishFact(this.broker, "group_invite.created", invite);
    }
  }

  private settleSoon(id: string, safe: Watermark): void {
    const before = this.settling.get(id);
    clearTimeout(before?.timer);
    if (this.stopped) return;
    const mark = { seq: Math.max(safe.seq, before?.mark.seq ?? 0), pos: Math.max(safe.pos, before?.mark.pos ?? 0) };
    const timer = setTimeout(() => {
      this.settling.delete(id);
      this.settle(id, mark).catch((error: unknown) => this.broker.logger.debug(`outbox: ${String(error)}`));
    }, SETTLE_MS);
    this.settling.set(id, { timer, mark });
  }

  private async settle(id: string, { seq, pos }: Watermark): Promise<void> {
    const { conversations } = this.stores;
    const c = await conversations.findOne({ _id: id });
    if (!c) return;
    const published_seq = Math.max(seq, c.published_seq);
    const published_pos = Math.max(pos, c.published_pos ?? 0);
    await conversations.updateOne(
      { _id: id, published_seq: c.published_seq },
      { $set: { published_seq, published_pos } },
    );
    // Whatever was written meanwhile moved the position.
    if (c.last_seq <= published_seq && (c.rewritten_pos ?? 0) <= published_pos)
      await conversations.updateOne({ _id: id, pos: c.pos }, { $set: { outbox: false } });
  }
}

function factOf(source: Source, messages: Message[]): Payload<"message.created"> {
  const { _id: conversationId, type, name } = source.conversation;
  return { conversationId, type, name, ...audienceOf(source), messages };
}

function* slices<T>(all: readonly T[]): Iterable<T[]> {
  for (let i = 0; i < all.length; i += FACT_SIZE) yield all.slice(i, i + FACT_SIZE);
}
