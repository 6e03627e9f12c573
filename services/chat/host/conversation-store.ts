/** What the actor reads on waking, looks up before a turn, and writes after deciding it: in one order, behind one fence. */
import { fail } from "../../../contracts/errors";
import { Fenced } from "../../../platform/fenced";
import { DuplicateKey, type Filter } from "../../../mixins/documents/types";
import { type Command, messagesNamedBy } from "../conversation/commands";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { bucketOf, keyOf, Receipts } from "../conversation/receipts";
import { cursorFor } from "../conversation/at-hand";
import { seqOf } from "../conversation/position";
import { missingFor } from "../conversation/unread";
import { recount } from "./recovery";
import { lean, type Stores } from "./stores";
import { State, type Turn } from "../conversation/state";

export type StateLimits = State["limits"];

/** Messages read on waking, so that most retries and edits need no look-up. */
const AT_HAND = 50;
const BUCKETS_AT_HAND = 8;
/** New and changed messages that are brought into memory for those who catch up. */
const LEARNED = 50;

/** Commands that may accept a request. */
const mayAccept: ReadonlySet<Command["body"]["kind"]> = new Set(["accept", "send", "reopen"]);

export class ConversationStore {
  /** Found behind a refused insert: messages that were sent before with the same key. */
  private readonly sentBefore = new Map<string, MessageDoc[]>();

  constructor(
    private readonly stores: Stores,
    private readonly limits: StateLimits,
  ) {}

  /** @throws NOTFOUND */
  async load(conversationId: string): Promise<State> {
    const { conversations, members, messages } = this.stores;
    const conversation = await conversations.findOne({ _id: conversationId });
    if (!conversation || conversation.deleted_at) throw fail("NOTFOUND", "There is no such conversation.");
    const [all, recent] = await Promise.all([
      members.find({ conversation_id: conversationId }),
      messages.find({ conversation_id: conversationId }, { sort: [["seq", -1]], limit: AT_HAND }),
    ]);
    const state = new State(
      conversation,
      new Map(all.map((m) => [m.user_id, m])),
      new Receipts(),
      [...recent.reverse(), ...this.takeSentBefore(conversationId)],
      this.limits,
    );
    const last = recent.at(-1)?.seq ?? 0;
    if (last > conversation.last_seq) await recount(this.stores, state);
    state.completeSince = state.conversation.pos;
    return state;
  }

  /** Brings the messages that commands name, and their receipts, into the state. */
  async prepare(state: State, commands: readonly Command[]): Promise<void> {
    const asked = commands.flatMap(({ userId, body }) =>
      body.kind === "changes" ? [cursorFor(state, userId, body)] : [],
    );
    if (asked.length) await this.learn(state, Math.min(...asked));
    await this.lookUpHeads(state, commands);
    const { type, status } = state.conversation;
    // Whoever answers a request lifts what its two sides must not know of each other.
    if (type === "private" && status !== "accepted" && commands.some(({ body }) => mayAccept.has(body.kind)))
      await this.unveil(state);
    const named = commands.flatMap((c) => messagesNamedBy(c.body));
    if (!named.length) return;
    const missing = [...new Set(named)].filter((id) => !state.knows(id));
    const { _id } = state.conversation;
    if (missing.length) {
      const found = await this.stores.messages.find({ _id: { $in: missing }, conversation_id: _id });
      for (const doc of found) state.remember(doc);
    }
    const buckets = new Set(named.filter((id) => state.knows(id)).map((id) => bucketOf(state.message(id).seq)));
    await this.loadReceipts(state, [...buckets]);
  }

  /** What it takes to count what a member reads who has not seen all. */
  private async lookUpHeads(state: State, commands: readonly Command[]): Promise<void> {
    for (const { userId, body } of commands) {
      const missing = body.kind === "markRead" && body.seq !== undefined && missingFor(state, userId, body.seq);
      if (!missing) continue;
      const filter = { conversation_id: state.conversation._id, seq: { $gte: missing.from, $lte: missing.to } };
      const fields = ["seq", "sender_id", "type", "deleted_at", "hidden_from"] as const;
      const found = await this.stores.messages.find(filter, { fields });
      for (const head of found) state.heads.set(head.seq, head);
    }
  }

  private async unveil(state: State): Promise<void> {
    const conversation_id = state.conversation._id;
    const veiled = { conversation_id, changed_pos: { $gt: 0 }, veils: { $exists: true } };
    for (const doc of await this.stores.messages.find(veiled)) if (!state.knows(doc._id)) state.remember(doc);
  }

  /**
   * Brings what changed since a position into the state, if it is not too much, so that it is read once for all who ask;
   * and the receipts of it.
   */
  private async learn(state: State, since: number): Promise<void> {
    if (since < state.completeSince) {
      const { docs, horizon } = await changedMessages(this.stores, state.conversation._id, since, LEARNED);
      if (horizon !== Infinity) return;
      for (const doc of docs) if (!state.knows(doc._id)) state.remember(doc);
      state.completeSince = since;
    }
    const seqs = [state.conversation.last_seq, ...state.changedSince(since).map(({ seq }) => seq)];
    await this.loadReceipts(state, [...new Set(seqs.map(bucketOf))]);
  }

