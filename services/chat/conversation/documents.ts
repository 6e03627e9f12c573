/** What a conversation keeps, and what the fields mean. */
import { type Document } from "../../../mixins/documents/types";
import { type StoredCustom } from "../../../contracts/custom";
import { type LinkPreview, type MessageFile, type SystemEvent } from "../../../contracts/shapes";
import { type FactKind } from "../../../contracts/facts";

export interface ReplyDoc {
  message_id: string;
  seq: number;
  sender_id: number;
  content: string;
  /** What these users are shown instead: they must not know those words, or not any more. */
  shown?: Record<string, string>;
}

/** A message as it was before the other side of a private conversation changed it unheard. */
export type Veil = Pick<
  MessageDoc,
  | "content"
  | "mentions"
  | "mention_all"
  | "terms"
  | "preview"
  | "poll"
  | "custom"
  | "marks"
  | "edits"
  | "reactions"
  | "pinned_at"
  | "pinned_by"
  | "version"
  | "updated_at"
  | "edited_at"
  | "changed_pos"
>;
/** What a message said before an edit. */
export interface Edit {
  content: string;
  edited_at: Date;
  version: number;
  mentions: number[];
  mention_all?: boolean;
  custom?: StoredCustom;
}

export interface PollDoc {
  question: string;
  options: string[];
  multiple: boolean;
  anonymous: boolean;
  closes_at: Date | null;
  closed_at: Date | null;
  /** By user id: the places of the options that they chose. */
  votes: Record<string, number[]>;
}

export interface MessageDoc extends Document {
  conversation_id: string;
  seq: number;
  version: number;
  sender_id: number;
  type: "text" | "image" | "file" | "system";
  content: string;
  attachments: string[];
  /** What was known of them when it was sent. */
  files?: MessageFile[];
  /** The sender's key, or `auto:<id>` where they gave none: every message has one, so that one index guards all. */
  client_id: string;
  /** A print of what was asked for under that key. */
  request?: string;
  reply_to: ReplyDoc | null;
  /** Of a reply: the quoted message; what a thread is found by. */
  thread_id?: string;
  mentions: number[];
  mention_all?: boolean;
  forwarded_from?: { message_id: string; conversation_id: string; sender_id: number };
  system?: SystemEvent | null;
  reactions: Record<string, number[]>;
  pinned_at: Date | null;
  pinned_by: number | null;
  /** Members whom it must not reach: they had blocked the sender. */
  hidden_from?: number[];
  /** What these users know instead of what it is now (see knowledge.ts); by user id. */
  veils?: Record<string, Veil>;
  poll?: PollDoc | null;
  /** Of its first link. */
  preview?: LinkPreview | null;
  /** The product's own data. */
  custom?: StoredCustom;
  /** What the hook before sending marked it with. */
  marks?: string[];
  /** Earlier texts, oldest first. */
  edits?: Edit[];
  /** Where in the conversation's order of changes it was last changed after it was sent (see position.ts). */
  changed_pos?: number;
  /** Folded words and values of `custom`, for search. */
  terms: string[];
  created_at: Date;
  updated_at: Date;
  edited_at: Date | null;
  deleted_at: Date | null;
}

/**
 * What a turn changes beside the conversation and its new messages, written down before it is done where a store has no
 * transactions: whoever wakes the conversation does it again, and it comes to the same.
 */
export interface Redo {
  /** Positions before and after the turn. */
  base: number;
  pos: number;
  /** Of quoted messages: the words that the replies quote from here on. */
  quotes: { id: string; content: string; shown: Record<string, string> }[];
  messages: { id: string; set: Partial<MessageDoc> }[];
  newMembers: MemberDoc[];
  members: { userId: number; set: Partial<MemberDoc> }[];
  receipts: ReceiptDoc[];
}

/** Something that happened and made no message, until the log of facts has it. */
export interface NewsDoc {
  /** Counts those of the conversation. */
  n: number;
  /** Of the change. */
  pos: number;
  at: Date;
  type: FactKind;
  data: Readonly<Record<string, unknown>>;
}

/** Opens a group to whoever has its secret. */
export interface LinkDoc {
  _id: string;
  secret: string;
  uses: number | null;
  used: number;
  expires_at: Date | null;
  created_by: number;
  created_at: Date;
}

