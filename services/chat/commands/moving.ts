/**
 * Conversations that come from another system, or go to one. A conversation is written from its messages up: its own
 * document is the last, so that nobody sees half of it, and an interrupted move is simply done again.
 */
import { type Params, type Result } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type TakenMessage } from "../../../contracts/moving";
import { DuplicateKey } from "../../../mixins/documents";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { newMember } from "../conversation/rules/members";
import { termsOf } from "../conversation/terms";
import { messageView } from "../conversation/views";
import { lean, type Stores } from "../host/stores";
import { pairKey } from "./create";

const PAGE = 1_000;

/** @throws CONFLICT where the conversation is there: its actor alone may add to it */
async function mustBeAbsent({ conversations }: Stores, _id: string): Promise<void> {
  if (await conversations.findOne({ _id }, { fields: ["type"] }))
    throw fail("CONFLICT", "This conversation is there already.");
}

function docOf(conversation_id: string, seq: number, m: TakenMessage): MessageDoc {
  const time = (at: string | undefined): Date | null => (at === undefined ? null : new Date(at));
  const created_at = new Date(m.created_at);
  const deleted_at = time(m.deleted_at);
  const content = deleted_at ? "" : m.content;
  return {
    _id: m._id,
    conversation_id,
    seq,
    version: 1,
    sender_id: m.sender_id,
    type: "text",
    content,
    attachments: [],
    client_id: `import:${m._id}`,
    reply_to: m.reply_to ?? null,
    ...(m.reply_to ? { thread_id: m.reply_to.message_id } : {}),
    mentions: m.mentions ?? [],
    reactions: Object.assign(Object.create(null) as Record<string, number[]>, deleted_at ? {} : m.reactions),
    pinned_at: time(m.pinned_at),
    pinned_by: m.pinned_by ?? null,
    terms: termsOf(content),
    created_at,
    updated_at: time(m.edited_at) ?? created_at,
    edited_at: time(m.edited_at),
    deleted_at,
  };
}

export async function takeInMessages(stores: Stores, p: Params<"chat.takeInMessages">): Promise<{ next: number }> {
  await mustBeAbsent(stores, p.conversationId);
  const docs = p.messages.map((m, i) => docOf(p.conversationId, p.from + i, m));
  const there = await stores.messages.find({ _id: { $in: docs.map(({ _id }) => _id) } }, { fields: ["seq"] });
  const known = new Set(there.map(({ _id }) => _id));
  const fresh = docs.filter(({ _id }) => !known.has(_id));
  try {
    if (fresh.length) await stores.messages.insert(fresh);
  } catch (error) {
    if (error instanceof DuplicateKey) throw fail("CONFLICT", "Other messages have these numbers.");
    throw error;
  }
  return { next: p.from + docs.length };
}

interface Counted {
  last: MessageDoc | undefined;
  countable: number;
  pins: number;
  readonly sent: Record<string, number>;
}

/** A walk over the messages, a page at a time, so that a conversation of any length takes no memory. */
async function count(stores: Stores, conversation_id: string): Promise<Counted> {
  const counted: Counted = {
    last: undefined,
    countable: 0,
    pins: 0,
    sent: Object.create(null) as Record<string, number>,
  };
  for (let after = 0; ; after += PAGE) {
    const filter = { conversation_id, seq: { $gt: after } };
    const page = await stores.messages.find(filter, { sort: [["seq", 1]], limit: PAGE });
    for (const [i, doc] of page.entries()) {
      if (doc.seq !== after + i + 1) throw fail("CONFLICT", `The message ${after + i + 1} is missing.`);
      if (doc.pinned_at) counted.pins++;
      if (doc.deleted_at) continue;
      counted.countable++;
      counted.sent[doc.sender_id] = (counted.sent[doc.sender_id] ?? 0) + 1;
    }
    counted.last = page.at(-1) ?? counted.last;
    if (page.length < PAGE) return counted;
  }
}

