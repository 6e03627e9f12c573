/** From what is stored to what clients see. Pure. */
import { customOf } from "../../../contracts/custom";
import { type Conversation, type JoinLink, type Member, type Message, type OpenGroup } from "../../../contracts/shapes";
import { type ConversationDoc, type LinkDoc, type MemberDoc, type MessageDoc, type ReplyDoc } from "./documents";
import { activityFor, customFor, isHushed, type Place } from "./knowledge";
import { isLarge, shownMembers } from "./large";
import { pollView } from "./polls";
import { type Receipts } from "./receipts";
import { toldBy } from "./told";
import { deletedSince } from "./uncounted";

const iso = (date: Date | null): string | null => (date ? date.toISOString() : null);

/** Keys that the door made up are ours alone. */
const ownKey = (clientId: string): boolean => !clientId.startsWith("auto:");

type Progress = Pick<Message, "status" | "delivery_info" | "seen_by" | "delivered_at" | "read_at">;
const nothingYet: Progress = { status: "sent", delivery_info: [], seen_by: [], delivered_at: null, read_at: null };

/** Those the message was addressed to: members now who were members then, but the sender. */
export function recipientsOf(doc: Pick<MessageDoc, "sender_id" | "seq">, members: Iterable<MemberDoc>): number[] {
  const ids: number[] = [];
  for (const m of members) if (!m.left_at && m.user_id !== doc.sender_id && m.joined_seq < doc.seq) ids.push(m.user_id);
  return ids;
}

const order = { failed: 0, sent: 1, delivered: 2, read: 3 } as const;
const latest = (dates: (Date | null)[]): Date | null =>
  dates.length && dates.every((d) => d !== null) ? dates.reduce((a, b) => (a > b ? a : b)) : null;

/** Whose eyes see it; the conversation is whole. */
export interface Eyes extends Place {
  readonly conversation: ConversationDoc;
}

/** How far a message got, as far as this member may know: its own status is the lowest of its recipients'. */
export function progressFor(
  doc: Pick<MessageDoc, "sender_id" | "seq">,
  { conversation, member }: Eyes,
  members: Iterable<MemberDoc>,
  receipts: Receipts,
): Progress {
  if (isLarge(conversation)) return nothingYet;
  const hushed = isHushed(conversation);
  const heard = (user: number): boolean => hushed && user !== member.user_id;
  const got = recipientsOf(doc, members).map((user) => ({ user, got: receipts.of(doc.seq, user, heard(user)) }));
  const known = got.flatMap(({ user, got: g }) => (g ? [{ user, ...g }] : []));
  if (!known.length) return nothingYet;
  const statuses = got.map(({ got: g }) => g?.kind ?? ("sent" as const));
  return {
    status: statuses.reduce((a, b) => (order[a] <= order[b] ? a : b)),
    delivery_info: known.map((k) => ({ user_id: k.user, status: k.kind, timestamp: k.at.toISOString() })),
    seen_by: known.filter((k) => k.kind === "read").map((k) => k.user),
    delivered_at: iso(latest(got.map(({ got: g }) => g?.deliveredAt ?? null))),
    read_at: iso(latest(got.map(({ got: g }) => g?.readAt ?? null))),
  };
}

/** A message as clients see it; without `progress` as one that was just sent. */
export function messageView(doc: MessageDoc, progress: Progress = nothingYet): Message {
  return {
    _id: doc._id,
    conversation_id: doc.conversation_id,
    seq: doc.seq,
    version: doc.version,
    sender_id: doc.sender_id,
    type: doc.type,
    content: doc.system ? toldBy(doc.system) : doc.content,
    attachments: doc.attachments,
    ...(doc.files?.length ? { files: doc.files } : {}),
    ...(doc.poll ? { poll: pollView(doc.poll) } : {}),
    ...(doc.preview ? { preview: doc.preview } : {}),
    custom: customOf(doc.custom),
    ...(doc.marks?.length ? { marks: doc.marks } : {}),
    ...(ownKey(doc.client_id) ? { clientId: doc.client_id } : {}),
    reply_to: doc.reply_to && quoteView(doc.reply_to),
    mentions: doc.mentions,
    ...(doc.mention_all ? { mention_all: true } : {}),
    ...(doc.forwarded_from ? { forwarded_from: originView(doc.forwarded_from, doc.conversation_id) } : {}),
    ...(doc.system ? { system: doc.system } : {}),
    reactions: doc.reactions,
    pinned_at: iso(doc.pinned_at),
    pinned_by: doc.pinned_by,
    ...progress,
    created_at: doc.created_at.toISOString(),
    updated_at: doc.updated_at.toISOString(),
    edited_at: iso(doc.edited_at),
    deleted_at: iso(doc.deleted_at),
  };
}

const quoteView = ({ message_id, seq, sender_id, content }: ReplyDoc) => ({ message_id, seq, sender_id, content });

/** Whose words they are; where they stand only to those who are there. */
const originView = (origin: NonNullable<MessageDoc["forwarded_from"]>, conversationId: string) =>
  origin.conversation_id === conversationId ? origin : { sender_id: origin.sender_id };

