/**
 * What the notifications service stores. Of each source (a message, an invitation, a broadcast) there is one document,
 * however many it is for; how far each of them has read is one document per user and feed (mostly: a conversation).
 */
import { type Collection } from "../../mixins/documents";
import { type Preferences } from "../../contracts/notifications";
import { type Notification } from "../../contracts/shapes";
import { type MailWish } from "../../contracts/unread-mail";
import { pushCollections } from "./push/documents";
import { logCollections } from "./log/documents";
import { mailCollections } from "./mail/documents";
import { webhookCollections } from "./webhooks/documents";

export interface NotificationDoc {
  /** Made from the source (ids.ts): the unique key by which a fact that comes again makes no second one. */
  readonly _id: string;
  readonly source: string;
  /** The conversation, or `system:<n>` (sources.ts). */
  readonly feed: string;
  /** Grows within a feed: of a message its `seq`. */
  readonly position: number;
  /** Of the message whose words these are. */
  readonly version: number;
  readonly recipients: readonly number[];
  /** Who has read it by itself, beyond what their cursor says. */
  readonly read_by: readonly number[];
  /** For whom it is unread whatever else is said: an edit has named them. */
  readonly unread_by: readonly number[];
  readonly deleted_by: readonly number[];
  /** Whom the message mentions or answers, recipients or not: an edit tells those whom it names anew. */
  readonly named: readonly number[];
  readonly named_all: boolean;
  readonly type: Notification["type"];
  readonly title: string;
  readonly content: string;
  readonly related_id: string | null;
  /** Whose doing it is. */
  readonly actor_id: number | null;
  /** Their name as the title has it, at its beginning. */
  readonly actor_name?: string;
  /** Made of an edit that overtook the message: whom that is for is still to come. */
  readonly early?: boolean;
  /** The write that made it, by which a refused one knows what it did store. */
  readonly made: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** For nobody any more; it stays as a mark until retention takes it away. */
  readonly deleted_at?: Date;
}

/** How far one user is with one feed; nobody without one is a recipient of anything in it. */
export interface CursorDoc {
  readonly _id: string;
  readonly user_id: number;
  readonly feed: string;
  /** All up to here is read. */
  readonly read: number;
  /** All up to here is theirs no more. */
  readonly gone: number;
}

/** That there is a feed, and how new what is in it may be: a bound, so that it need not be written with every message. */
export interface HeadDoc {
  readonly _id: string;
  readonly until: Date;
}

/** As it was stored before: one for each user. Such are brought into the new form at start (legacy.ts). */
export interface LegacyDoc {
  readonly _id: string;
  readonly user_id: number;
  readonly source: string;
  readonly title: string;
  readonly content: string;
  readonly type: Notification["type"];
  readonly related_id: string | null;
  readonly is_read: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly deleted_at?: Date;
}

/** What was chosen, and nothing else. */
export interface PreferencesDoc extends Partial<Omit<Preferences, "types" | "mail">> {
  readonly types?: Partial<Preferences["types"]>;
  readonly mail?: Partial<MailWish>;
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
      { fields: ["feed", "position"] },
      { fields: ["feed", "created_at", "position"], order: [1, -1, -1] },
      { fields: ["unread_by"], list: true },
      { fields: ["user_id"], sparse: true },
    ],
  } as Collection<NotificationDoc & Partial<Pick<LegacyDoc, "user_id">>>,
  cursors: {
    name: "notification_cursors",
    indexes: [{ fields: ["feed", "user_id"], unique: true }, { fields: ["user_id"] }],
  } as Collection<CursorDoc>,
  heads: { name: "notification_feeds", indexes: [] } as Collection<HeadDoc>,
  preferences: {
    name: "notification_preferences",
    indexes: [{ fields: ["user_id"], unique: true }],
  } as Collection<PreferencesDoc>,
  ...pushCollections,
  ...mailCollections,
  ...webhookCollections,
  ...logCollections,
  broadcasts: { name: "broadcasts", indexes: [{ fields: ["published"] }] } as Collection<BroadcastDoc>,
};