function conversationOf(
  p: Params<"chat.takeInConversation">,
  { last, countable, pins, sent }: Counted,
): ConversationDoc {
  const ids = p.members.map(({ userId }) => userId);
  const of = (role: MemberDoc["role"]): number[] => p.members.filter((m) => m.role === role).map((m) => m.userId);
  const group = p.type === "group";
  const [first = 0, second = first] = ids;
  const created_at = new Date(p.created_at);
  const seq = last?.seq ?? 0;
  return {
    _id: p.conversationId,
    type: p.type,
    pair_key: group ? `group:${p.conversationId}` : pairKey(first, second),
    participants: ids,
    name: group ? (p.name ?? null) : null,
    avatar: null,
    admin_id: group ? (of("admin")[0] ?? first) : null,
    moderator_ids: group ? of("moderator") : [],
    status: "accepted",
    initiator_id: of("admin")[0] ?? first,
    declined_at: null,
    blocked_by: [],
    last_seq: seq,
    pos: seq,
    info_pos: 0,
    countable,
    sent,
    pins,
    last_message: last ? lean(last) : null,
    published_seq: seq, // nobody is notified of the past
    outbox: false,
    created_at,
    updated_at: last?.created_at ?? created_at,
    changed_at: new Date(),
    deleted_at: null,
  };
}

export async function takeInConversation(
  stores: Stores,
  p: Params<"chat.takeInConversation">,
): Promise<Result<"chat.takeInConversation">> {
  const there = await stores.conversations.findOne({ _id: p.conversationId }, { fields: ["last_seq"] });
  if (there) return { last_seq: there.last_seq, there: true };
  const ids = p.members.map(({ userId }) => userId);
  if (new Set(ids).size < ids.length) throw fail("BAD_REQUEST", "A member stands there twice.");
  if (p.type === "private" && ids.length !== 2) throw fail("BAD_REQUEST", "A private conversation has two sides.");
  const counted = await count(stores, p.conversationId);
  const doc = conversationOf(p, counted);
  const members = p.members.map(({ userId, role, joined_at }): MemberDoc => {
    const own = counted.sent[userId] ?? 0;
    const read = { last_read_seq: doc.last_seq, read_count: counted.countable - own, last_read_at: doc.updated_at };
    const shown = doc.admin_id === userId ? "admin" : role === "admin" ? "member" : role;
    return { ...newMember(doc._id, userId, doc.type === "group" ? shown : "member", new Date(joined_at)), ...read };
  });
  await stores.members.remove({ conversation_id: doc._id }); // of an earlier try
  await stores.members.insert(members);
  try {
    await stores.conversations.insert([doc]);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    await stores.members.remove({ conversation_id: doc._id });
    throw fail("CONFLICT", "These two have a conversation already.");
  }
  return { last_seq: doc.last_seq, there: false };
}

export async function giveOut(
  stores: Stores,
  { after, limit }: Params<"chat.giveOut">,
): Promise<Result<"chat.giveOut">> {
  const filter = { deleted_at: null, ...(after === undefined ? {} : { _id: { $gt: after } }) };
  const page = await stores.conversations.find(filter, { sort: [["_id", 1]], limit });
  const members = await stores.members.find({ conversation_id: { $in: page.map(({ _id }) => _id) } });
  return page.map((c) => ({
    _id: c._id,
    type: c.type,
    name: c.name,
    created_at: c.created_at.toISOString(),
    members: members
      .filter((m) => m.conversation_id === c._id && !m.left_at)
      .map((m) => ({ userId: m.user_id, role: m.role, joined_at: m.joined_at.toISOString() })),
  }));
}

export async function giveOutMessages(
  stores: Stores,
  { conversationId, after, limit }: Params<"chat.giveOutMessages">,
): Promise<Result<"chat.giveOutMessages">> {
  const filter = { conversation_id: conversationId, seq: { $gt: after } };
  const page = await stores.messages.find(filter, { sort: [["seq", 1]], limit });
  return page.map((doc) => messageView(doc));
}
