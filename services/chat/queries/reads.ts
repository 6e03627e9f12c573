/** What is read without a turn: lists, history, receipts, counts. Straight from the store. */
import { type Params, type Result } from "../../../contracts/actions";
import { customOf } from "../../../contracts/custom";
import { fail } from "../../../contracts/errors";
import { type Conversation, type Message } from "../../../contracts/shapes";
import { type Filter } from "../../../mixins/documents/types";
import { messageFor, type Membership, membershipOf, membershipsOf } from "./access";
import { type MemberDoc, type MessageDoc } from "../conversation/documents";
import { isLarge } from "../conversation/large";
import { bucketOf, keyOf, Receipts } from "../conversation/receipts";
import { type Stores } from "../host/stores";
import { hiddenFor, knownTo } from "../conversation/knowledge";
import { conversationView, messageView, progressFor, unreadShown } from "../conversation/views";

function byConversation<D extends { conversation_id: string }>(docs: readonly D[]): Map<string, D[]> {
  const groups = new Map<string, D[]>();
  for (const doc of docs) {
    const group = groups.get(doc.conversation_id);
    if (group) group.push(doc);
    else groups.set(doc.conversation_id, [doc]);
  }
  return groups;
}

/**
 * Those of the messages that a member may know, as they may know them, with how far they got; receipts, and members where
 * they are not known, are read once for all of them.
 */
export async function viewsOf(
  stores: Stores,
  stored: readonly MessageDoc[],
  eyesOn: Membership | ((doc: MessageDoc) => Membership),
  knownMembers?: readonly MemberDoc[],
): Promise<Message[]> {
  const eyesOf = typeof eyesOn === "function" ? eyesOn : () => eyesOn;
  const docs = stored.flatMap((doc) => knownTo(doc, eyesOf(doc)) ?? []);
  if (!docs.length) return [];
  // Of large groups it is not told how far a message got.
  const told = docs.filter((doc) => !isLarge(eyesOf(doc).conversation));
  const conversations = [...new Set(told.map((d) => d.conversation_id))];
  const keys = [...new Set(told.map((d) => keyOf(d.conversation_id, bucketOf(d.seq))))];
  const [members, receipts] = await Promise.all([
    knownMembers ??
      (conversations.length === 0
        ? []
        : stores.members.find(
            { conversation_id: { $in: conversations } },
            { fields: ["conversation_id", "user_id", "joined_seq", "left_at"] },
          )),
    keys.length === 0 ? [] : stores.receipts.find({ keys: { $in: keys } }),
  ]);
  const membersOf = byConversation(members);
  const receiptsOf = byConversation(receipts);
  const known = new Map<string, Receipts>();
  for (const doc of docs) {
    const r = known.get(doc.conversation_id) ?? new Receipts();
    known.set(doc.conversation_id, r);
    if (!r.has(bucketOf(doc.seq))) r.know(bucketOf(doc.seq), receiptsOf.get(doc.conversation_id) ?? []);
  }
  return docs.map((doc) => {
    const members = membersOf.get(doc.conversation_id) ?? [];
    return messageView(doc, progressFor(doc, eyesOf(doc), members, known.get(doc.conversation_id) as Receipts));
  });
}

/** The last message that a member may see. */
async function lastVisible(stores: Stores, membership: Membership): Promise<MessageDoc | undefined> {
  const { conversation, member } = membership;
  const last = conversation.last_message;
  if (!last || member.left_at) return undefined;
  if (!hiddenFor(last, membership)) return last;
  for (let before = last.seq, limit = 50; ; limit = 500) {
    const filter = { conversation_id: conversation._id, seq: { $gt: member.cleared_seq, $lt: before } };
    const page = await stores.messages.find(filter, { sort: [["seq", -1]], limit });
    const found = page.find((doc) => !hiddenFor(doc, membership));
    before = page.at(-1)?.seq ?? 0;
    if (found || page.length < limit) return found;
  }
}

