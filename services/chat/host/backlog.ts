/** What of one conversation is not safe on the bus yet: new messages, and edits and deletions, each with a cursor. */
import { type Filter } from "../../../mixins/documents/types";
import { type Place } from "../../../platform/tracing";
import { type ConversationDoc, type MessageDoc } from "../conversation/documents";
import { positionOf, seqOf } from "../conversation/position";
import { type Turn } from "../conversation/state";
import { Cursor, type Placed } from "./cursor";
import { type Source } from "./message-facts";
import { type Stores } from "./stores";

/** The next fact of a conversation. */
export interface Batch {
  readonly kind: "made" | "rewritten";
  readonly docs: readonly MessageDoc[];
}

const rewrittenAfter = (conversation_id: string, pos: number): Filter<MessageDoc> => ({
  conversation_id,
  changed_pos: { $gt: pos },
  $or: [{ edited_at: { $gt: new Date(0) } }, { deleted_at: { $gt: new Date(0) } }],
});

export class Backlog {
  readonly id: string;
  /** By `seq`. */
  readonly made: Cursor;
  /** By position. */
  readonly rewritten: Cursor;
  /** Undefined until an actor or the store has told. */
  source: Source | undefined;
  /** When the oldest that is not safe was stored, or a little earlier. */
  since: number;
  /** The traces that what waits in memory belongs to. */
  readonly traced: { place: Place }[] = [];
  /** The cursors are not in the store yet. */
  unwritten = false;
  settling: NodeJS.Timeout | undefined;
  settledAt = Date.now();
  private live = false;

  constructor({ _id, published_seq, published_pos = 0 }: ConversationDoc, since: Date) {
    this.id = _id;
    this.made = new Cursor(published_seq);
    this.rewritten = new Cursor(published_pos);
    this.since = since.getTime();
  }

  get behind(): boolean {
    return this.made.behind || this.rewritten.behind;
  }

  /** Messages in memory. */
  get held(): number {
    return this.made.waiting.length + this.rewritten.waiting.length;
  }

  /** Messages that are not safe, as far as that is known. */
  get size(): number {
    const { rewritten } = this;
    return this.made.last - this.made.safe + (rewritten.behind ? Math.max(1, rewritten.waiting.length) : 0);
  }

  /** Takes what a turn has stored, in memory as far as there is room. */
  add({ inserts, rewritten, rewrittenBefore, state, now }: Turn, room: number, place: Place | undefined): void {
    if (!this.behind) this.since = now.getTime();
    this.source = { conversation: state.conversation, members: state.members };
    this.live = true;
    const made = inserts.map((doc): Placed => ({ doc, at: doc.seq }));
    const left = room - this.made.add(made, (made[0]?.at ?? 1) - 1, room);
    const changes = [...rewritten].map(([doc, at]): Placed => ({ doc, at })).sort((a, b) => a.at - b.at);
    this.rewritten.add(changes, rewrittenBefore, left);
    this.made.expect(state.conversation.last_seq); // another node may have stored what this turn changes
    if (place && this.held) this.traced.push({ place });
  }

  /** As a conversation stands in the store. */
  expect({ last_seq, rewritten_pos = 0 }: ConversationDoc): void {
    this.made.expect(last_seq);
    this.rewritten.expect(rewritten_pos);
  }

  /** Fills memory from the store where it has none of what waits. False: it can't be had, now or ever. */
  async read({ conversations, messages, members }: Stores, limit: number): Promise<boolean> {
    const { id, made, rewritten } = this;
    const blind = { made: made.blind, rewritten: rewritten.blind };
    if (!blind.made && !blind.rewritten) return true;
    const known = { made: made.last, rewritten: rewritten.last };
    const conversation = await conversations.findOne({ _id: id });
    // What a turn has not wholly written yet is not there to be read: the sweep comes back to it.
    if (!conversation || conversation.deleted_at || conversation.redo) return false;
    const { last_seq, published_seq, rewritten_pos = 0, published_pos = 0 } = conversation;
    const seq = Math.max(made.safe, published_seq);
    const pos = Math.max(rewritten.safe, published_pos);
    const fresh = { conversation_id: id, seq: { $gt: seq, $lte: last_seq } };
    const [inserts, changed] = await Promise.all([
      blind.made ? messages.find(fresh, { sort: [["seq", 1]], limit }) : [],
      blind.rewritten ? messages.find(rewrittenAfter(id, pos), { sort: [["changed_pos", 1]], limit }) : [],
    ]);
    if (!this.live) {
      const all = await members.find({ conversation_id: id });
      this.source = { conversation, members: new Map(all.map((m) => [m.user_id, m])) };
    }
    const at = (doc: MessageDoc): Placed => ({ doc, at: doc.seq });
    if (blind.made) made.learn(inserts.map(at), seq, last_seq, known.made);
    const changes = changed.map((doc): Placed => ({ doc, at: positionOf(doc) }));
    if (blind.rewritten) rewritten.learn(changes, pos, rewritten_pos, known.rewritten);
    made.expect(last_seq);
    return true;
  }

  /** What comes next, at most so many messages: a change only after the messages that were made before it. */
  next(most: number): Batch | undefined {
    const { made, rewritten } = this;
    const due = rewritten.waiting.filter(({ at }) => seqOf(at) <= made.safe);
    const kind = due.length ? "rewritten" : "made";
    const docs = (due.length ? due : made.waiting).slice(0, most).map(({ doc }) => doc);
    return docs.length ? { kind, docs } : undefined;
  }

  /** The batch is safe. */
  told({ kind, docs }: Batch): void {
    const last = docs.at(-1);
    this[kind].advance(docs.length);
    const next = this.made.waiting[0]?.doc ?? last;
    if (kind === "made" && next) this.since = next.created_at.getTime();
    this.unwritten = true;
    if (!this.held) this.traced.length = 0;
  }
}
