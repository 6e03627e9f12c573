/** A turn on the state of one conversation: what it changes, stores and tells. No broker, no driver. */
import { type Payload } from "../../../contracts/events";
import { type FactKind } from "../../../contracts/facts";
import { type ServerEvents } from "../../../contracts/sockets";
import { type Emission } from "../../../mixins/delivery";
import { encodeOnce } from "../../../platform/encoded";
import { newId } from "../../../platform/id";
import {
  type ConversationDoc,
  type MemberDoc,
  type MessageDoc,
  type NewsDoc,
  type ReceiptDoc,
  type ReplyDoc,
} from "./documents";
import { isHushed, veilOf } from "./knowledge";
import { type Noted, withNews } from "./news";
import { after } from "./position";
import { type State } from "./state";

/** By whom it was read, left, cleared; see the event of this name. */
export type Attended = Omit<Payload<"conversation.attended">, "conversationId" | "ended">;

type Quoted = Required<Pick<ReplyDoc, "content" | "shown">>;

/** Emissions to one and the same membership. */
export interface Segment {
  readonly version: string;
  readonly members: readonly number[];
  readonly emissions: Emission[];
}

/** By whom each other's presence may be known. */
export type Circle = Pick<ConversationDoc, "participants" | "status">;

/** What of a message a change reads and writes. */
type Changed = Pick<MessageDoc, "poll" | "content" | "reactions" | "pinned_at" | "edits" | "custom">;

interface Told {
  readonly to?: Emission["to"];
  readonly users?: readonly number[];
  readonly except?: readonly number[];
  readonly seq?: number;
}

/**
 * What one turn does. Rules change the state through it, so that each change is also written; if the write fails the
 * whole state is dropped.
 */
export class Turn {
  readonly inserts: MessageDoc[] = [];
  readonly messages = new Map<string, Partial<MessageDoc>>();
  /** Messages that were edited or deleted, each with the position of that: their words are not what they were. */
  readonly rewritten = new Map<MessageDoc, number>();
  /** What replies say from now on of the messages that they answer. */
  readonly quotes = new Map<string, Quoted>();
  readonly newMembers: MemberDoc[] = [];
  readonly members = new Map<number, Partial<MemberDoc>>();
  readonly receipts: ReceiptDoc[] = [];
  readonly segments: Segment[] = [];
  readonly conversation: Record<string, unknown> = {};
  /** What the notifications of this conversation have to follow. */
  readonly attended: Attended = { read: [], gone: [], dropped: [] };
  /** What the log of facts is to hear of, beside the new messages. */
  readonly news: NewsDoc[] = [];
  /** Users whose sockets must be out of the room before the turn's commands are answered. */
  readonly leavers: number[] = [];
  /** Users whose sockets join the room before that, all of them or (`eager`) those that asked for every room. */
  readonly joiners: { readonly users: readonly number[]; readonly eager: boolean }[] = [];
  /** Files to be closed to the conversation where it has no use for them any more. */
  readonly released: string[] = [];
  /** Messages that are no such use. */
  readonly besides: string[] = [];
  /** Whether those files are closed by now, for who asked. */
  readonly closing = { closed: true, held: false };
  ended = false;
  /** Its first turn: whoever is in it was not before. */
  opened = false;
  /** Who was in it, and whether it was accepted, before the turn. */
  readonly before: Circle;
  /** Position before the turn: the fence of its writes. */
  readonly base: number;
  /** Position of the last edit or deletion before the turn. */
  readonly rewrittenBefore: number;

  constructor(
    readonly state: State,
    readonly now: Date,
  ) {
    const { participants, status } = state.conversation;
    this.before = { participants, status };
    this.base = state.conversation.pos;
    this.rewrittenBefore = state.conversation.rewritten_pos ?? 0;
  }

  get writes(): boolean {
    return this.inserts.length > 0 || Object.keys(this.conversation).length > 0;
  }

  /** The next position, for a change that makes no message. */
  position(): number {
    const pos = after(this.state.conversation.pos);
    this.changeConversation({ pos, changed_at: this.now });
    return pos;
  }

  changeConversation(fields: Partial<ConversationDoc>): void {
    Object.assign(this.state.conversation, fields);
    Object.assign(this.conversation, fields);
  }

  /** Counts messages that a user sent, or takes some away; only that user's number is written. */
  countSent(userId: number, messages: number): void {
    const { sent, countable } = this.state.conversation;
    sent[userId] = (sent[userId] ?? 0) + messages;
    this.conversation[`sent.${userId}`] = sent[userId];
    this.changeConversation({ countable: countable + messages });
  }

  changeMember(member: MemberDoc, fields: Partial<MemberDoc>): void {
    Object.assign(member, fields);
    if (this.newMembers.includes(member)) return;
    const { read_count, uncounted_n } = member;
    const counted = uncounted_n === undefined ? {} : { read_count, uncounted_n };
    this.state.owing.delete(member.user_id);
    this.members.set(member.user_id, { ...this.members.get(member.user_id), ...fields, ...counted });
  }

  addMember(member: MemberDoc): void {
    const { uncounted_n } = this.state.conversation;
    if (uncounted_n !== undefined) member.uncounted_n = uncounted_n;
    this.state.members.set(member.user_id, member);
    this.newMembers.push(member);
  }

  changeMessage(doc: MessageDoc, fields: Partial<MessageDoc>): void {
    const change = { ...fields, version: doc.version + 1, updated_at: this.now, changed_pos: this.position() };
    Object.assign(doc, change);
    const { last_message } = this.state.conversation;
    if (last_message?._id === doc._id) this.changeConversation({ last_message: doc });
    if (this.inserts.includes(doc)) return;
    this.messages.set(doc._id, { ...this.messages.get(doc._id), ...change });
  }

