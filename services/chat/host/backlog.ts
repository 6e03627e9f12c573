/** What of one conversation is not safe on the bus yet: new messages, and edits and deletions, each with a cursor. */
import { type Filter } from "../../../mixins/documents/types";
import { type Place } from "../../../platform/tracing";
import { type ConversationDoc, type MessageDoc, type NewsDoc } from "../conversation/documents";
import { positionOf, seqOf } from "../conversation/position";
import { type Turn } from "../conversation/turn";
import { Cursor, type Placed } from "./cursor";
import { type Source } from "./message-facts";
import { type Stores } from "./stores";

/** The next fact of a conversation. */
export interface Batch {
  readonly kind: "made" | "rewritten";
  readonly docs: readonly MessageDoc[];
  /** What of the log's news comes in between; none with what was rewritten, which is only for notifications. */
  readonly news: readonly NewsDoc[];
}

/** The actor's own message changes before a turn is stored, and whether it will be is not known then. */
const copyOf = (doc: MessageDoc): MessageDoc => ({ ...doc, ...(doc.reply_to && { reply_to: { ...doc.reply_to } }) });

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
  /** What the log of facts does not have, oldest first, and the number up to which it has all. */
  private news: NewsDoc[] = [];
  heardNews: number;
  /** How far the log of facts has it all, which may be ahead of what is safe. */
  private logged: { seq: number; news: number };
  /** On its way into the log. */
  logging: Promise<void> | undefined;
  isLoggingAhead = false;
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

  constructor(conversation: ConversationDoc, since: Date) {
    const { _id, published_seq, published_pos = 0, news = [], news_n = 0 } = conversation;
    this.id = _id;
    this.made = new Cursor(published_seq);
    this.rewritten = new Cursor(published_pos);
    this.since = since.getTime();
    this.heardNews = (news[0]?.n ?? news_n + 1) - 1;
    this.logged = { seq: published_seq, news: this.heardNews };
    this.learnNews(conversation);
  }

  get behind(): boolean {
    return this.made.behind || this.rewritten.behind || this.news.length > 0;
  }

  /** Messages in memory. */
  get held(): number {
    return this.made.waiting.length + this.rewritten.waiting.length;
  }

  /** Messages that are not safe, as far as that is known. */
  get size(): number {
    const { rewritten } = this;
    return (
      this.made.last -
      this.made.safe +
      this.news.length +
      (rewritten.behind ? Math.max(1, rewritten.waiting.length) : 0)
    );
  }

  /** Takes what a turn has stored, in memory as far as there is room. */
  add(turn: Turn, room: number, place: Place | undefined): void {
    const { inserts, rewritten, rewrittenBefore, state, now } = turn;
    if (!this.behind) this.since = now.getTime();
    this.source = { conversation: state.conversation, members: state.members };
    this.live = true;
    this.follow(turn);
    const made = inserts.map((doc): Placed => ({ doc: copyOf(doc), at: doc.seq }));
    const left = room - this.made.add(made, (made[0]?.at ?? 1) - 1, room);
    const changes = [...rewritten].map(([doc, at]): Placed => ({ doc: copyOf(doc), at }));
    this.rewritten.add(
      changes.sort((a, b) => a.at - b.at),
      rewrittenBefore,
      left,
    );
    this.learnNews(state.conversation);
    this.made.expect(state.conversation.last_seq); // another node may have stored what this turn changes
    if (place && this.held) this.traced.push({ place });
  }

  /** What waits says what it says now: words that were taken back are told to nobody. */
  private follow({ messages, quotes }: Turn): void {
    if (!messages.size && !quotes.size) return;
    for (const { doc } of [...this.made.waiting, ...this.rewritten.waiting]) {
      Object.assign(doc, messages.get(doc._id));
      if (doc.reply_to) Object.assign(doc.reply_to, quotes.get(doc.reply_to.message_id));
    }
  }

  /** A turn was not stored, and what its actor says of the conversation and its members may be of that turn. */
  doubt(): void {
    this.source = undefined;
    this.live = false;
  }

  /** As a conversation stands in the store. */
  expect(conversation: ConversationDoc): void {
    const { last_seq, rewritten_pos = 0 } = conversation;
    this.made.expect(last_seq);
    this.rewritten.expect(rewritten_pos);
    this.learnNews(conversation);
  }

  /** The conversation has all that waits, a later one in place of an earlier one that it makes needless. */
  private learnNews({ news = [] }: ConversationDoc): void {
    const last = news.at(-1)?.n ?? 0;
    if (last > (this.news.at(-1)?.n ?? this.heardNews)) this.news = news.filter(({ n }) => n > this.heardNews);
  }

  /**
   * Fills memory from the store where it has none of what waits. False: it can't be had, now or ever.
   * @param changing what is in memory changes inside it
   */
  async read(
    { conversations, messages, members }: Stores,
    limit: number,
    changing: (learn: () => void) => void,
  ): Promise<boolean> {
    const { id, made, rewritten } = this;
    const blind = { made: made.blind, rewritten: rewritten.blind };
    if (!blind.made && !blind.rewritten && this.source) return true;
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
    const found = inserts.map((doc): Placed => ({ doc, at: doc.seq }));
    const changes = changed.map((doc): Placed => ({ doc, at: positionOf(doc) }));
    changing(() => {
      if (blind.made) made.learn(found, seq, last_seq, known.made);
      if (blind.rewritten) rewritten.learn(changes, pos, rewritten_pos, known.rewritten);
    });
    made.expect(last_seq);
    return true;
  }

  /** What comes next, at most so many messages: each change where it stands between them. */
  next(most: number): Batch | undefined {
    const { made, rewritten } = this;
    const due = rewritten.waiting.filter(({ at }) => seqOf(at) <= made.safe).slice(0, most);
    if (due.length) return { kind: "rewritten", docs: due.map(({ doc }) => doc), news: [] };
    return this.madeAfter({ seq: made.safe, news: this.heardNews }, most);
  }

  /** What the log does not have of what memory holds, at most so many messages. */
  unlogged(most: number): Batch | undefined {
    const { seq, news } = this.logged;
    return this.madeAfter({ seq: Math.max(seq, this.made.safe), news: Math.max(news, this.heardNews) }, most);
  }

  /** What of a batch the log does not have. */
  unloggedOf({ kind, docs, news }: Batch): Batch | undefined {
    const { logged } = this;
    const rest = {
      kind,
      docs: docs.filter(({ seq }) => seq > logged.seq),
      news: news.filter(({ n }) => n > logged.news),
    };
    return rest.docs.length || rest.news.length ? rest : undefined;
  }

  /** The log has the batch. */
  keptInLog({ docs, news }: Batch): void {
    const { logged } = this;
    this.logged = {
      seq: Math.max(logged.seq, docs.at(-1)?.seq ?? 0),
      news: Math.max(logged.news, news.at(-1)?.n ?? 0),
    };
  }

  private madeAfter(after: { seq: number; news: number }, most: number): Batch | undefined {
    const { waiting } = this.made;
    const first = waiting.findIndex(({ at }) => at > after.seq);
    const next = first < 0 ? [] : waiting.slice(first, first + most).map(({ doc }) => doc);
    const reached = next.at(-1)?.seq ?? after.seq;
    const between = this.news.filter(({ n, pos }) => n > after.news && seqOf(pos) <= reached);
    const news = between.slice(0, most);
    const upTo = news.length < between.length ? seqOf(news.at(-1)?.pos ?? 0) : reached;
    const docs = next.filter(({ seq }) => seq <= upTo);
    return docs.length || news.length ? { kind: "made", docs, news } : undefined;
  }

  /** The batch is safe. */
  told({ kind, docs, news }: Batch): void {
    const last = docs.at(-1);
    this.heardNews = Math.max(this.heardNews, news.at(-1)?.n ?? 0);
    this.news = this.news.filter(({ n }) => n > this.heardNews);
    this[kind].advance(docs.length);
    const next = this.made.waiting[0]?.doc ?? last;
    if (kind === "made" && next) this.since = next.created_at.getTime();
    this.unwritten = true;
    if (!this.held) this.traced.length = 0;
  }
}