export interface ConversationDoc extends Document {
  type: "private" | "group";
  /** `<lower>:<higher>` of a private pair; of a group `group:<id>`, `key:<creator>:<clientId>` or `ext:<external_id>`; unique. */
  pair_key: string;
  /** Of a group with a key: a print of what was asked for under it. */
  request?: string;
  /** Its key in the product. */
  external_id?: string;
  /** The product's own data. */
  custom?: StoredCustom;
  participants: number[];
  name: string | null;
  avatar: string | null;
  admin_id: number | null;
  moderator_ids: number[];
  status: "pending" | "accepted" | "declined";
  initiator_id: number;
  declined_at: Date | null;
  /** Of a private one: who has blocked the other. */
  blocked_by: number[];
  /** Of a group: what those may read who join it, or return. */
  history?: "all" | "joined";
  /** Of a group that is open to others; absent: private, all write, nobody waits. */
  visibility?: "private" | "public";
  posting?: "all" | "staff";
  approval?: boolean;
  /** Of a group: how many seconds a member waits between two messages. */
  slow_mode?: number;
  /** Seconds that messages are kept; 0: for ever; absent or null: as in general. */
  retention?: number | null;
  /** That is what an admin of the system says, whatever holds in general. */
  retention_free?: boolean;
  /** Messages that were sent before this are gone. */
  retained_at?: Date;
  /** By the platform's staff: nobody writes in it. */
  locked?: boolean;
  /** Of a public one: the words of its name, that it is found by. */
  public_words?: string[];
  links?: LinkDoc[];
  last_seq: number;
  /** Position of the last change; also the fence of writes that insert no message. */
  pos: number;
  /** Position of the last change to the conversation's own fields. */
  info_pos: number;
  /** Messages that can count as unread: not system, not deleted. */
  countable: number;
  /** Of those, how many each user sent. */
  sent: Record<string, number>;
  /** How many messages were deleted, and the deletions that some members' `read_count` knows nothing of, oldest first. */
  uncounted_n?: number;
  uncounted?: { n: number; seq: number; sender_id: number }[];
  pins: number;
  last_message: MessageDoc | null;
  /** Facts of messages up to here are safe on the bus. */
  published_seq: number;
  /** Position of the last edit or deletion of a message, and up to where facts of those are safe; absent before any. */
  rewritten_pos?: number;
  published_pos?: number;
  /** What the log of facts does not have yet, oldest first, and the number of the last; absent before any. */
  news?: NewsDoc[];
  news_n?: number;
  /** True while there may be facts that are not, or something to redo. */
  outbox: boolean;
  /** Of a group that was just made: who is still to be notified of it. */
  greet?: number[] | null;
  /** Left by a turn that may not be wholly written; absent where no turn was ever written without a transaction. */
  redo?: Redo | null;
  created_at: Date;
  /** Of the last activity: what lists are sorted by. */
  updated_at: Date;
  /** Of the last change of any kind: what `sync {since}` looks for. */
  changed_at: Date;
  deleted_at: Date | null;
}

export type Range = [from: number, to: number];

export interface MemberDoc extends Document {
  conversation_id: string;
  user_id: number;
  role: "admin" | "moderator" | "member";
  joined_at: Date;
  /** `last_seq` when they joined: earlier messages were not addressed to them. */
  joined_seq: number;
  left_at: Date | null;
  /** When they last sent something while the group was slow. */
  paced_at?: Date;
  /** They went by themselves, and come back by their own acceptance only. */
  left_freely?: boolean;
  /** Of somebody who is no member: who has asked them to be one. */
  invited_by?: number | null;
  /** When they last answered no to that. */
  declined_at?: Date | null;
  /** Of somebody who is no member: when they asked to be one, or were refused. */
  requested_at?: Date | null;
  refused_at?: Date | null;
  /** Everything up to here is read, or was never to be. */
  last_read_seq: number;
  /** Read above that, in order, apart from each other. */
  read_above: Range[];
  /** How many countable messages of others are read; unread = countable - own - this. */
  read_count: number;
  /** The last deletion that it knows of. */
  uncounted_n?: number;
  last_read_at: Date | null;
  last_delivered_seq: number;
  muted: boolean;
  muted_until: Date | null;
  pinned: boolean;
  hidden: boolean;
  /** Hidden until there is a message after this. */
  hidden_seq: number;
  /** History up to here is cleared for this member. */
  cleared_seq: number;
  /** Threads that they have said to follow, or not to, by the id of the first message; else who takes part follows. */
  threads?: Record<string, boolean>;
  /** Messages deleted for this member alone. */
  deleted_seqs: number[];
  /** Messages up to `to` since `seq` (of the time `at`) are none for this member. */
  unheard?: { to: number; seq: number; at: Date } | null;
  /** How far they had read when the other side was to hear no more of it; all there is to know meanwhile. */
  read_before?: { seq: number; at: Date | null } | null;
  /** The product's own data; and as it was when the other side was to hear no more. */
  custom?: StoredCustom;
  custom_before?: StoredCustom;
  /** Position of the turn that wrote it last, where that was no transaction: a slower and older one comes too late. */
  written_pos?: number;
  /** Positions of the last change of membership or role, of receipts, of own settings. */
  pos: number;
  receipt_pos: number;
  settings_pos: number;
  /** Messages that they saved, in the order of that; and when they last did. */
  saved?: { id: string; at: Date }[];
  saved_at?: Date | null;
  /** What they have begun to write. */
  draft?: { content: string; reply_to: string | null; at: Date } | null;
}

/** One member's receipt for a run of messages; `keys` name the buckets it touches (see receipts.ts). */
export interface ReceiptDoc extends Document {
  conversation_id: string;
  keys: string[];
  user_id: number;
  kind: "delivered" | "read" | "failed";
  from: number;
  to: number;
  at: Date;
  /** Made while the other side must not know. */
  hushed?: true;
}

/** A turn that was committed from a position, where an update is no commit: what it sets in its conversation. */
export interface CommitDoc extends Document {
  /** `<conversation>:<position before the turn>`, unique. */
  key: string;
  conversation_id: string;
  /** After the turn. */
  pos: number;
  set: { field: string; value: unknown }[];
  at: Date;
}

/** When a user was last online. */
export interface LastSeenDoc extends Document {
  user_id: number;
  at: Date;
}
