/** What one user sees of a stored notification. Pure, and the same rule in two forms: on a document, and as a filter. */
import { type Filter } from "../../mixins/documents";
import { type Notification } from "../../contracts/shapes";
import { type CursorDoc, type NotificationDoc } from "./documents";
import { idFor } from "./ids";

export type Cursor = Pick<CursorDoc, "read" | "gone">;
export const START: Cursor = { read: -1, gone: -1 };

type Marked = Pick<
  NotificationDoc,
  "position" | "recipients" | "read_by" | "unread_by" | "deleted_by" | "deleted_at" | "created_at"
>;

export function isRead(doc: Marked, userId: number, { read }: Cursor): boolean {
  if (doc.unread_by.includes(userId)) return false;
  return doc.position <= read || doc.read_by.includes(userId);
}

/** Is it this user's? What they have read is kept for a while only. */
export function isTheirs(doc: Marked, userId: number, cursor: Cursor, keptSince: Date): boolean {
  if (doc.deleted_at || doc.position <= cursor.gone) return false;
  if (!doc.recipients.includes(userId) || doc.deleted_by.includes(userId)) return false;
  return doc.created_at >= keptSince || !isRead(doc, userId, cursor);
}

const there = (userId: number): Filter<NotificationDoc> => ({
  recipients: userId,
  deleted_by: { $ne: userId },
  deleted_at: { $exists: false },
});

/** In one feed, what this user has not read; without those that an edit has named them in. */
export const unreadIn = (feed: string, userId: number, { read, gone }: Cursor): Filter<NotificationDoc> => ({
  feed,
  position: { $gt: Math.max(read, gone) },
  read_by: { $ne: userId },
  unread_by: { $ne: userId },
  ...there(userId),
});

/** All that an edit has named them in since they read it, in all feeds. */
export const namedIn = (userId: number): Filter<NotificationDoc> => ({ unread_by: userId, ...there(userId) });

/** In one feed, what is this user's. */
export const theirsIn = (
  feed: string,
  userId: number,
  { read, gone }: Cursor,
  keptSince: Date,
): Filter<NotificationDoc> => ({
  feed,
  position: { $gt: gone },
  ...there(userId),
  $or: [
    { created_at: { $gte: keptSince } },
    { position: { $gt: read }, read_by: { $ne: userId } },
    { unread_by: userId },
  ],
});

export const view = (doc: NotificationDoc, userId: number, cursor: Cursor): Notification => ({
  _id: idFor(doc._id, userId),
  user_id: userId,
  title: doc.title,
  content: doc.content,
  type: doc.type,
  related_id: doc.related_id,
  actor_id: doc.actor_id ?? null,
  is_read: isRead(doc, userId, cursor),
  created_at: doc.created_at.toISOString(),
  updated_at: doc.updated_at.toISOString(),
});
