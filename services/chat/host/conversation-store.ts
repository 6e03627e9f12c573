/** What the actor reads on waking, and looks up before a turn. */
import { fail } from "../../../contracts/errors";
import { type Command, messagesNamedBy } from "../conversation/commands";
import { type MessageDoc } from "../conversation/documents";
import { bucketOf, keyOf, Receipts } from "../conversation/receipts";
import { cursorFor } from "../conversation/at-hand";
import { seqOf } from "../conversation/position";
import { missingFor } from "../conversation/unread";
import { isOnHold } from "../retention/holds";
import { mend } from "./recovery";
import { type TurnWriter } from "./turn-writer";
import { type Stores } from "./stores";
import { State } from "../conversation/state";

export type StateLimits = State["limits"];

/** Messages read on waking, so that most retries and edits need no look-up. */
const AT_HAND = 50;
const BUCKETS_AT_HAND = 8;
/** New and changed messages that are brought into memory for those who catch up. */
const LEARNED = 50;
/** How often a conversation is read again that was mended, or that another actor moved on meanwhile. */
const MENDED = 6;

/** Commands that may accept a request. */
const mayAccept: ReadonlySet<Command["body"]["kind"]> = new Set(["accept", "send", "reopen"]);
/** Commands that go by the block lists as they are now. */
const byBlocks: ReadonlySet<Command["body"]["kind"]> = new Set(["blocks", "open", "reopen"]);

/** Commands that do nothing while a legal hold is on the conversation. */
const asksForHolds = (body: Command["body"]): boolean =>
  body.kind === "forgetMarks" || (body.kind === "letGo" && body.besides !== undefined);

/** Who of the two sides of a private conversation blocks the other, read anew. */
export type BlockersIn = (sides: readonly number[]) => Promise<readonly number[]>;

export class ConversationStore {
  constructor(
    private readonly stores: Stores,
    private readonly writer: TurnWriter,
    private readonly limits: StateLimits,
    private readonly blockersIn: BlockersIn,
  ) {}

  /** @throws NOTFOUND, UNAVAILABLE */
  async load(conversationId: string): Promise<State> {
    const { conversations, members, messages } = this.stores;
    for (let attempt = 0; attempt < MENDED; attempt++) {
      const conversation = await conversations.findOne({ _id: conversationId });
      if (!conversation || conversation.deleted_at) throw fail("NOTFOUND", "There is no such conversation.");
      if (!(await mend(this.stores, conversation))) continue;
      const filter = { conversation_id: conversationId };
      const [all, recent] = await Promise.all([
        members.find(filter),
        messages.find({ ...filter, seq: { $lte: conversation.last_seq } }, { sort: [["seq", -1]], limit: AT_HAND }),
      ]);
      const atHand = [...recent.reverse(), ...this.writer.takeSentBefore(conversationId)];
      const byId = new Map(all.map((m) => [m.user_id, m]));
      return new State(conversation, byId, new Receipts(), atHand, this.limits);
    }
    throw fail("UNAVAILABLE", "Another node has this conversation; try again.");
  }

  /** Brings the messages that commands name, and their receipts, into the state. */
  async prepare(state: State, commands: readonly Command[]): Promise<void> {
    const asked = commands.flatMap(({ userId, body }) =>
      body.kind === "changes" ? [cursorFor(state, userId, body)] : [],
    );
    if (asked.length) await this.learn(state, Math.min(...asked));
    await this.lookUpHeads(state, commands);
    const { type, status, participants } = state.conversation;
    if (type === "private" && commands.some(({ body }) => byBlocks.has(body.kind)))
      state.blockers = await this.blockersIn(participants).catch(() => undefined);
    // Whoever answers a request lifts what its two sides must not know of each other.
    if (type === "private" && status !== "accepted" && commands.some(({ body }) => mayAccept.has(body.kind)))
      await this.unveil(state);
    await this.lookUpNamed(
      state,
      commands.flatMap((c) => messagesNamedBy(c.body)),
    );
    const due = commands.flatMap(({ body }) => (body.kind === "expire" ? body.messageIds : []));
    if (due.length || commands.some(({ body }) => asksForHolds(body))) await this.lookUpDue(state, due);
  }

  private async lookUpNamed(state: State, named: readonly string[]): Promise<void> {
    if (!named.length) return;
    const missing = [...new Set(named)].filter((id) => !state.knows(id));
    if (missing.length) for (const doc of await this.byIds(state, missing)) state.remember(doc);
    const buckets = new Set(named.filter((id) => state.knows(id)).map((id) => bucketOf(state.message(id).seq)));
    await this.loadReceipts(state, [...buckets]);
  }

  /**
   * Of this conversation those that are committed. By their ids alone: with the conversation beside them the embedded store
   * would walk all of its messages.
   */
  private async byIds({ conversation }: State, ids: readonly string[]): Promise<MessageDoc[]> {
    const found = await this.stores.messages.find({ _id: { $in: ids } });
    return found.filter((doc) => doc.conversation_id === conversation._id && doc.seq <= conversation.last_seq);
  }

  /** They are not kept at hand: that place is for what people still speak of. */
  private async lookUpDue(state: State, ids: readonly string[]): Promise<void> {
    const { messages, holds } = this.stores;
    const { _id: conversation_id } = state.conversation;
    state.onHold = await isOnHold(holds, conversation_id, (userId) => state.members.has(userId));
    if (state.onHold || !ids.length) return;
    const [found, replies] = await Promise.all([
      this.byIds(state, ids),
      messages.find({ thread_id: { $in: ids } }, { fields: ["thread_id"] }),
    ]);
    const quoted = new Set(replies.map(({ thread_id }) => thread_id));
    for (const doc of found)
      state.due.set(doc._id, {
        doc: state.knows(doc._id) ? state.message(doc._id) : doc,
        quoted: quoted.has(doc._id),
      });
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
