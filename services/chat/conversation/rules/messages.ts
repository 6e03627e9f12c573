/** Rules of messages: sending. */
import { customAfter, customOf, customTerms, type StoredCustom } from "../../../../contracts/custom";
import { badField, fail } from "../../../../contracts/errors";
import { type Message, type SystemEvent } from "../../../../contracts/shapes";
import { MOST } from "../../../../contracts/most";
import { type Emission } from "../../../../mixins/delivery";
import { newId } from "../../../../platform/id";
import { type Draft } from "../commands";
import { type MessageDoc } from "../documents";
import { passOver, withRead } from "../ranges";
import { type State } from "../state";
import { type Turn } from "../turn";
import { termsOf } from "../terms";
import { hiddenFor, knownTo } from "../knowledge";
import { messageView, unreadShown } from "../views";
import { mentionsOf } from "./mentions";
import { pollOf } from "./new-poll";
import { checkPace, notePace } from "./pace";
import { quote } from "./quotes";
import { acceptRequest } from "./requests";
import { firstAnswer } from "./retries";
import { leader } from "./roles";

/** Nothing to see: white space, controls, invisible characters, and the blank pattern of Braille. */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Characters, not UTF-16 units. */
export const lengthOf = (text: string): number => [...text].length;

export const isBlank = (content: string): boolean => BLANK.test(content);

/** @throws TOO_LARGE */
export function checkLength(content: string, max: number): void {
  if (content.length > max && lengthOf(content) > max)
    throw fail("TOO_LARGE", `A message has at most ${max} characters, got ${lengthOf(content)}.`, { max });
}

/** @throws BAD_REQUEST, TOO_LARGE */
export function checkContent(content: string, attachments: readonly string[], max: number): void {
  if (attachments.length > MOST.attachments)
    throw fail("TOO_LARGE", `A message has at most ${MOST.attachments} attachments, got ${attachments.length}.`);
  checkLength(content, max);
  if (!attachments.length && isBlank(content))
    throw badField("content", "required", "A message needs some text or an attachment.");
}

/** @throws FORBIDDEN where the conversation takes no messages of this member */
export function checkMaySend(state: State, userId: number): void {
  const { type, status, initiator_id, blocked_by, posting } = state.conversation;
  if (type === "group") {
    if (posting === "staff") leader(state, userId, "moderator");
    return;
  }
  if (blocked_by.includes(userId)) throw fail("FORBIDDEN", "You have blocked this user.");
  if (status === "declined" && initiator_id === userId) throw fail("FORBIDDEN", "Your request was declined.");
}

export function send(turn: Turn, userId: number, draft: Draft): Message {
  const { state } = turn;
  const before = state.sentBefore(userId, draft.clientId);
  if (before) return firstAnswer(before, draft.request);
  const member = state.member(userId);
  checkContent(draft.content, draft.attachments, state.limits.content);
  checkMaySend(state, userId);
  checkPace(turn, member);
  const reply = draft.replyTo === undefined ? null : quote(state, userId, draft.replyTo);
  if (state.conversation.type === "private" && state.conversation.status !== "accepted") wakeRequest(turn, userId);
  const { mentions, mention_all } = mentionsOf(state, member, draft);
  const custom = customAfter(null, draft.custom, state.limits.custom.message);
  const doc = { ...newMessage(turn, userId, draft, reply), mentions, ...(mention_all ? { mention_all } : {}) };
  if (custom !== null) Object.assign(doc, { custom, terms: foundBy(doc.content, custom) });
  if (draft.poll) doc.poll = pollOf(draft.poll, turn.now);
  const hidden = state.conversation.blocked_by.filter((b) => b !== userId);
  if (hidden.length) doc.hidden_from = hidden;
  const told = append(turn, doc);
  notePace(turn, member);
  const known = knownTo(doc, state.eyes(userId)) ?? doc;
  return known === doc ? told : messageView(known); // as told, so that it is encoded once
}

/** All that a search finds it by. */
export const foundBy = (content: string, custom: StoredCustom | undefined): string[] => [
  ...termsOf(content),
  ...customTerms(customOf(custom)),
];

/** Who was asked answers by writing; who asks does not. */
function wakeRequest(turn: Turn, userId: number): void {
  if (turn.state.conversation.initiator_id !== userId) acceptRequest(turn, userId);
}

function newMessage(turn: Turn, userId: number, draft: Draft, reply: MessageDoc["reply_to"]): MessageDoc {
  const { state } = turn;
  const at = momentOf(turn);
  return {
    _id: newId(),
    conversation_id: state.conversation._id,
    seq: state.conversation.last_seq + 1,
    version: 1,
    sender_id: userId,
    type: draft.type,
    content: draft.content,
    attachments: [...draft.attachments],
    ...(draft.files?.length ? { files: [...draft.files] } : {}),
    ...(draft.marks?.length ? { marks: [...draft.marks] } : {}),
    client_id: draft.clientId,
    ...(draft.request === undefined ? {} : { request: draft.request }),
    reply_to: reply,
    ...(reply ? { thread_id: reply.message_id } : {}),
    mentions: [],
    ...(draft.forwarded ? { forwarded_from: draft.forwarded } : {}),
    reactions: {},
    pinned_at: null,
    pinned_by: null,
    terms: termsOf(draft.content),
    created_at: at,
    updated_at: at,
    edited_at: null,
    deleted_at: null,
  };
}