export async function conversationsOf(stores: Stores, memberships: readonly Membership[]): Promise<Conversation[]> {
  const lasts = await Promise.all(memberships.map((membership) => lastVisible(stores, membership)));
  const places = new Map(memberships.map((membership) => [membership.conversation._id, membership]));
  const views = await viewsOf(
    stores,
    lasts.filter((d) => d !== undefined),
    (doc) => places.get(doc.conversation_id) as Membership,
  );
  const byId = new Map(views.map((v) => [v._id, v]));
  const now = new Date();
  return memberships.map(({ conversation, member }, i) =>
    conversationView(conversation, { member, lastMessage: byId.get(lasts[i]?._id ?? "") ?? null, now }),
  );
}

/** The answer to a command: the conversation as its sender sees it now; of one that they have left, what it is called. */
export async function conversationFor(stores: Stores, userId: number, conversationId: string): Promise<Conversation> {
  const [conversation, member] = await Promise.all([
    stores.conversations.findOne({ _id: conversationId }),
    stores.members.findOne({ conversation_id: conversationId, user_id: userId }),
  ]);
  if (!conversation) throw fail("NOTFOUND", "There is no such conversation.");
  if (!member || member.left_at)
    return conversationView(conversation, {
      member: member?.invited_by ? member : undefined,
      lastMessage: null,
      now: new Date(),
    });
  const [view] = await conversationsOf(stores, [{ conversation, member }]);
  return view as Conversation;
}

/** The same for the staff, who need not be in it. @throws NOTFOUND, also where it has ended */
export async function lookedAt(stores: Stores, userId: number, conversationId: string): Promise<Conversation> {
  const standing = await stores.conversations.findOne({ _id: conversationId, deleted_at: null }, { fields: ["type"] });
  if (!standing) throw fail("NOTFOUND", "There is no such conversation.");
  return conversationFor(stores, userId, conversationId);
}

interface Asked {
  readonly before?: number | string | undefined;
  readonly after?: number | string | undefined;
}
interface Within {
  readonly seq: { readonly $gt: number; readonly $lt?: number };
}

/** Messages of a conversation up to a time; times grow with `seq`, and the index of times finds the last at once. */
export async function seqAt(
  stores: Stores,
  conversation_id: string,
  created_at: { $lt: Date } | { $lte: Date },
): Promise<number> {
  const options = { sort: [["created_at", -1]], limit: 1, fields: ["created_at"] } as const;
  const [last] = await stores.messages.find({ conversation_id, created_at }, options);
  if (!last) return 0;
  const alike = await stores.messages.find({ conversation_id, created_at: last.created_at }, { fields: ["seq"] });
  return Math.max(...alike.map(({ seq }) => seq));
}

/** What of a history is asked for: bounds by `seq` or by time, and nothing that was cleared. */
async function bounds(stores: Stores, conversationId: string, asked: Asked, cleared: number): Promise<Within> {
  const { before, after } = asked;
  const from =
    typeof after === "string" ? await seqAt(stores, conversationId, { $lte: new Date(after) }) : (after ?? 0);
  const seq = { $gt: Math.max(cleared, from) };
  if (before === undefined) return { seq };
  const to = typeof before === "number" ? before : (await seqAt(stores, conversationId, { $lt: new Date(before) })) + 1;
  return { seq: { ...seq, $lt: to } };
}

/** A page of what a member may know, as long as it was asked for where there is that much. */
async function pageOf(
  stores: Stores,
  membership: Membership,
  scope: Filter<MessageDoc>,
  within: Within,
  { forward, limit }: { forward: boolean; limit: number },
): Promise<MessageDoc[]> {
  const docs: MessageDoc[] = [];
  let { seq } = within;
  for (;;) {
    const page = await stores.messages.find({ ...scope, seq }, { sort: [["seq", forward ? 1 : -1]], limit });
    docs.push(...page.filter((doc) => !hiddenFor(doc, membership)));
    const last = page.at(-1);
    if (!last || page.length < limit || docs.length >= limit) return docs.slice(0, limit);
    seq = { ...seq, ...(forward ? { $gt: last.seq } : { $lt: last.seq }) };
  }
}

