/**
 * How a turn becomes durable, as one unit: a transaction where the store has them. Else its new messages come first, then
 * one update of the conversation, which is the turn's commit and carries what is left to do, and then that is done. What
 * stands beyond the conversation's `last_seq` was never committed, and goes when the conversation is woken.
 */
import { calculateObjectSize } from "bson";
import { Fenced, Overfull } from "../../../platform/fenced";
import { DuplicateKey, type Filter, Unmatched, type Write } from "../../../mixins/documents/types";
import { type ConversationDoc, type MessageDoc } from "../conversation/documents";
import { type Turn } from "../conversation/turn";
import { after } from "../conversation/position";
import { commit, type Fields } from "./commits";
import { detailsOf, redo, writesOf } from "./details";
import { lean, type Stores } from "./stores";

/** Bytes that a commit carries of what is left to do: with all else in its document well below MongoDB's 16 MB. */
export const REDO_MAX = 4 * 1024 * 1024;

export class TurnWriter {
  /** Found behind a refused insert: messages that were sent before with the same key. */
  private readonly sentBefore = new Map<string, MessageDoc[]>();

  constructor(
    private readonly stores: Stores,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /**
   * @returns false when the conversation has ended: its state must not be used again
   * @throws Fenced where another actor went on, Overfull where it is too much: nothing was committed. Anything else: it is committed or it is not, which
   *   whoever wakes the conversation next finds out
   */
  async commit(turn: Turn): Promise<boolean> {
    if (turn.ended) {
      await this.end(turn);
      return false;
    }
    if (turn.writes) await (this.stores.transact ? this.whole(turn) : this.inSteps(turn));
    return true;
  }

  takeSentBefore(conversationId: string): MessageDoc[] {
    const found = this.sentBefore.get(conversationId) ?? [];
    this.sentBefore.delete(conversationId);
    return found;
  }

  /** What an ended conversation leaves behind: nobody's any more. Said to be done when it is. */
  async bury(_id: string): Promise<void> {
    const { conversations, hooks, members, messages } = this.stores;
    const filter = { conversation_id: _id };
    // Members stay as having left, so that `sync` can tell them what they lost.
    await members.updateMany({ ...filter, left_at: null }, { $set: { left_at: new Date() } });
    await hooks.remove(filter);
    for (;;) {
      const some = await messages.find(filter, { limit: 500, fields: ["_id"] });
      if (!some.length) break;
      await messages.remove({ _id: { $in: some.map((doc) => doc._id) } });
    }
    // What the log of facts has not heard is told first.
    await conversations.updateOne({ _id, news_n: null as never }, { $set: { outbox: false } });
  }

  private async whole(turn: Turn): Promise<void> {
    const { stores } = this;
    const { _id } = turn.state.conversation;
    const details = detailsOf(turn);
    const writes: Write[] = [
      { in: stores.conversations, expect: { filter: { _id, pos: turn.base }, change: { $set: summaryOf(turn) } } },
      ...(turn.inserts.length ? [{ in: stores.messages, insert: turn.inserts }] : []),
      ...(details ? writesOf(stores, _id, details) : []),
    ];
    try {
      await stores.transact?.(writes);
    } catch (error) {
      if (error instanceof Unmatched) throw new Fenced(_id);
      if (error instanceof DuplicateKey) await this.lookForEarlier(turn);
      throw error;
    }
  }

  private async inSteps(turn: Turn): Promise<void> {
    const { _id, outbox } = turn.state.conversation;
    const details = detailsOf(turn);
    if (details && calculateObjectSize(details) > REDO_MAX) throw new Overfull(_id);
    if (turn.inserts.length) await this.insert(turn);
    const set = { ...summaryOf(turn), redo: details, ...(details ? { outbox: true } : {}) };
    await commit(this.stores, _id, turn.base, set);
    if (!details) return;
    await redo(this.stores, _id, details);
    // Nobody waits for this: until then whoever wakes the conversation does the same once more.
    const done = { redo: null, ...(outbox ? {} : { outbox: false }) };
    this.stores.conversations.updateOne({ _id, pos: details.pos }, { $set: done }).catch(this.onTrouble);
  }

  private async insert(turn: Turn): Promise<void> {
    try {
      await this.stores.messages.insert(turn.inserts);
    } catch (error) {
      if (error instanceof DuplicateKey) await this.lookForEarlier(turn);
      throw error;
    }
  }

  /** @throws Fenced: the next attempt knows the messages that were sent before with the same keys */
  private async lookForEarlier({ state, inserts }: Turn): Promise<never> {
    const { _id, last_seq } = state.conversation;
    const keys = inserts.map((m): Filter<MessageDoc> => ({ sender_id: m.sender_id, client_id: m.client_id }));
    const before = last_seq - inserts.length;
    const found = await this.stores.messages.find({ conversation_id: _id, seq: { $lte: before }, $or: keys });
    if (found.length) this.sentBefore.set(_id, found);
    throw new Fenced(_id);
  }

  /** The end is marked first; what is left to do is done by the sweep where it fails now. */
  private async end(turn: Turn): Promise<void> {
    const { _id, pair_key, status, news, news_n } = turn.state.conversation;
    const gone: Partial<ConversationDoc> = {
      // A declined request keeps its pair, so that deleting it is no way around the answer.
      // Nor is a group made once more by the retry of its making.
      pair_key: status === "declined" || pair_key.startsWith("key:") ? pair_key : `ended:${_id}`,
      deleted_at: turn.now,
      pos: after(turn.base),
      changed_at: turn.now,
      participants: [],
      last_message: null,
      redo: null,
      outbox: true,
      ...(news && news_n !== undefined ? { news, news_n } : {}),
    };
    await commit(this.stores, _id, turn.base, { ...gone });
    await this.bury(_id).catch(this.onTrouble);
  }
}

function summaryOf({ state, conversation }: Turn): Fields {
  const { last_message } = state.conversation;
  return conversation.last_message && last_message
    ? { ...conversation, last_message: lean(last_message) }
    : conversation;
}