/** No two messages of a conversation have the same time, and a later one has a later: pages by time leave nothing out. */
function momentOf({ state, now }: Turn): Date {
  const last = state.conversation.last_message?.created_at;
  return last && last >= now ? new Date(last.getTime() + 1) : now;
}

/** Puts a new message at the end: numbers it, counts it, tells it. Returns it as it was told. */
function append(turn: Turn, doc: MessageDoc): Message {
  const { state, now } = turn;
  const counts = doc.type !== "system";
  const before = { seq: state.conversation.last_seq, at: state.conversation.updated_at };
  turn.changeConversation({
    last_seq: doc.seq,
    pos: doc.seq,
    last_message: doc,
    updated_at: doc.created_at,
    changed_at: now,
    outbox: true,
  });
  if (counts) turn.countSent(doc.sender_id, 1);
  turn.inserts.push(doc);
  state.remember(doc);
  skipReading(turn, doc, counts, before);
  const view = messageView(doc);
  const viewOf = (known: MessageDoc): Message => (known === doc ? view : messageView(known));
  turn.tellOf("message:created", doc, doc.sender_id, viewOf, { seq: doc.seq });
  if (state.hiding.size) bringBack(turn, doc);
  return view;
}

/** Who had hidden the conversation has it in the list again, on all their devices; but not by what they must not see. */
function bringBack(turn: Turn, doc: MessageDoc): void {
  const { state } = turn;
  const { conversation } = state;
  for (const userId of [...state.hiding]) {
    const member = state.members.get(userId);
    if (!member || member.left_at || hiddenFor(doc, { conversation, member })) continue;
    state.hiding.delete(userId);
    turn.changeMember(member, { hidden: false, settings_pos: turn.position() });
    if (doc.type !== "system" && state.deafTo(doc.sender_id).includes(userId)) continue;
    const changes = { hidden: false, unreadCount: unreadShown(conversation, member) };
    const news = { conversationId: conversation._id, changes, actorId: doc.sender_id };
    turn.tell("conversation:updated", news, { to: "users", users: [userId] });
  }
}

/** What an api node that last heard of `seq` has missed, as it would have been told; as far as it is at hand. */
export function missedSince(state: State, seq: number): Emission[] {
  return state.since(seq).flatMap((doc) => {
    const { deaf, apart } = state.listenersOf(doc, doc.sender_id, state.conversation.participants);
    const emission = (known: MessageDoc, told: Pick<Emission, "except" | "users">): Emission => {
      const body = JSON.stringify(messageView(known));
      return { namespace: "/chat", event: "message:created", body, to: "members", seq: doc.seq, ...told };
    };
    const except = [...deaf, ...apart.map(([id]) => id)];
    return [emission(doc, { except }), ...apart.map(([id, known]) => emission(known, { users: [id] }))];
  });
}

/**
 * Messages that are never unread for someone move their cursor along, in memory only (it is written with their next
 * receipt). Those who must not see it count it as read for good.
 */
function skipReading(turn: Turn, doc: MessageDoc, counts: boolean, before: { seq: number; at: Date }): void {
  if (!counts) {
    for (const m of turn.state.present()) passOver(m, doc.seq);
    return;
  }
  const sender = turn.state.members.get(doc.sender_id);
  if (sender) passOver(sender, doc.seq);
  for (const id of doc.hidden_from ?? []) {
    const m = turn.state.members.get(id);
    if (!m) continue;
    const unheard = { ...(m.unheard?.to === doc.seq - 1 ? m.unheard : before), to: doc.seq };
    turn.changeMember(m, { ...withRead(m, doc.seq, doc.seq), read_count: m.read_count + 1, unheard });
  }
}

/** A message by the house, that tells members what happened. */
export function tellHistory(turn: Turn, event: SystemEvent): void {
  const none = { content: "", attachments: [], mentions: [], named: [], all: false };
  const doc = newMessage(turn, event.actorId, { ...none, type: "system", clientId: `auto:${newId()}` }, null);
  append(turn, { ...doc, system: event });
}

/** A message that is there and may be changed. @throws NOTFOUND */
export function standing(state: State, userId: number, messageId: string): MessageDoc {
  const doc = state.messageFor(userId, messageId);
  if (doc.deleted_at) throw fail("NOTFOUND", "This message was deleted.");
  return doc;
}

/** To all in the room, as they may know it. */
export function tellUpdated(turn: Turn, doc: MessageDoc, actorId: number): void {
  const { state } = turn;
  turn.tellOf("message:updated", doc, actorId, (_known, id) => state.viewFor(id, doc), { to: "room" });
}
