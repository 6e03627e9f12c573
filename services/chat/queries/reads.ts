/** What is read without a turn: lists, history, receipts, counts. Straight from the store. */
import { type Params, type Result } from "../../../contracts/actions";
import { badField } from "../../../contracts/errors";
import { type Conversation, type Message } from "../../../contracts/shapes";
import { type Filter } from "../../../mixins/documents/types";
import { messageFor, type Membership, membershipOf, membershipsIn, membershipsOf } from "./access";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { bucketOf, keyOf, Receipts } from "../conversation/receipts";
import { type Stores } from "../host/stores";
import {
  conversationView,
  hiddenFor,
  isHidden,
  messageView,
  progressOf,
  recipientsOf,
  unreadShown,
} from "../conversation/views";

function byConversation<D extends { conversation_id: string }>(docs: readonly D[]): Map<string, D[]> {
  const groups = new Map<string, D[]>();
  for (const doc of docs) {
    const group = groups.get(doc.conversation_id);
    if (group) group.push(doc);
    else groups.set(doc.conversation_id, [doc]);
  }
  return groups;
}

/** Messages with how far they got; receipts, and members where they are not known, are read once for all of them. */
export async function viewsOf(
  stores: Stores,
  docs: readonly MessageDoc[],
  knownMembers?: readonly MemberDoc[],
): Promise<Message[]> {
  if (!docs.length) return [];
  const conversations = [...new Set(docs.map((d) => d.conversation_id))];
  const keys = [...new Set(docs.map((d) => keyOf(d.conversation_id, bucketOf(d.seq))))];
  const [members, receipts] = await Promise.all([
    knownMembers ??
      stores.members.find(
        { conversation_id: { $in: conversations } },
        { fields: ["conversation_id", "user_id", "joined_seq", "left_at"] },
      ),
    stores.receipts.find({ keys: { $in: keys } }),
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
    const recipients = recipientsOf(doc, membersOf.get(doc.conversation_id) ?? []);
    return messageView(doc, progressOf(doc.seq, recipients, known.get(doc.conversation_id) as Receipts));
  });
}

/** The last message that a member may see. */
async function lastVisible(stores: Stores, { conversation, member }: Membership): Promise<MessageDoc | undefined> {
  const last = conversation.last_message;
  if (!last) return undefined;
  if (!hiddenFor(last, member)) return last;
  const filter = { conversation_id: conversation._id, seq: { $gt: member.cleared_seq } };
  const recent = await stores.messages.find(filter, { sort: [["seq", -1]], limit: 50 });
  return recent.find((doc) => !hiddenFor(doc, member));
}

export async function conversationsOf(stores: Stores, memberships: readonly Membership[]): Promise<Conversation[]> {
  const lasts = await Promise.all(memberships.map((membership) => lastVisible(stores, membership)));
  const views = await viewsOf(
    stores,
    lasts.filter((d) => d !== undefined),
  );
  const byId = new Map(views.map((v) => [v._id, v]));
  const now = new Date();
  return memberships.map(({ conversation, member }, i) =>
    conversationView(conversation, { member, lastMessage: byId.get(lasts[i]?._id ?? "") ?? null, now }),
  );
}

/** Where a page ends: the activity and the id of its last row. */
const cursorAt = (c: ConversationDoc): string => `${c.updated_at.getTime()}_${c._id}`;

function afterCursor(cursor: string): (c: ConversationDoc) => boolean {
  const match = /^(\d{1,15})_([0-9a-f]{24})$/.exec(cursor);
  if (!match) throw badField("cursor", "cursor", "The 'cursor' field must be one that a list gave.");
  const [at, id] = [Number(match[1]), match[2] as string];
  return (c) => c.updated_at.getTime() < at || (c.updated_at.getTime() === at && c._id < id);
}

const newestFirst = (a: ConversationDoc, b: ConversationDoc): number =>
  b.updated_at.getTime() - a.updated_at.getTime() || (a._id < b._id ? 1 : -1);