/** Messages of others that a member has not read. */
export function unreadOf(
  conversation: Pick<ConversationDoc, "countable" | "sent" | "uncounted">,
  member: MemberDoc,
): number {
  const read = member.read_count - deletedSince(conversation, member);
  return Math.max(0, conversation.countable - (conversation.sent[member.user_id] ?? 0) - read);
}

/** A request that waits for their answer, or was declined by them: whoever asked it sees a conversation like any other. */
export const isPendingFor = (
  { status, initiator_id }: Pick<ConversationDoc, "status" | "initiator_id">,
  userId: number,
): boolean => status !== "accepted" && initiator_id !== userId;

/** What of it counts on badges and in lists: nothing of what is hidden, nor of a request that waits for their answer. */
export function unreadShown(conversation: ConversationDoc, member: MemberDoc): number {
  if (isPendingFor(conversation, member.user_id)) return 0;
  return isHidden(conversation, member) ? 0 : unreadOf(conversation, member);
}

export function isMuted(member: MemberDoc, now: Date): boolean {
  return member.muted && (member.muted_until === null || member.muted_until > now);
}

export const draftView = ({ draft }: Pick<MemberDoc, "draft">): Conversation["draft"] =>
  draft ? { content: draft.content, replyTo: draft.reply_to, updated_at: draft.at.toISOString() } : null;

export interface ViewedBy {
  readonly member: MemberDoc | undefined;
  readonly lastMessage: Message | null;
  readonly now: Date;
}

/** A conversation as one member sees it; without a member, as news for all of them. */
export function conversationView(doc: ConversationDoc, { member, lastMessage, now }: ViewedBy): Conversation {
  const muted = member ? isMuted(member, now) : false;
  const activity = member ? activityFor(doc, member) : { seq: doc.last_seq, at: doc.updated_at };
  return {
    _id: doc._id,
    type: doc.type,
    draft: member ? draftView(member) : null,
    isGroup: doc.type === "group",
    participants: shownMembers(doc, member?.user_id),
    name: doc.name,
    avatar: doc.avatar,
    admin_id: doc.admin_id,
    moderator_ids: doc.moderator_ids,
    status: member?.invited_by ? "pending" : doc.status,
    history: doc.history ?? "all",
    visibility: doc.visibility ?? "private",
    posting: doc.posting ?? "all",
    slow_mode: doc.slow_mode ?? 0,
    retention: doc.retention ?? null,
    locked: doc.locked ?? false,
    approval: doc.approval ?? false,
    member_count: doc.participants.length,
    initiator_id: member?.invited_by ?? doc.initiator_id,
    custom: customOf(doc.custom),
    external_id: doc.external_id ?? null,
    last_seq: activity.seq,
    lastMessage,
    unreadCount: member && !member.left_at ? unreadShown(doc, member) : 0,
    // What they must not know of counts as read.
    last_read_seq: Math.min(member?.last_read_seq ?? 0, activity.seq),
    muted,
    muted_until: muted ? iso(member?.muted_until ?? null) : null,
    pinned: member?.pinned ?? false,
    hidden: member ? isHidden(doc, member) : false,
    created_at: doc.created_at.toISOString(),
    updated_at: activity.at.toISOString(),
  };
}

export function openGroupView(doc: ConversationDoc, member: MemberDoc | undefined): OpenGroup {
  const membership = !member ? "none" : !member.left_at ? "member" : member.requested_at ? "requested" : "none";
  return {
    _id: doc._id,
    name: doc.name,
    avatar: doc.avatar,
    custom: customOf(doc.custom),
    posting: doc.posting ?? "all",
    approval: doc.approval ?? false,
    member_count: doc.participants.length,
    membership,
    created_at: doc.created_at.toISOString(),
  };
}

export const linkView = (conversationId: string, link: LinkDoc): JoinLink => ({
  _id: link._id,
  link: `${conversationId}.${link.secret}`,
  uses: link.uses,
  used: link.used,
  expires_at: iso(link.expires_at),
  created_by: link.created_by,
  created_at: link.created_at.toISOString(),
});

/** Hidden until something is said that they may know of. */
export const isHidden = (doc: ConversationDoc, member: MemberDoc): boolean =>
  member.hidden && activityFor(doc, member).seq <= member.hidden_seq;

/** How far a member has read, as far as `viewer` may know. */
function readBy(doc: MemberDoc, { conversation, member }: Eyes): { seq: number; at: Date | null } {
  if (isHushed(conversation) && doc.user_id !== member.user_id) return doc.read_before ?? { seq: 0, at: null };
  return { seq: Math.min(doc.last_read_seq, activityFor(conversation, doc).seq), at: doc.last_read_at };
}

export function memberView(
  doc: MemberDoc,
  viewer: Eyes,
  profile: { username: string; avatar_url: string | null },
  online: boolean,
): Member {
  const read = readBy(doc, viewer);
  return {
    userId: doc.user_id,
    username: profile.username,
    avatar_url: profile.avatar_url,
    role: doc.role,
    joined_at: doc.joined_at.toISOString(),
    custom: customOf(customFor(viewer.conversation, doc, viewer.member.user_id)),
    last_read_at: iso(read.at),
    last_read_seq: read.seq,
    online,
  };
}