export async function listMessages(
  stores: Stores,
  userId: number,
  { conversationId, limit, before, after }: Params<"chat.messages">,
): Promise<Message[]> {
  const membership = await membershipOf(stores, userId, conversationId);
  const within = await bounds(stores, conversationId, { before, after }, membership.member.cleared_seq);
  const scope = { conversation_id: conversationId };
  // With `after` alone one pages forward: the oldest ones after it, still told newest first.
  const forward = after !== undefined && before === undefined;
  const docs = await pageOf(stores, membership, scope, within, { forward, limit });
  return viewsOf(stores, forward ? docs.reverse() : docs, membership);
}

export async function thread(
  stores: Stores,
  userId: number,
  { messageId, limit, after }: Params<"chat.thread">,
): Promise<Message[]> {
  const { message, ...membership } = await messageFor(stores, userId, messageId);
  const within = await bounds(stores, message.conversation_id, { after }, membership.member.cleared_seq);
  const scope = { thread_id: message._id };
  return viewsOf(stores, await pageOf(stores, membership, scope, within, { forward: true, limit }), membership);
}

export async function pinsOf(stores: Stores, userId: number, conversationId: string): Promise<Message[]> {
  const membership = await membershipOf(stores, userId, conversationId);
  const { messages } = stores;
  const { type, pins } = membership.conversation;
  const [pinned, veiled] = await Promise.all([
    pins ? messages.find({ conversation_id: conversationId, pinned_at: { $gt: new Date(0) } }) : [],
    // What was unpinned unheard is still pinned for the other side.
    type === "group"
      ? []
      : messages.find({ conversation_id: conversationId, changed_pos: { $gt: 0 }, veils: { $exists: true } }),
  ]);
  const docs = [...new Map([...pinned, ...veiled].map((doc) => [doc._id, doc])).values()];
  const shown = (await viewsOf(stores, docs, membership)).filter((view) => view.pinned_at !== null);
  return shown.sort((a, b) => Date.parse(b.pinned_at ?? "") - Date.parse(a.pinned_at ?? ""));
}

export async function history(stores: Stores, userId: number, messageId: string): Promise<Result<"chat.history">> {
  const { message } = await messageFor(stores, userId, messageId);
  const edits = message.edits ?? [];
  return edits.map(({ content, custom, edited_at, version }) => ({
    content,
    custom: customOf(custom),
    edited_at: edited_at.toISOString(),
    version,
  }));
}

export async function ownVote(stores: Stores, userId: number, messageId: string): Promise<Result<"chat.ownVote">> {
  const { message } = await messageFor(stores, userId, messageId);
  if (!message.poll) throw fail("NOTFOUND", "There is no poll in this message.");
  return { options: message.poll.votes[userId] ?? [] };
}

export async function oneMessage(stores: Stores, userId: number, messageId: string): Promise<Message> {
  const { message, ...membership } = await messageFor(stores, userId, messageId);
  const [view] = await viewsOf(stores, [message], membership);
  return view as Message;
}

export async function statusOf(stores: Stores, userId: number, messageId: string): Promise<Result<"chat.status">> {
  const { status, delivery_info, seen_by } = await oneMessage(stores, userId, messageId);
  return { messageId, status, delivery_info, seen_by };
}

export async function unread(stores: Stores, userId: number): Promise<Result<"chat.unread">> {
  const byConversation: Record<string, number> = {};
  let count = 0;
  for (const { conversation, member } of (await membershipsOf(stores, userId)).values()) {
    const n = unreadShown(conversation, member);
    if (!n) continue;
    byConversation[conversation._id] = n;
    count += n;
  }
  return { count, byConversation };
}