export async function listConversations(
  stores: Stores,
  userId: number,
  { limit, skip, cursor, status }: Params<"chat.list">,
): Promise<Result<"chat.list">> {
  const filter: Filter<ConversationDoc> = status ? { participants: userId, status } : { participants: userId };
  const memberships = await membershipsIn(stores, userId, await stores.conversations.find(filter));
  const wanted = [...memberships.values()]
    .filter(({ conversation, member }) => !isHidden(conversation, member))
    .map((s) => s.conversation)
    .filter(cursor === undefined ? () => true : afterCursor(cursor))
    .sort(newestFirst)
    .slice(skip, skip + limit);
  const shown = await conversationsOf(
    stores,
    wanted.map((c) => memberships.get(c._id) as Membership),
  );
  return shown.map((view, i) => ({ ...view, cursor: cursorAt(wanted[i] as ConversationDoc) }));
}

type Bounds = Filter<MessageDoc>;
type Moment = number | string | undefined;

/** What of a history is asked for: bounds by `seq` or by time, and nothing that was cleared. */
function bounds(before: Moment, after: Moment, cleared: number): Bounds {
  const seq: { $gt: number; $lt?: number } = { $gt: cleared };
  const created: { $gt?: Date; $lt?: Date } = {};
  if (typeof after === "number") seq.$gt = Math.max(cleared, after);
  else if (after !== undefined) created.$gt = new Date(after);
  if (typeof before === "number") seq.$lt = before;
  else if (before !== undefined) created.$lt = new Date(before);
  return Object.keys(created).length ? { seq, created_at: created } : { seq };
}

export async function listMessages(
  stores: Stores,
  userId: number,
  { conversationId, limit, before, after }: Params<"chat.messages">,
): Promise<Message[]> {
  const { member } = await membershipOf(stores, userId, conversationId);
  // With `after` alone one pages forward: the oldest ones after it, still told newest first.
  const forward = after !== undefined && before === undefined;
  const docs: MessageDoc[] = [];
  let filter: Bounds = { conversation_id: conversationId, ...bounds(before, after, member.cleared_seq) };
  for (;;) {
    const page = await stores.messages.find(filter, { sort: [["seq", forward ? 1 : -1]], limit });
    docs.push(...page.filter((doc) => !hiddenFor(doc, member)));
    const last = page.at(-1);
    if (!last || page.length < limit || docs.length >= limit) break;
    const seq = forward ? { $gt: last.seq } : { $gt: member.cleared_seq, $lt: last.seq };
    filter = { ...filter, seq };
  }
  const shown = docs.slice(0, limit).sort((a, b) => b.seq - a.seq);
  return viewsOf(stores, shown);
}

export async function thread(
  stores: Stores,
  userId: number,
  { messageId, limit, after }: Params<"chat.thread">,
): Promise<Message[]> {
  const { member, message } = await messageFor(stores, userId, messageId);
  const filter = { thread_id: message._id, ...bounds(undefined, after, member.cleared_seq) };
  const docs = await stores.messages.find(filter, { sort: [["seq", 1]], limit });
  return viewsOf(
    stores,
    docs.filter((doc) => !hiddenFor(doc, member)),
  );
}

export async function pins(stores: Stores, userId: number, conversationId: string): Promise<Message[]> {
  const { member } = await membershipOf(stores, userId, conversationId);
  const docs = await stores.messages.find({ conversation_id: conversationId, pinned_at: { $gt: new Date(0) } });
  const shown = docs.filter((doc) => !hiddenFor(doc, member));
  shown.sort((a, b) => (b.pinned_at?.getTime() ?? 0) - (a.pinned_at?.getTime() ?? 0));
  return viewsOf(stores, shown);
}

export async function history(stores: Stores, userId: number, messageId: string): Promise<Result<"chat.history">> {
  const { message } = await messageFor(stores, userId, messageId);
  return (message.edits ?? []).map((e) => ({ ...e, edited_at: e.edited_at.toISOString() }));
}

export async function oneMessage(stores: Stores, userId: number, messageId: string): Promise<Message> {
  const { message } = await messageFor(stores, userId, messageId);
  const [view] = await viewsOf(stores, [message]);
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
