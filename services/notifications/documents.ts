/** What the notifications service stores. */
import { type Collection } from "../../mixins/documents";
import { type Preferences } from "../../contracts/notifications";
import { pushCollections } from "./push/documents";
import { webhookCollections } from "./webhooks/documents";
import { type Notification } from "../../contracts/shapes";

export interface NotificationDoc {
  readonly _id: string;
  readonly user_id: number;
  /** What it was made from, with its user: the same fact, however often it comes, makes one notification. */
  readonly source: string;
  readonly title: string;
  readonly content: string;
  readonly type: Notification["type"];
  readonly related_id: string | null;
  readonly is_read: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** A deleted one stays as a mark, so that its fact makes no second one; retention takes it away. */
  readonly deleted_at?: Date;
}

export interface PreferencesDoc extends Preferences {
  readonly _id: string;
  readonly user_id: number;
}

/** The outbox of `system.broadcast`, and how far one got. */
export interface BroadcastDoc {
  readonly _id: string;
  readonly title: string;
  readonly content: string;
  readonly created_at: Date;
  readonly published: boolean;
  /** Users up to this id have it. */
  readonly reached: number;
}

export const collections = {
  notifications: {
    name: "notifications",
    indexes: [
      { fields: ["source"], unique: true },
      { fields: ["user_id", "created_at"], order: [1, -1] },
      { fields: ["user_id", "is_read"] },
      { fields: ["created_at"] },
    ],
  } as Collection<NotificationDoc>,
  preferences: {
    name: "notification_preferences",
    indexes: [{ fields: ["user_id"], unique: true }],
  } as Collection<PreferencesDoc>,
  ...pushCollections,
  ...webhookCollections,
  broadcasts: { name: "broadcasts", indexes: [{ fields: ["published"] }] } as Collection<BroadcastDoc>,
};

/** What becomes of one that is deleted. */
export function goneNow(): Pick<NotificationDoc, "updated_at" | "is_read" | "title" | "content"> & {
  deleted_at: Date;
} {
  const now = new Date();
  return { deleted_at: now, updated_at: now, is_read: true, title: "", content: "" };
}

export function view(doc: NotificationDoc): Notification {
  return {
    _id: doc._id,
    user_id: doc.user_id,
    title: doc.title,
    content: doc.content,
    type: doc.type,
    related_id: doc.related_id,
    is_read: doc.is_read,
    created_at: doc.created_at.toISOString(),
    updated_at: doc.updated_at.toISOString(),
  };
}
