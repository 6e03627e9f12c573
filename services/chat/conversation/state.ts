/** The state of one conversation in memory. No broker, no driver. */
import { fail } from "../../../contracts/errors";
import { type CustomCheck, type CustomKind } from "../../../contracts/custom";
import { type Message } from "../../../contracts/shapes";
import { newId } from "../../../platform/id";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "./documents";
import { positionOf } from "./position";
import { type Receipts } from "./receipts";
import { learnDeletions } from "./uncounted";
import { deafTo, hiddenFor, knownTo } from "./knowledge";
import { type Eyes, isHidden, messageView, progressFor } from "./views";

/** A message that is to go, and whether replies quote it. */
export interface Due {
  readonly doc: MessageDoc;
  readonly quoted: boolean;
}

/** Messages an actor keeps at hand at least, for retries, edits and receipts; it forgets as many at once. */
const GENERATION = 150;

export type MessageHead = Pick<MessageDoc, "seq" | "sender_id" | "type" | "deleted_at" | "hidden_from">;

/** Messages at hand by id and by their senders' keys. */
class Generation {
  readonly byId = new Map<string, MessageDoc>();
  private readonly bySender = new Map<number, Map<string, MessageDoc>>();

  add(doc: MessageDoc): void {
    this.byId.set(doc._id, doc);
    const sent = this.bySender.get(doc.sender_id);
    if (sent) sent.set(doc.client_id, doc);
    else this.bySender.set(doc.sender_id, new Map([[doc.client_id, doc]]));
  }

  sentBy(userId: number, clientId: string): MessageDoc | undefined {
    return this.bySender.get(userId)?.get(clientId);
  }
}

export class State {
  /** Changes with the membership; names it to the api nodes. */
  membersVersion = newId();
  /** All messages that were made or changed after this position are at hand. */
  completeSince: number;
  private young = new Generation();
  private old = new Generation();
  /** Members whose documents don't know of all deletions; and of the first of which not. */
  readonly owing: Map<number, number>;
  /** Members who have put it out of their sight, until something is said. */
  readonly hiding: Set<number>;
  /** Members who are typing, and who was not told so. */
  readonly typing = new Map<number, readonly number[]>();
  /** Of messages that are not at hand as much as counting takes, for the turn that asked; by `seq`. */
  readonly heads = new Map<number, MessageHead>();
  /** Messages that are to go, by id, for the turn that asked; none while a legal hold is on it. */
  readonly due = new Map<string, Due>();
  onHold = false;
  /** Of a private conversation: who of its two sides blocks the other, read for the turn that asked. */
  blockers: readonly number[] | undefined;

  constructor(
    readonly conversation: ConversationDoc,
    readonly members: Map<number, MemberDoc>,
    readonly receipts: Receipts,
    recent: readonly MessageDoc[],
    readonly limits: {
      readonly content: number;
      readonly members: number;
      /** Seconds that messages are kept in general; undefined: for ever. */
      readonly retention: number | undefined;
      /** Custom names that one may react with, beside emoji. */
      readonly reactions: ReadonlySet<string>;
      /** Keep what happens for the log of facts. */
      readonly facts: boolean;
      /** Refuse what the operator's schemas do not allow. */
      readonly custom: Readonly<Record<CustomKind, CustomCheck>>;
    },
  ) {
    for (const doc of recent) this.remember(doc);
    this.owing = learnDeletions(conversation, members.values());
    this.hiding = new Set([...this.present()].filter((m) => isHidden(conversation, m)).map((m) => m.user_id));
    this.completeSince = conversation.pos;
  }

  remember(doc: MessageDoc): void {
    this.young.add(doc);
  }

  /** Between turns: forgets the messages that were at hand longest, a generation at a time. */
  trim(): void {
    this.heads.clear();
    this.due.clear();
    this.onHold = false;
    this.blockers = undefined;
    if (this.young.byId.size < GENERATION) return;
    for (const doc of this.old.byId.values()) this.completeSince = Math.max(this.completeSince, positionOf(doc));
    this.old = this.young;
    this.young = new Generation();
  }

  knows(messageId: string): boolean {
    return this.young.byId.has(messageId) || this.old.byId.has(messageId);
  }

  /** @throws NOTFOUND */
  message(messageId: string): MessageDoc {
    const doc = this.young.byId.get(messageId) ?? this.old.byId.get(messageId);
    if (!doc) throw fail("NOTFOUND", "There is no such message.");
    return doc;
  }

  /** A message that this member may see. @throws FORBIDDEN, NOTFOUND */
  messageFor(userId: number, messageId: string): MessageDoc {
    const eyes = this.eyes(userId);
    const doc = this.message(messageId);
    if (hiddenFor(doc, eyes)) throw fail("NOTFOUND", "There is no such message.");
    return doc;
  }

  sentBefore(userId: number, clientId: string): MessageDoc | undefined {
    return this.young.sentBy(userId, clientId) ?? this.old.sentBy(userId, clientId);
  }

  /** Members who have not left. */
  *present(): Iterable<MemberDoc> {
    for (const member of this.members.values()) if (!member.left_at) yield member;
  }

  /** The one place where membership is checked in a turn. @throws FORBIDDEN */
  member(userId: number): MemberDoc {
    const member = this.members.get(userId);
    if (!member || member.left_at) throw fail("FORBIDDEN", "You are not in this conversation.");
    return member;
  }

  isPresent(userId: number): boolean {
    return this.members.get(userId)?.left_at === null;
  }

  *atHand(): Iterable<MessageDoc> {
    yield* this.old.byId.values();
    yield* this.young.byId.values();
  }

  /** The messages at hand that came after this one, oldest first. */
  since(seq: number): MessageDoc[] {
    return [...this.atHand()].filter((doc) => doc.seq > seq).sort((a, b) => a.seq - b.seq);
  }

  /** The messages at hand that were made or changed after a position. */
  changedSince(position: number): MessageDoc[] {
    return [...this.atHand()].filter((doc) => positionOf(doc) > position);
  }

  /** The other side of a private conversation. */
  other(userId: number): number | undefined {
    return this.conversation.participants.find((p) => p !== userId);
  }

  /** Who must not hear of what this member does. */
  deafTo(userId: number): number[] {
    return deafTo(this.conversation, userId);
  }

  /** Who must not hear of a message or of its actor, and who of these users knows it otherwise than it is. */
  listenersOf(
    doc: MessageDoc,
    actorId: number,
    among: readonly number[],
  ): { deaf: number[]; apart: (readonly [userId: number, known: MessageDoc])[] } {
    const { conversation } = this;
    const deaf = new Set([...this.deafTo(actorId), ...(doc.hidden_from ?? [])]);
    const apart: (readonly [number, MessageDoc])[] = [];
    for (const id of among) {
      const member = this.members.get(id);
      if (!member || deaf.has(id)) continue;
      const known = knownTo(doc, { conversation, member });
      if (!known) deaf.add(id);
      else if (known !== doc) apart.push([id, known]);
    }
    return { deaf: [...deaf], apart };
  }

  /** @throws FORBIDDEN */
  eyes(userId: number): Eyes {
    return { conversation: this.conversation, member: this.member(userId) };
  }

  /** A message as this member may know it. @throws FORBIDDEN */
  viewFor(userId: number, doc: MessageDoc): Message {
    const eyes = this.eyes(userId);
    return messageView(knownTo(doc, eyes) ?? doc, progressFor(doc, eyes, this.members.values(), this.receipts));
  }
}