  private async loadReceipts(state: State, buckets: readonly number[]): Promise<void> {
    const missing = buckets.filter((b) => !state.receipts.has(b));
    if (!missing.length) return;
    state.receipts.keep(BUCKETS_AT_HAND);
    const keys = missing.map((b) => keyOf(state.conversation._id, b));
    const docs = await this.stores.receipts.find({ keys: { $in: keys } });
    for (const b of missing) state.receipts.know(b, docs);
  }

  /**
   * Stores a turn. New messages come first: their unique (conversation, seq) is the fence, and once they are there the
   * turn has happened, whatever dies next (`recount` mends the rest). A turn without messages is fenced by the
   * position in the conversation's document.
   * @returns false when it is stored, but another actor has moved the conversation on: this one's state is old
   * @throws Fenced, with nothing stored
   */
  async commit(turn: Turn): Promise<boolean> {
    if (turn.ended) {
      await this.end(turn.state.conversation);
      return false;
    }
    if (!turn.writes) return true;
    if (!turn.inserts.length && !(await this.summary(turn))) throw new Fenced(turn.state.conversation._id);
    if (turn.inserts.length) await this.insert(turn);
    await this.details(turn);
    return !turn.inserts.length || this.summary(turn);
  }

  private async insert({ state, inserts }: Turn): Promise<void> {
    try {
      await this.stores.messages.insert(inserts);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const keys = inserts.map((m): Filter<MessageDoc> => ({ sender_id: m.sender_id, client_id: m.client_id }));
      const { _id } = state.conversation;
      const found = await this.stores.messages.find({ conversation_id: _id, $or: keys });
      if (found.length) this.sentBefore.set(_id, found);
      throw new Fenced(_id);
    }
  }

  private async summary({ state, base, conversation }: Turn): Promise<boolean> {
    const { _id, last_message } = state.conversation;
    const set =
      conversation.last_message && last_message ? { ...conversation, last_message: lean(last_message) } : conversation;
    return (await this.stores.conversations.updateOne({ _id, pos: base }, { $set: set })) > 0;
  }

  /** Together: none of them depends on another. */
  private async details({ state, messages, quotes, newMembers, members, receipts }: Turn): Promise<void> {
    const conversation_id = state.conversation._id;
    // First and alone: a reply that is deleted in the same turn has no quote any more.
    for (const [thread_id, { content, shown }] of quotes)
      await this.stores.messages.updateMany(
        { thread_id, deleted_at: null },
        { $set: { "reply_to.content": content, "reply_to.shown": shown } },
      );
    const writes: Promise<unknown>[] = [];
    const changedMessages = [...messages].map(([_id, $set]) => ({ filter: { _id }, change: { $set } }));
    const changedMembers = [...members].map(([user_id, $set]) => ({
      filter: { conversation_id, user_id },
      change: { $set: without_id($set) },
    }));
    if (changedMessages.length) writes.push(this.stores.messages.updateEach(changedMessages));
    if (newMembers.length) writes.push(this.stores.members.insert(newMembers));
    if (changedMembers.length) writes.push(this.stores.members.updateEach(changedMembers));
    if (receipts.length) writes.push(this.stores.receipts.insert(receipts));
    if (writes.length) await Promise.all(writes);
  }

  /** The end is marked first; what it leaves behind is nobody's any more and goes after it. */
  private async end({ _id, pair_key, status }: ConversationDoc): Promise<void> {
    // A declined request keeps its pair, so that deleting it is no way around the answer.
    // Nor is a group made once more by the retry of its making.
    const key = status === "declined" || pair_key.startsWith("key:") ? pair_key : `ended:${_id}`;
    const gone = {
      deleted_at: new Date(),
      changed_at: new Date(),
      participants: [],
      last_message: null,
      outbox: false,
    };
    await this.stores.conversations.updateOne({ _id }, { $set: { ...gone, pair_key: key } });
    const filter = { conversation_id: _id };
    // Members stay as having left, so that `sync` can tell them what they lost.
    const left = { $set: { left_at: new Date() } };
    await Promise.all([this.stores.messages.remove(filter), this.stores.members.updateMany(filter, left)]);
  }

  private takeSentBefore(conversationId: string): MessageDoc[] {
    const found = this.sentBefore.get(conversationId) ?? [];
    this.sentBefore.delete(conversationId);
    return found;
  }
}

/** New and changed messages; up to the horizon none is missing. */
export async function changedMessages(
  { messages }: Pick<Stores, "messages">,
  conversation_id: string,
  since: number,
  limit: number,
): Promise<{ docs: MessageDoc[]; horizon: number }> {
  const [made, changed] = await Promise.all([
    messages.find({ conversation_id, seq: { $gt: seqOf(since) } }, { sort: [["seq", 1]], limit }),
    messages.find({ conversation_id, changed_pos: { $gt: since } }, { sort: [["changed_pos", 1]], limit }),
  ]);
  const horizons = [
    made.length < limit ? Infinity : made.at(-1)?.seq,
    changed.length < limit ? Infinity : changed.at(-1)?.changed_pos,
  ];
  const docs = [...new Map([...made, ...changed].map((doc) => [doc._id, doc])).values()];
  return { docs, horizon: Math.min(...horizons.map((h) => h ?? Infinity)) };
}

function without_id({ _id, ...fields }: Partial<MemberDoc>): Partial<MemberDoc> {
  return fields;
}