  /**
   * A change by one member. Who must not hear of it goes on knowing the message as it was; who hears of it knows it as it is.
   * @param change what changes, from the message as somebody knows it
   */
  changeMessageBy(
    actorId: number,
    doc: MessageDoc,
    change: (known: Changed) => Partial<MessageDoc>,
    { unheardBy = this.state.deafTo(actorId), rewritten = false } = {},
  ): void {
    const { [actorId]: own, ...others } = doc.veils ?? {};
    const veils = Object.fromEntries(unheardBy.map((id) => [id, others[id] ?? veilOf(doc)]));
    const fields = change(doc);
    if (own) {
      const pos = after(this.state.conversation.pos);
      const told = { version: doc.version + 1, updated_at: this.now, changed_pos: pos };
      veils[actorId] = { ...own, ...change(own), ...told };
    }
    const kept = Object.values(veils);
    // Whoever searches is shown only what they know; the words of all versions lead there.
    const terms = [...new Set([...(fields.terms ?? doc.terms), ...kept.flatMap((veil) => veil.terms)])];
    const all = kept.length || doc.veils ? { ...fields, veils, terms } : fields;
    if (rewritten) this.rewriteMessage(doc, all);
    else this.changeMessage(doc, all);
  }

  /** The two sides hear of each other again, or no more: what they knew of each other's reading is kept for meanwhile. */
  hush(before: boolean): void {
    const now = isHushed(this.state.conversation);
    if (now === before) return;
    for (const m of this.state.present()) {
      const read_before = now ? { seq: m.last_read_seq, at: m.last_read_at } : null;
      const custom_before = now ? (m.custom ?? null) : null;
      const told = now
        ? {}
        : { receipt_pos: this.position(), ...(m.custom === undefined ? {} : { pos: this.position() }) };
      this.changeMember(m, { read_before, custom_before, ...told });
    }
  }

  /** Changes what a message says, or takes it back: a fact, as the message itself is. */
  rewriteMessage(doc: MessageDoc, fields: Partial<MessageDoc>): void {
    this.changeMessage(doc, fields);
    const { pos } = this.state.conversation;
    this.rewritten.set(doc, pos);
    this.changeConversation({ rewritten_pos: pos, outbox: true });
  }

  /** Replies say of what they answer what it says now. */
  requote(messageId: string, words: Quoted): void {
    this.quotes.set(messageId, words);
    const isQuote = (doc: MessageDoc | null): boolean => doc?.reply_to?.message_id === messageId;
    for (const doc of this.state.atHand()) if (isQuote(doc)) Object.assign(doc.reply_to ?? {}, words);
    const { last_message } = this.state.conversation;
    if (!isQuote(last_message)) return;
    Object.assign(last_message?.reply_to ?? {}, words);
    this.changeConversation({ last_message });
  }

  /**
   * Tells of a message: to each as they may know it, nothing to those who may not know it, or must not hear of its actor.
   * @param payload of the message as somebody knows it
   */
  tellOf<E extends keyof ServerEvents>(
    event: E,
    doc: MessageDoc,
    actorId: number,
    payload: (known: MessageDoc, userId: number) => ServerEvents[E],
    told: Told = {},
  ): void {
    // A new message that quotes nothing is the same to all.
    const among =
      this.inserts.includes(doc) && !doc.reply_to ? [] : (told.users ?? this.state.conversation.participants);
    const { deaf, apart } = this.state.listenersOf(doc, actorId, among);
    if (deaf.length + apart.length === 0) return this.tell(event, payload(doc, actorId), told);
    const except = [...(told.except ?? []), ...deaf, ...apart.map(([id]) => id)];
    this.tell(event, payload(doc, actorId), { ...told, except });
    for (const [id, known] of apart)
      if (!told.except?.includes(id)) this.tell(event, payload(known, id), { ...told, users: [id], except: [] });
  }

  /** For the log of facts: stored with the turn, and until the log has it. */
  note<K extends FactKind>(type: K, data: Noted<K>): void {
    const { conversation, limits } = this.state;
    if (!limits.facts) return;
    const doc: NewsDoc = { n: (conversation.news_n ?? 0) + 1, pos: conversation.pos, at: this.now, type, data };
    this.news.push(doc);
    this.changeConversation({ news: withNews(conversation.news ?? [], doc), news_n: doc.n, outbox: true });
  }

  addReceipt(doc: ReceiptDoc): void {
    this.receipts.push(doc);
    this.state.receipts.add(doc);
  }

  /** The membership changed: what is told from here on goes to the new one. */
  membershipChanged(): void {
    this.state.membersVersion = newId();
  }

  /** Tells an event; its payload is encoded here, once for everyone. */
  tell<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E], told: Told = {}): void {
    const { to = "members", users, except, seq } = told;
    this.segment().emissions.push({
      namespace: "/chat",
      event,
      body: encodeOnce(payload),
      to,
      ...(users ? { users: [...users] } : {}),
      ...(except?.length ? { except: [...except] } : {}),
      ...(seq === undefined ? {} : { seq }),
    });
  }

  private segment(): Segment {
    const { membersVersion, conversation } = this.state;
    const last = this.segments.at(-1);
    if (last?.version === membersVersion) return last;
    const segment = { version: membersVersion, members: conversation.participants, emissions: [] };
    this.segments.push(segment);
    return segment;
  }
}
