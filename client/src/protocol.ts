/** Generated from contracts/ by `npm run specs`; edit those. */
/* eslint-disable */

export interface ErrorDetails {
  /** The token is missing, wrong, revoked, or has run out (then `details.expired` is true). */
  AUTH_INVALID: { expired?: boolean } | undefined;
  /** Only as the `error` event that warns a live socket. */
  AUTH_EXPIRED: unknown;
  /** You are known, but may not do this. */
  FORBIDDEN: unknown;
  /** There is no such thing, or you may not know of it. */
  NOTFOUND: unknown;
  /** The route exists, but not with this method. */
  METHOD: unknown;
  /** The input does not fit; `details` lists field and rule. */
  BAD_REQUEST: { field: string; rule: string; message?: string }[] | undefined;
  /** Already so, already answered, or changed meanwhile. */
  CONFLICT: unknown;
  /** Content, attachments, file or frame over its limit. */
  TOO_LARGE: unknown;
  /** This kind of body or file is not accepted. */
  UNSUPPORTED_TYPE: unknown;
  /** Too many requests; wait `details.retryAfterMs`. */
  RATE_LIMITED: { retryAfterMs?: number } | undefined;
  /** A bug of ours; logged with the request id. */
  INTERNAL: unknown;
  /** A service or store is down; safe to retry. */
  UNAVAILABLE: unknown;
  /** No room left for this file, or for one more of these. */
  FULL: unknown;
}
export type ErrorCode = keyof ErrorDetails;
export interface User {
  user_id: number;
  username: string;
  avatar_url: string | null;
  status: "active" | "deactivated" | "banned" | "deleted";
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  created_at: string;
  /** empty where there is none */
  email: string;
  roles: ("user" | "moderator" | "admin")[];
  email_verified: boolean;
  /** its key in the system that it comes from */
  external_id: string | null;
  two_factor: boolean;
  /** whose groups open at once; others' are requests that one accepts or declines */
  group_invites: "everyone" | "acquaintances";
  updated_at: string;
}
export interface PublicUser {
  user_id: number;
  username: string;
  avatar_url: string | null;
  status: "active" | "deactivated" | "banned" | "deleted";
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  created_at: string;
}
export interface Tokens {
  user: User;
  accessToken: string;
  refreshToken: string;
  /** seconds until the access token runs out */
  expiresIn: number;
}
export interface UploadedFile {
  url: string;
  fileId: string;
  name: string;
  size: number;
  mime: string;
  width?: number;
  height?: number;
  /** of sound and moving pictures, in seconds */
  duration?: number;
  /** of an image: WebP, at most 320 pixels on a side */
  thumbnailUrl?: string;
  /** of an image: WebP, at most 1280 pixels on a side */
  previewUrl?: string;
}
export interface Message {
  _id: string;
  conversation_id: string;
  /** 1, 2, 3, ... in its conversation, without gaps */
  seq: number;
  /** 1 when sent, one more with every edit, deletion, pin, reaction, vote and preview */
  version: number;
  sender_id: number;
  type: "text" | "image" | "file" | "system";
  content: string;
  attachments: string[];
  /** the attachments as objects; none where sent before there was this */
  files?: MessageFile[];
  /** What the page behind the first link says of itself; made after the message (LINK_PREVIEWS). */
  preview?: LinkPreview;
  poll?: Poll;
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  /** what the hook before sending marked it with */
  marks?: string[];
  clientId?: string;
  reply_to: {
    message_id: string;
    seq: number;
    sender_id: number;
    /** the first 200 characters, as a reader sees them */
    content: string;
  } | null;
  mentions: number[];
  mention_all?: boolean;
  forwarded_from?: {
    /** whose words they are */
    sender_id: number;
    /** of the original, where it stands in this conversation */
    message_id?: string;
    conversation_id?: string;
  };
  system?: SystemEvent;
  /** emoji to the users who reacted with it */
  reactions: Record<string, number[]>;
  pinned_at: string | null;
  pinned_by: number | null;
  status: "failed" | "sent" | "delivered" | "read";
  delivery_info: Delivery[];
  seen_by: number[];
  delivered_at: string | null;
  read_at: string | null;
  created_at: string;
  updated_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  /** in search results: HTML with the matched parts in <mark>, everything else escaped */
  highlight?: string;
}
export interface MessageFile {
  url: string;
  name: string;
  mime: string;
  /** bytes */
  size: number;
  width?: number;
  height?: number;
  /** of sound and moving pictures, in seconds */
  duration?: number;
  /** of an image: WebP, at most 320 pixels on a side */
  thumbnail?: string;
  /** of an image: WebP, at most 1280 pixels on a side */
  preview?: string;
}
export interface LinkPreview {
  /** as it stands in the message */
  url: string;
  title: string;
  description: string | null;
  site_name: string | null;
  /** an https: URL of that site's */
  image: string | null;
}
export interface Poll {
  question: string;
  options: {
    text: string;
    votes: number;
    /** none in an anonymous poll, and beyond 100 voters */
    voters?: number[];
  }[];
  multiple: boolean;
  anonymous: boolean;
  voters: number;
  /** nobody votes any more from then on */
  closes_at: string | null;
  closed_at: string | null;
}
export interface SystemEvent {
  event:
    | "member_added"
    | "member_removed"
    | "member_left"
    | "moderator_promoted"
    | "moderator_demoted"
    | "admin_transferred"
    | "conversation_renamed"
    | "avatar_changed";
  actorId: number;
  userId?: number;
  name?: string | null;
}
export interface Delivery {
  user_id: number;
  status: "failed" | "sent" | "delivered" | "read";
  timestamp: string | null;
}
export interface UnsentText {
  content: string;
  replyTo: string | null;
  updated_at: string;
}
export interface Conversation {
  _id: string;
  type: "private" | "group";
  /** `type` said otherwise, for clients of the NestJS chat backend */
  isGroup: boolean;
  /** of more than 1,000 only the staff and oneself; all are in conversation:members */
  participants: number[];
  name: string | null;
  avatar: string | null;
  admin_id: number | null;
  moderator_ids: number[];
  status: "pending" | "accepted" | "declined";
  /** of a group: what those may read who join it, or return */
  history: "all" | "joined";
  /** public: listed, and joined by oneself */
  visibility: "private" | "public";
  /** who may write: everybody, or the admin and moderators */
  posting: "all" | "staff";
  /** seconds that a member waits between two messages; 0: none */
  slow_mode: number;
  /** seconds that messages are kept here; 0: for ever, null: as in general (MESSAGE_RETENTION) */
  retention: number | null;
  /** closed by the staff of the platform: it is read, and nobody writes in it */
  locked: boolean;
  /** who joins by themselves waits for the staff */
  approval: boolean;
  member_count: number;
  initiator_id: number;
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  /** its key in the product: of an order, a ticket, a document */
  external_id: string | null;
  last_seq: number;
  lastMessage: Message | null;
  /** What one has begun to write in a conversation; on all of one's own devices, and nobody else's. */
  draft: UnsentText | null;
  unreadCount: number;
  last_read_seq: number;
  muted: boolean;
  muted_until: string | null;
  pinned: boolean;
  hidden: boolean;
  created_at: string;
  updated_at: string;
}
export interface Member {
  userId: number;
  username: string;
  avatar_url: string | null;
  role: "admin" | "moderator" | "member";
  joined_at: string;
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  last_read_at: string | null;
  last_read_seq: number;
  online: boolean;
}
export interface OpenGroup {
  _id: string;
  name: string | null;
  avatar: string | null;
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  posting: "all" | "staff";
  approval: boolean;
  member_count: number;
  /** of who asks */
  membership: "none" | "requested" | "member";
  created_at: string;
}
export interface JoinLink {
  _id: string;
  /** opens the group to whoever has it */
  link: string;
  /** how many may come by it; null: as many as like */
  uses: number | null;
  used: number;
  expires_at: string | null;
  created_by: number;
  created_at: string;
}
export interface IncomingHook {
  _id: string;
  conversationId: string;
  /** the bot that speaks; its name and picture are its profile's */
  userId: number;
  username: string;
  avatar_url: string | null;
  created_by: number;
  created_at: string;
  /** where messages are posted to; whoever has it speaks here. Told once, when it is made */
  path?: string;
}
export interface ScheduledMessage {
  _id: string;
  conversation_id: string;
  content: string;
  attachments: string[];
  replyTo: string | null;
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  /** when it is sent */
  at: string;
  status: "waiting" | "refused";
  /** why it was refused when its time had come */
  error: { code: string; message: string } | null;
  created_at: string;
  updated_at: string;
}
export interface ThreadSummary {
  /** of the message that the thread is below */
  message_id: string;
  reply_count: number;
  last_reply: { message_id: string; seq: number; sender_id: number; created_at: string } | null;
  /** who replied last */
  repliers: number[];
  unread: number;
  following: boolean;
}
export interface Reminder {
  _id: string;
  message_id: string | null;
  conversation_id: string | null;
  text: string;
  at: string;
  created_at: string;
}
export interface Plans {
  tag: string;
  scheduled: ScheduledMessage[];
  reminders: Reminder[];
}
export interface ListedNotification {
  _id: string;
  user_id: number;
  title: string;
  content: string;
  type: "message" | "group_invite" | "system" | "reminder";
  related_id: string | null;
  /** whose name the title begins with; null: the system, or one from before this was told */
  actor_id: number | null;
  is_read: boolean;
  created_at: string;
  updated_at: string;
  /** with `group`: notifications that it stands for, up to 1,000 */
  count?: number;
  /** of those the unread ones */
  unread?: number;
}
export interface Notification {
  _id: string;
  user_id: number;
  title: string;
  content: string;
  type: "message" | "group_invite" | "system" | "reminder";
  related_id: string | null;
  /** whose name the title begins with; null: the system, or one from before this was told */
  actor_id: number | null;
  is_read: boolean;
  created_at: string;
  updated_at: string;
}
export interface Preferences {
  types: { message: boolean; group_invite: boolean; system: boolean };
  dnd: {
    /** HH:MM */
    from: string;
    /** HH:MM */
    to: string;
    timezone: string;
  } | null;
  conversations: Record<string, "all" | "mentions" | "none">;
  mail?: { when: "off" | "soon" | "hourly" | "daily"; language: "en" | "vi" };
}
export interface Limits {
  /** characters of a message */
  max_content: number;
  /** members of a group */
  max_members: number;
  /** files of a message, and of one upload */
  max_attachments: number;
  /** bytes of a file */
  max_file_size: number;
  /** kinds of files that are taken */
  file_types: (
    | "jpg"
    | "png"
    | "gif"
    | "webp"
    | "heic"
    | "mp4"
    | "webm"
    | "mov"
    | "pdf"
    | "doc"
    | "docx"
    | "xlsx"
    | "pptx"
    | "txt"
    | "csv"
    | "zip"
    | "mp3"
    | "m4a"
    | "wav"
    | "ogg"
    | "weba"
  )[];
}
export interface Session {
  id: string;
  user_agent: string;
  ip: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  /** the one that asks */
  current: boolean;
}
export interface ApiToken {
  id: string;
  /** whose it is: the caller's, or one of their bots' */
  user_id: number;
  name: string;
  scopes: (
    | "users:read"
    | "users:write"
    | "chat:read"
    | "chat:write"
    | "notifications:read"
    | "notifications:write"
    | "uploads:read"
    | "uploads:write"
  )[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
}
export interface Webhook {
  _id: string;
  url: string;
  /** the kinds that it takes */
  facts: (
    | "message.created"
    | "message.updated"
    | "message.deleted"
    | "message.reacted"
    | "message.pinned"
    | "message.read"
    | "conversation.created"
    | "conversation.updated"
    | "conversation.deleted"
    | "member.added"
    | "member.removed"
    | "member.updated"
    | "member.role"
    | "group_invite.created"
    | "system.broadcast"
    | "user.created"
    | "user.updated"
    | "user.role"
    | "user.deactivated"
    | "user.reactivated"
    | "user.deleted"
    | "session.started"
    | "session.ended"
    | "token.created"
    | "token.revoked"
    | "upload.stored"
    | "upload.removed"
    | "moderation.reported"
    | "moderation.decided"
    | "moderation.warned"
    | "moderation.muted"
    | "moderation.unmuted"
    | "moderation.banned"
    | "moderation.unbanned"
    | "moderation.locked"
  )[];
  /** the last event that it took, or that was given up */
  position: number;
  created_at: string;
  /** signs its requests; told once, when it is made */
  secret?: string;
}
export interface FactPage {
  facts: Fact[];
  /** the cursor for the next page: all up to here was looked at */
  position: number;
  /** of the oldest that is kept; 0: there are none */
  first: number;
  /** of the newest */
  last: number;
}
export interface Fact {
  /** the same for the same fact, however often it comes */
  id: string;
  /** its place in the log */
  position: number;
  type:
    | "message.created"
    | "message.updated"
    | "message.deleted"
    | "message.reacted"
    | "message.pinned"
    | "message.read"
    | "conversation.created"
    | "conversation.updated"
    | "conversation.deleted"
    | "member.added"
    | "member.removed"
    | "member.updated"
    | "member.role"
    | "group_invite.created"
    | "system.broadcast"
    | "user.created"
    | "user.updated"
    | "user.role"
    | "user.deactivated"
    | "user.reactivated"
    | "user.deleted"
    | "session.started"
    | "session.ended"
    | "token.created"
    | "token.revoked"
    | "upload.stored"
    | "upload.removed"
    | "moderation.reported"
    | "moderation.decided"
    | "moderation.warned"
    | "moderation.muted"
    | "moderation.unmuted"
    | "moderation.banned"
    | "moderation.unbanned"
    | "moderation.locked";
  /** when it happened */
  timestamp: string;
  /** the fields of its kind */
  data: unknown;
}
export interface MessageTrace {
  message_id: string;
  conversation_id: string;
  conversation_type: "private" | "group";
  conversation_deleted_at: string | null;
  seq: number;
  version: number;
  type: "text" | "image" | "file" | "system";
  sender_id: number;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  /** who is in the conversation now */
  members: number;
  /** its fact is safe on the bus; false: it waits in the outbox */
  published: boolean;
  /** the same of its last edit or deletion; null: there was none */
  rewrite_published: boolean | null;
  fact: {
    /** its place in the log of facts */
    position: number;
    type:
      | "message.created"
      | "message.updated"
      | "message.deleted"
      | "message.reacted"
      | "message.pinned"
      | "message.read"
      | "conversation.created"
      | "conversation.updated"
      | "conversation.deleted"
      | "member.added"
      | "member.removed"
      | "member.updated"
      | "member.role"
      | "group_invite.created"
      | "system.broadcast"
      | "user.created"
      | "user.updated"
      | "user.role"
      | "user.deactivated"
      | "user.reactivated"
      | "user.deleted"
      | "session.started"
      | "session.ended"
      | "token.created"
      | "token.revoked"
      | "upload.stored"
      | "upload.removed"
      | "moderation.reported"
      | "moderation.decided"
      | "moderation.warned"
      | "moderation.muted"
      | "moderation.unmuted"
      | "moderation.banned"
      | "moderation.unbanned"
      | "moderation.locked";
    kept_at: string;
  } | null;
  /** those that take facts of its kind, where it is in the log */
  webhooks: {
    webhook_id: string;
    state: "waiting" | "taken" | "given_up" | "made_later";
    /** of the fact that it waits for, which may be an earlier one */
    attempts: number;
    /** when it is tried next */
    due_at: string | null;
    error: string | null;
  }[];
  /** members whom it was addressed to, by their ids; a page may have fewer than `limit` */
  recipients: {
    user_id: number;
    /** was a member then, and is none now */
    left: boolean;
    delivered: boolean;
    /** the message */
    read: boolean;
    /** as of notifications.explain, by what holds now; `hidden`: it is kept from them (blocks); `deleted`: before there was one */
    reason:
      | "made"
      | "waiting"
      | "pending"
      | "type_off"
      | "conversation_off"
      | "muted"
      | "mentions_only"
      | "large_group"
      | "own_message"
      | "system_message"
      | "read"
      | "hidden"
      | "deleted";
    /** within their do-not-disturb hours: stored and counted, not announced */
    quiet: boolean;
    notification: "unread" | "read" | "removed" | null;
    /** that they want pushes on */
    devices: number;
    pushes_waiting: number;
    /** of the one that was tried most */
    push_attempts: number;
    /** when the next one is tried */
    push_due_at: string | null;
  }[];
  /** `after` of the next page; null: there is none */
  next: number | null;
}
export interface DeadLetter {
  id: string;
  fact: string;
  group: string;
  error: string;
  attempts: number;
  diedAt: string;
  payload: unknown;
}
export interface Setting {
  name: string;
  about: string;
  /** empty where there is none */
  default: string;
  /** that it is not left to its default */
  set: boolean;
  /** as it is set, cut; null where it is not, and of secrets */
  value: string | null;
  /** nobody is shown its value */
  secret: boolean;
}
export interface Report {
  report_id: string;
  kind: "message" | "user" | "conversation" | "upload";
  /** the id of what is reported */
  target: string;
  /** whom it is about */
  user_id: number | null;
  conversation_id: string | null;
  reporter_id: number;
  reason: "spam" | "harassment" | "hate" | "violence" | "sexual" | "self_harm" | "illegal" | "impersonation" | "other";
  text: string;
  state: "open" | "assigned" | "resolved" | "dismissed";
  assignee_id: number | null;
  /** of the report as the caller knows it; CONFLICT where it has changed */
  version: number;
  deed: "none" | "remove" | "warn" | "mute" | "ban" | "lock" | null;
  note: string | null;
  /** 0: an operator, a server key or the system */
  handled_by: number | null;
  handled_at: string | null;
  created_at: string;
  updated_at: string;
}
export interface ReportWithEvidence {
  report_id: string;
  kind: "message" | "user" | "conversation" | "upload";
  /** the id of what is reported */
  target: string;
  /** whom it is about */
  user_id: number | null;
  conversation_id: string | null;
  reporter_id: number;
  reason: "spam" | "harassment" | "hate" | "violence" | "sexual" | "self_harm" | "illegal" | "impersonation" | "other";
  text: string;
  state: "open" | "assigned" | "resolved" | "dismissed";
  assignee_id: number | null;
  /** of the report as the caller knows it; CONFLICT where it has changed */
  version: number;
  deed: "none" | "remove" | "warn" | "mute" | "ban" | "lock" | null;
  note: string | null;
  /** 0: an operator, a server key or the system */
  handled_by: number | null;
  handled_at: string | null;
  created_at: string;
  updated_at: string;
  evidence: Evidence | null;
}
export interface Evidence {
  /** the name of the person, group or file */
  subject: string;
  /** the message with its neighbours, as the reporter saw them; of a group its last ones */
  messages: {
    message_id: string;
    seq: number;
    sender_id: number;
    content: string;
    attachments: string[];
    created_at: string;
  }[];
}
export interface Hold {
  hold_id: string;
  /** nothing of it goes */
  conversation_id: string | null;
  /** nothing goes of any conversation that they are or were a member of */
  user_id: number | null;
  reason: string;
  /** 0: an operator */
  placed_by: number;
  placed_at: string;
}
export interface Erasure {
  user_id: number;
  /** 0: an operator, a server key or the system */
  requested_by: number;
  requested_at: string;
  /** held: a legal hold is on some of it */
  state: "waiting" | "held" | "done";
  finished_at: string | null;
  /** whether what they wrote goes, too; else what they kept for themselves, and their name */
  words: boolean;
  found: {
    counts: Record<string, number>;
    /** where their messages stand; of more than that the first */
    places: { conversation_id: string; messages: number }[];
  } | null;
  left: {
    counts: Record<string, number>;
    /** where their messages stand; of more than that the first */
    places: { conversation_id: string; messages: number }[];
  } | null;
}
export interface AuditEntry {
  /** 1, 2, 3, ... without gaps */
  seq: number;
  at: string;
  event:
    | "login.failed"
    | "login.locked"
    | "session.reused"
    | "sessions.ended"
    | "password.changed"
    | "password.reset"
    | "two_factor.on"
    | "two_factor.off"
    | "token.created"
    | "token.revoked"
    | "bot.created"
    | "role.granted"
    | "role.revoked"
    | "user.banned"
    | "user.unbanned"
    | "user.warned"
    | "user.muted"
    | "user.unmuted"
    | "user.deactivated"
    | "user.reactivated"
    | "report.assigned"
    | "report.resolved"
    | "report.dismissed"
    | "conversation.locked"
    | "retention.set"
    | "hold.placed"
    | "hold.released"
    | "invitation.made"
    | "invitation.revoked"
    | "session.minted"
    | "account.created"
    | "account.changed"
    | "account.deleted"
    | "account.erased"
    | "account.exported"
    | "accounts.imported"
    | "accounts.dumped"
    | "conversations.exported"
    | "conversation.exported"
    | "conversation.imported"
    | "broadcast.sent"
    | "webhook.added"
    | "webhook.removed"
    | "webhook.replayed"
    | "facts.read"
    | "message.traced"
    | "dead_letters.replayed";
  /** null: nobody signed in, the system itself, or an operator in its process */
  actor_id: number | null;
  /** the session or API token that spoke; `operator` in a process of the system */
  session_id: string | null;
  ip: string | null;
  /** such as user:7 or webhook:<id> */
  target: string | null;
  details: Record<string, unknown | null>;
  /** the hash of the entry before; 64 zeros before the first */
  previous: string;
  /** SHA-256 in hex over the JSON of [seq, at, event, actor_id, session_id, ip, target, details, previous], without spaces */
  hash: string;
}
export interface Invitation {
  id: string;
  /** the one address that it is for; null for whoever has the link */
  email: string | null;
  role: "user" | "moderator" | "admin";
  /** how many accounts it is good for */
  uses: number;
  used: number;
  /** 0 for a server key */
  created_by: number;
  created_at: string;
  expires_at: string;
}
export interface ClientEvents {
  "/chat": {
    /** Joins the room of a conversation: typing, edits and receipts come live. */
    "conversation:join": { params: { conversationId: string }; result: Record<string, never> };
    "conversation:leave": { params: { conversationId: string }; result: Record<string, never> };
    /** One's conversations, newest activity first. */
    "conversation:list": {
      params: {
        limit?: number;
        skip?: number;
        /** the `cursor` of the last entry that one has */
        cursor?: string;
        status?: "pending" | "accepted" | "declined";
        /** top-level keys of `custom` and the text, number or boolean that each must equal */
        custom?: Record<string, unknown>;
        /** its key in the product; the same key is the same conversation */
        external_id?: string;
      };
      result: {
        _id: string;
        type: "private" | "group";
        /** `type` said otherwise, for clients of the NestJS chat backend */
        isGroup: boolean;
        /** of more than 1,000 only the staff and oneself; all are in conversation:members */
        participants: number[];
        name: string | null;
        avatar: string | null;
        admin_id: number | null;
        moderator_ids: number[];
        status: "pending" | "accepted" | "declined";
        /** of a group: what those may read who join it, or return */
        history: "all" | "joined";
        /** public: listed, and joined by oneself */
        visibility: "private" | "public";
        /** who may write: everybody, or the admin and moderators */
        posting: "all" | "staff";
        /** seconds that a member waits between two messages; 0: none */
        slow_mode: number;
        /** seconds that messages are kept here; 0: for ever, null: as in general (MESSAGE_RETENTION) */
        retention: number | null;
        /** closed by the staff of the platform: it is read, and nobody writes in it */
        locked: boolean;
        /** who joins by themselves waits for the staff */
        approval: boolean;
        member_count: number;
        initiator_id: number;
        /** the product's own data; `{}` where there is none */
        custom: Record<string, unknown>;
        /** its key in the product: of an order, a ticket, a document */
        external_id: string | null;
        last_seq: number;
        lastMessage: Message | null;
        /** What one has begun to write in a conversation; on all of one's own devices, and nobody else's. */
        draft: UnsentText | null;
        unreadCount: number;
        last_read_seq: number;
        muted: boolean;
        muted_until: string | null;
        pinned: boolean;
        hidden: boolean;
        created_at: string;
        updated_at: string;
        /** for the page behind this entry */
        cursor: string;
      }[];
    };
    /** One conversation. */
    "conversation:get": { params: { conversationId: string }; result: Conversation };
    /** Starts a conversation; an existing private one of the same pair is returned, and so is the one that was started with the same `clientId`, or of the same `external_id` by one of its members. */
    "conversation:create": {
      params: {
        participantIds: number[];
        /** a blank one is none */
        name?: string;
        type?: "private" | "group";
        avatar?: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        /** of a group: what those may read who join it, or return */
        history?: "all" | "joined";
        /** public: listed, searched, and joined by oneself */
        visibility?: "private" | "public";
        /** who may write: everybody, or the admin and moderators */
        posting?: "all" | "staff";
        /** who joins by themselves waits for the staff */
        approval?: boolean;
        /** the product's own data, at most 4096 bytes as JSON and 100 keys */
        custom?: Record<string, unknown>;
        /** its key in the product; the same key is the same conversation */
        external_id?: string;
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
      };
      result: Conversation;
    };
    /** Ends a conversation for all. */
    "conversation:delete": { params: { conversationId: string }; result: Record<string, never> };
    /** Who is in it, in the order in which they came; with `limit` or in groups of more than 1,000 a page by user id. */
    "conversation:members": {
      params: {
        conversationId: string;
        limit?: number;
        /** the last member that one has */
        after?: number;
      };
      result: Member[];
    };
    /** Public groups, newest first, by the beginnings of words of their names. */
    "conversation:discover": {
      params: {
        query?: string;
        /** top-level keys of `custom` and the text, number or boolean that each must equal */
        custom?: Record<string, unknown>;
        limit?: number;
        /** the last group that one has */
        after?: string;
      };
      result: OpenGroup[];
    };
    /** Joins a public group, or by a link; where the staff approves who comes, asks them. */
    "conversation:enter": {
      params: { conversationId?: string; link?: string };
      result: { status: "member" | "requested"; conversation: Conversation | null };
    };
    /** What group a link leads to. */
    "conversation:open-link": { params: { link: string }; result: OpenGroup };
    /** The links into a group; staff. */
    "conversation:links": { params: { conversationId: string }; result: JoinLink[] };
    /** Makes a link by which people join; staff. */
    "conversation:create-link": {
      params: {
        conversationId: string;
        /** as many as like where left out */
        uses?: number;
        /** seconds; for ever where left out */
        expires_in?: number;
      };
      result: JoinLink;
    };
    /** Nobody comes by this link any more; staff. */
    "conversation:revoke-link": { params: { conversationId: string; linkId: string }; result: Record<string, never> };
    /** Who asks to come in, the first first; staff. */
    "conversation:join-requests": {
      params: { conversationId: string };
      result: { userId: number; username: string; avatar_url: string | null; at: string }[];
    };
    /** Lets in who asked, or does not; staff. */
    "conversation:answer-request": {
      params: { conversationId: string; userId: number; approved: boolean };
      result: Record<string, never>;
    };
    /** The incoming webhooks of a group; staff. */
    "conversation:hooks": { params: { conversationId: string }; result: IncomingHook[] };
    /** Makes an incoming webhook of a group, and a bot of one's own that speaks through it and becomes a member; staff. Its path is told once. */
    "conversation:create-hook": {
      params: {
        conversationId: string;
        /** 2 to 40 characters of any script, in Unicode's form NFC */
        username: string;
        avatar_url?: string | null;
      };
      result: IncomingHook;
    };
    /** Nobody speaks through it any more, and its bot leaves the group; what it said stays. Staff. */
    "conversation:revoke-hook": { params: { conversationId: string; hookId: string }; result: Record<string, never> };
    /** Adds a member to a group. */
    "conversation:add-member": { params: { conversationId: string; userId: number }; result: Conversation };
    /** Removes a member, or oneself. */
    "conversation:remove-member": { params: { conversationId: string; userId: number }; result: Conversation };
    /** Marks it read up to `seq`, which is the last message that the client has seen; all of it where left out. */
    "conversation:mark-read": { params: { conversationId: string; seq?: number }; result: { count: number } };
    /** Accepts a message request. */
    "conversation:accept": { params: { conversationId: string }; result: { conversation: Conversation } };
    /** Declines a message request. */
    "conversation:decline": { params: { conversationId: string }; result: Record<string, never> };
    /** Name, avatar, history, slow mode and `custom` of a group; its admin also says how open it is. */
    "conversation:update": {
      params: {
        conversationId: string;
        name?: string;
        avatar?: string | null;
        /** of a group: what those may read who join it, or return */
        history?: "all" | "joined";
        /** seconds that a member waits between two messages; 0: none */
        slow_mode?: number;
        /** public: listed, searched, and joined by oneself */
        visibility?: "private" | "public";
        /** who may write: everybody, or the admin and moderators */
        posting?: "all" | "staff";
        /** who joins by themselves waits for the staff */
        approval?: boolean;
        /** seconds that messages are kept, no longer than in general; null: as in general. For its admin */
        retention?: number | null;
        /** merged into what is there, key by key; null takes a key away, or all of it */
        custom?: Record<string, unknown> | null;
      };
      result: Conversation;
    };
    /** Changes the `custom` of a member: one's own, or as moderator or admin anyone's. */
    "conversation:update-member": {
      params: {
        conversationId: string;
        /** oneself where left out */
        userId?: number;
        /** merged into what is there, key by key; null takes a key away, or all of it */
        custom?: Record<string, unknown> | null;
      };
      result: {
        userId: number;
        /** the product's own data; `{}` where there is none */
        custom: Record<string, unknown>;
      };
    };
    /** Makes a member a moderator. */
    "conversation:promote-moderator": { params: { conversationId: string; userId: number }; result: Conversation };
    /** Makes a moderator a member. */
    "conversation:demote-moderator": { params: { conversationId: string; userId: number }; result: Conversation };
    /** Hands the group over. */
    "conversation:transfer-admin": { params: { conversationId: string; userId: number }; result: Conversation };
    /** Mutes it for oneself. */
    "conversation:mute": {
      params: { conversationId: string; muted: boolean; muteUntil?: string | null };
      result: Conversation;
    };
    /** Pins it for oneself. */
    "conversation:pin": { params: { conversationId: string; pinned: boolean }; result: Conversation };
    /** Hides it for oneself. */
    "conversation:hide": { params: { conversationId: string; hidden: boolean }; result: Conversation };
    /** Keeps what one has begun to write, for one's other devices; blank is none. The last to write it wins. */
    "conversation:draft": {
      params: {
        conversationId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content: string;
        replyTo?: string | null;
      };
      result: Conversation;
    };
    /** Clears the history for oneself. */
    "conversation:clear": { params: { conversationId: string }; result: Record<string, never> };
    /** Sends a message. Stored when answered. */
    "message:send": {
      params: {
        conversationId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        /** `url` of what was uploaded; more is TOO_LARGE */
        attachments?: string[];
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
        replyTo?: string | null;
        /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
        mentions?: number[];
        /** the product's own data, at most 4096 bytes as JSON and 100 keys */
        custom?: Record<string, unknown>;
        poll?: {
          question: string;
          options: string[];
          /** several may be chosen */
          multiple?: boolean;
          /** nobody is told who chose what */
          anonymous?: boolean;
          closes_at?: string | null;
        };
      };
      result: Message;
    };
    /** Sends a copy of a message one may read into another conversation. */
    "message:forward": {
      params: {
        messageId: string;
        conversationId: string;
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
      };
      result: Message;
    };
    /** Has a message sent at a time, once: with its `clientId`, if it has one. Whether one may send it is asked then, too; what is refused then stays with its reason. At most MAX_SCHEDULED of one user wait: else FULL. */
    "message:schedule": {
      params: {
        conversationId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        /** `url` of what was uploaded; more is TOO_LARGE */
        attachments?: string[];
        replyTo?: string | null;
        /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
        mentions?: number[];
        /** the product's own data, at most 4096 bytes as JSON and 100 keys */
        custom?: Record<string, unknown>;
        /** a moment to come, within a year */
        at: string;
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
      };
      result: ScheduledMessage;
    };
    /** One's messages that wait for their time, and those that were refused; the next first. */
    "message:schedules": { params: { conversationId?: string; limit?: number }; result: ScheduledMessage[] };
    /** Changes one that has not been sent: what is left out stays. CONFLICT while it is being sent. */
    "message:reschedule": {
      params: {
        scheduledId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        /** `url` of what was uploaded; more is TOO_LARGE */
        attachments?: string[];
        /** the product's own data, at most 4096 bytes as JSON and 100 keys */
        custom?: Record<string, unknown>;
        /** a moment to come, within a year */
        at?: string;
      };
      result: ScheduledMessage;
    };
    /** It is not sent. CONFLICT while it is being sent. */
    "message:unschedule": { params: { scheduledId: string }; result: Record<string, never> };
    /** Changes one's own message, its `custom`, and whom it mentions: those whom the new text or `mentions` names. Without `content` the text stays. CONFLICT when `version` is given and stale; the same edit of the same version is done once. */
    "message:edit": {
      params: {
        messageId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        version?: number;
        /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
        mentions?: number[];
        /** merged into what is there, key by key; null takes a key away, or all of it */
        custom?: Record<string, unknown> | null;
      };
      result: Message;
    };
    /** History, newest first; with `after` alone: the ones right after it. */
    "message:list": {
      params: { conversationId: string; limit?: number; before?: number | string; after?: number | string };
      result: Message[];
    };
    /** Full-text search in the caller's conversations, by `custom`, or by both. */
    "message:search": {
      params: {
        query?: string;
        /** top-level keys of `custom` and the text, number or boolean that each must equal */
        custom?: Record<string, unknown>;
        conversationId?: string;
        senderId?: number;
        limit?: number;
        skip?: number;
      };
      result: { messages: Message[]; total: number };
    };
    /** How far a message got with the caller. */
    "message:status:update": {
      params: { messageId: string; status: "delivered" | "read" | "failed" };
      result: Message;
    };
    /** How far a message got with each recipient. */
    "message:status:get": {
      params: { messageId: string };
      result: {
        messageId: string;
        status: "failed" | "sent" | "delivered" | "read";
        delivery_info: Delivery[];
        seen_by: number[];
      };
    };
    /** Unread messages in all and by conversation. */
    "message:unread-count": {
      params: Record<string, never>;
      result: { count: number; byConversation: Record<string, number> };
    };
    /** Deletes a message for all, or with `forMe` for oneself. */
    "message:delete": { params: { messageId: string; forMe?: boolean }; result: Record<string, never> };
    /** Marks one message read. */
    "message:read": { params: { messageId: string }; result: Record<string, never> };
    /** Marks one delivered. */
    "message:delivered": { params: { messageId: string }; result: Record<string, never> };
    /** Marks these read; counts those that were not. */
    "messages:mark-read": { params: { messageIds: string[] }; result: { count: number } };
    /** Adds a reaction. */
    "message:react": {
      params: {
        messageId: string;
        /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
        emoji: string;
      };
      result: Message;
    };
    /** Takes it back. */
    "message:unreact": {
      params: {
        messageId: string;
        /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
        emoji: string;
      };
      result: Message;
    };
    /** Pins a message. */
    "message:pin": { params: { messageId: string }; result: Message };
    /** Unpins it. */
    "message:unpin": { params: { messageId: string }; result: Message };
    /** Pinned messages, newest pin first. */
    "message:pins": { params: { conversationId: string }; result: Message[] };
    /** Votes in a poll, instead of what one chose before; no options take the vote back. CONFLICT once it is closed. */
    "poll:vote": { params: { messageId: string; options: number[] }; result: Message };
    /** What one chose oneself, which an anonymous poll tells nobody else. */
    "poll:own": { params: { messageId: string }; result: { options: number[] } };
    /** Closes a poll: its maker, in a group the moderators and the admin, too. */
    "poll:close": { params: { messageId: string }; result: Message };
    /** Saves a message for oneself; at most 500 of a conversation. */
    "message:save": { params: { messageId: string }; result: { saved_at: string | null } };
    /** Lets go of it. */
    "message:unsave": { params: { messageId: string }; result: { saved_at: string | null } };
    /** The messages that one saved and may still read, the last saved first. What was saved at the moment of a page's last one is on it, beyond `limit`. */
    "message:saves": {
      params: {
        conversationId?: string;
        limit?: number;
        /** `saved_at` of the last one */
        before?: string;
      };
      result: { message: Message; saved_at: string }[];
    };
    /** Replies to one message, oldest first. */
    "message:thread": { params: { messageId: string; limit?: number; after?: number | string }; result: Message[] };
    /** Of the threads below these messages, as the caller may know them: how many replies, the last one, who, what is unread. */
    "message:thread-summary": { params: { messageIds: string[] }; result: ThreadSummary[] };
    /** Follows a thread or does not, whatever one has written there; who began it or replied follows it otherwise. */
    "message:follow": { params: { messageId: string; following: boolean }; result: { following: boolean } };
    /** Earlier versions of an edited message, oldest first; empty once it is deleted. */
    "message:history": {
      params: { messageId: string };
      result: {
        content: string;
        /** the product's own data; `{}` where there is none */
        custom: Record<string, unknown>;
        edited_at: string;
        version: number;
      }[];
    };
    /** Reminds oneself at a time, by a notification of type `reminder`: of a message, by a text, or both. At most MAX_SCHEDULED of one user wait: else FULL. */
    "reminder:create": {
      params: {
        messageId?: string;
        text?: string;
        /** a moment to come, within a year */
        at: string;
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
      };
      result: Reminder;
    };
    /** One's reminders to come, the next first. */
    "reminder:list": { params: { limit?: number }; result: Reminder[] };
    /** Takes a reminder back. */
    "reminder:delete": { params: { reminderId: string }; result: Record<string, never> };
    /** Who is online; only of people one shares an accepted conversation with. */
    "presence:get": {
      params: { userIds: number[] };
      result: { userId: number; online: boolean; lastSeen: string | null }[];
    };
    /** Blocks a user; silent to them. CONFLICT beyond 10,000 of them. */
    "user:block": { params: { userId: number }; result: Record<string, never> };
    /** Lifts a block. */
    "user:unblock": { params: { userId: number }; result: Record<string, never> };
    /** Whom one has blocked. */
    "user:blocked": { params: Record<string, never>; result: { userId: number; created_at: string }[] };
    /** All that changed since the cursors, in order, in pages; and what of one's own waits for its time (`later`), where that is asked for and is not what the tag stands for. */
    sync: {
      params: {
        cursors?: Record<string, number>;
        next?: Record<string, number>;
        since?: string | number;
        limit?: number;
        later?: string;
      };
      result: {
        changes: {
          type: "message" | "conversation" | "left" | "member" | "receipt" | "settings";
          conversationId: string;
          message?: Message;
          conversation?: Conversation;
          /** of a member or receipt: whose */
          userId?: number;
          member?: {
            role: "admin" | "moderator" | "member";
            joined_at: string;
            left_at: string | null;
            /** the product's own data; `{}` where there is none */
            custom: Record<string, unknown>;
          };
          receipt?: { last_read_seq: number; last_read_at: string | null; last_delivered_seq: number };
          settings?: { muted: boolean; pinned: boolean; cleared_seq: number; deleted_seqs: number[]; saved: string[] };
        }[];
        cursors: Record<string, number>;
        next: Record<string, number> | null;
        reset: boolean;
        later?: Plans;
      };
    };
    /** Tells the others that one is typing. */
    typing: { params: { conversationId: string; isTyping: boolean }; result: Record<string, never> };
    /** Tells the members who are there something that is stored nowhere: a cursor, call signalling, a move in a game. At most once, and only now. */
    "event:send": {
      params: {
        conversationId: string;
        name: string;
        data?: unknown | null;
        /** only these members, on all their devices */
        to?: number[];
      };
      result: Record<string, never>;
    };
    "auth:renew": { params: { token: string }; result: Record<string, never> };
  };
  "/notifications": {
    /** One's notifications, newest first; `before` is a time, or the last one's id. Where several have the time of a page's last one, they all are on it, beyond `limit`. With `group` one entry for each conversation: its newest one, with how many it stands for. */
    "notification:list": {
      params: { unreadOnly?: boolean; group?: boolean; limit?: number; before?: string | string };
      result: ListedNotification[];
    };
    /** One of one's own. */
    "notification:get": { params: { notificationId: string }; result: Notification };
    /** Marks one read. */
    "notification:read": { params: { notificationId: string }; result: Notification };
    /** Marks all read. */
    "notification:read-all": { params: Record<string, never>; result: { count: number } };
    /** Deletes one. */
    "notification:delete": { params: { notificationId: string }; result: Record<string, never> };
    /** Reads the preferences, or changes those that are `set`. */
    "notification:preferences": {
      params: {
        set?: {
          types?: { message?: boolean; group_invite?: boolean; system?: boolean };
          dnd?: {
            /** HH:MM */
            from: string;
            /** HH:MM */
            to: string;
            timezone: string;
          } | null;
          conversations?: Record<string, "all" | "mentions" | "none">;
          mail?: { when?: "off" | "soon" | "hourly" | "daily"; language?: "en" | "vi" };
        };
      };
      result: Preferences;
    };
    /** Why the caller got a notification of a message, or why not, by what holds now. */
    "notification:explain": {
      params: { messageId: string };
      result: {
        notification: Notification | null;
        reason:
          | "made"
          | "waiting"
          | "pending"
          | "type_off"
          | "conversation_off"
          | "muted"
          | "mentions_only"
          | "large_group"
          | "own_message"
          | "system_message"
          | "read";
        /** within the do-not-disturb hours: stored and counted, not announced */
        quiet: boolean;
        mail?: {
          state: "none" | "off" | "no_address" | "waiting" | "sent";
          /** when it goes out, or went */
          at: string | null;
        };
      };
    };
    /** Answered by `pong`. */
    "notification:ping": { params: { action: "ping" }; result: { timestamp: string } };
    "auth:renew": { params: { token: string }; result: Record<string, never> };
  };
}
export interface ServerEvents {
  "/chat": {
    "message:created": Message;
    "message:updated": Message;
    "message:deleted": { messageId: string; conversationId: string; seq: number };
    "message:status": {
      messageId: string;
      conversationId: string;
      userId: number;
      status: "failed" | "sent" | "delivered" | "read";
      timestamp: string;
      deliveryInfo: Delivery[];
    };
    "message:reaction": {
      messageId: string;
      conversationId: string;
      userId: number;
      emoji: string;
      added: boolean;
      counts: Record<string, number>;
      /** of the message with it */
      version: number;
    };
    "message:saved": { messageId: string; conversationId: string; saved_at: string | null };
    "message:scheduled": ScheduledMessage;
    "message:unscheduled": {
      scheduledId: string;
      conversationId: string;
      /** of the message that it has become; null where it was taken back */
      messageId: string | null;
    };
    "reminder:created": Reminder;
    "reminder:deleted": { reminderId: string };
    "conversation:created": { conversationId: string; conversation: Conversation };
    "conversation:updated": {
      conversationId: string;
      changes: Record<string, unknown>;
      /** 0: an operator, a server key or the system */
      actorId: number;
    };
    "conversation:deleted": { conversationId: string };
    "conversation:member-added": { conversationId: string; userId: number; actorId: number };
    "conversation:member-removed": { conversationId: string; userId: number; actorId: number };
    "conversation:member-updated": {
      conversationId: string;
      userId: number;
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
      actorId: number;
    };
    "conversation:join-requested": { conversationId: string; userId: number };
    "conversation:join-answered": { conversationId: string; userId: number; approved: boolean };
    "conversation:invited": { conversationId: string; conversation: Conversation };
    "conversation:read": { conversationId: string; userId: number; timestamp: string; seq: number };
    "request:accepted": { conversationId: string; acceptedBy: number };
    "request:declined": { conversationId: string; declinedBy: number };
    event: { conversationId: string; userId: number; name: string; data: unknown };
    typing: { conversationId: string; userId: number; isTyping: boolean };
    presence: { userId: number; online: boolean; lastSeen: string | null };
    error: { code: string; message: string; event?: string; details?: unknown };
  };
  "/notifications": {
    "notification:created": Notification;
    "notification:updated": Notification;
    "notification:read": { notificationId: string; is_read: boolean };
    "notification:deleted": { notificationId: string };
    "notification:count": { count: number };
    pong: { timestamp: string };
    error: { code: string; message: string; event?: string; details?: unknown };
  };
}
export interface Routes {
  /** Makes an account and signs it in. CONFLICT when the e-mail is taken. FORBIDDEN where REGISTRATION is not open; `details.required: invite` where an invitation helps. */
  "POST /auth/register": {
    params: {
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
      email: string;
      /** 8 to 72 bytes in Unicode's form NFC */
      password: string;
      /** the code of an invitation */
      invite?: string;
    };
    result: Tokens;
  };
  /** Who may make an account: for the page that offers it. */
  "GET /registration": {
    params: Record<string, never>;
    result: {
      registration: "open" | "invite" | "closed";
      /** where else one may sign in: `/oidc/<id>` */
      providers: { id: string; name: string }[];
    };
  };
  /** What clients must keep to, as this system is set up. */
  "GET /config": { params: Record<string, never>; result: Limits };
  /** Signs in on a new device. With a second factor and no `code`: FORBIDDEN, `details.required` is `code`. */
  "POST /auth/login": {
    params: {
      email: string;
      password: string;
      /** six digits of the authenticator app, or a recovery code */
      code?: string;
    };
    result: Tokens;
  };
  /** Rotates the pair of tokens; the refresh token that was sent is dead, and used again ends its session. */
  "POST /auth/refresh": { params: { refreshToken: string }; result: Tokens };
  /** Ends this session. */
  "POST /auth/logout": { params: Record<string, never>; result: Record<string, never> };
  /** Ends all of one's sessions, and all API tokens of oneself and one's bots. */
  "POST /auth/logout-all": { params: Record<string, never>; result: Record<string, never> };
  /** Devices signed in, last used first, up to 1,000. */
  "GET /auth/sessions": { params: Record<string, never>; result: Session[] };
  /** Ends one of one's sessions. */
  "DELETE /auth/sessions/:id": { params: { id: string }; result: Record<string, never> };
  /** Sets a new password, ends the other sessions and all API tokens. FORBIDDEN for a wrong current one. */
  "POST /auth/password": {
    params: {
      current: string;
      /** 8 to 72 bytes in Unicode's form NFC */
      next: string;
    };
    result: Record<string, never>;
  };
  /** Mails a link to set a new password; the answer is the same for an unknown e-mail. */
  "POST /auth/password/forgot": { params: { email: string }; result: Record<string, never> };
  /** Sets a new password by a mailed token, once, and ends all sessions and API tokens. */
  "POST /auth/password/reset": {
    params: {
      token: string;
      /** 8 to 72 bytes in Unicode's form NFC */
      next: string;
    };
    result: Record<string, never>;
  };
  /** Mails a link to verify one's e-mail. BAD_REQUEST where the mail server refuses the address. */
  "POST /auth/email/verification": { params: Record<string, never>; result: Record<string, never> };
  /** Verifies an e-mail by a mailed token, once. */
  "POST /auth/email/verify": { params: { token: string }; result: Record<string, never> };
  /** Makes the secret of a second factor; it counts once confirmed. */
  "POST /auth/totp": {
    params: { password: string };
    result: {
      secret: string;
      /** for the QR code of an authenticator app */
      uri: string;
    };
  };
  /** Turns the second factor on. The recovery codes are shown this once. */
  "POST /auth/totp/confirm": {
    params: {
      /** six digits of the authenticator app, or a recovery code */
      code: string;
    };
    result: { recoveryCodes: string[] };
  };
  /** Turns the second factor off. */
  "DELETE /auth/totp": {
    params: {
      password: string;
      /** six digits of the authenticator app, or a recovery code */
      code: string;
    };
    result: Record<string, never>;
  };
  /** API tokens of oneself and one's bots, without their secrets. */
  "GET /auth/tokens": { params: Record<string, never>; result: ApiToken[] };
  /** Makes an API token, for oneself or for one of one's bots. It is shown this once. FORBIDDEN with `details.required: password` where the session is older than ten minutes and no password is sent. */
  "POST /auth/tokens": {
    params: {
      name: string;
      scopes: (
        | "users:read"
        | "users:write"
        | "chat:read"
        | "chat:write"
        | "notifications:read"
        | "notifications:write"
        | "uploads:read"
        | "uploads:write"
      )[];
      /** the bot that speaks with it; oneself where left out */
      bot?: number;
      /** 90 where left out */
      expiresInDays?: number;
      password?: string;
    };
    result: { token: string; api_token: ApiToken };
  };
  /** Voids an API token at once. */
  "DELETE /auth/tokens/:id": { params: { id: string }; result: Record<string, never> };
  /** All accounts, newest first. */
  "GET /users": {
    params:
      | {
          limit?: number;
          /** the `cursor` of the last entry that one has */
          cursor?: string;
          /** those whose name has these beginnings of words, or whose address begins so */
          q?: string;
          status?: "active" | "deactivated" | "banned" | "deleted";
          /** those with this address alone */
          email?: string;
          /** those with one of these alone */
          external_ids?: string[];
        }
      | { ids: number[] };
    result:
      | {
          user_id: number;
          username: string;
          avatar_url: string | null;
          status: "active" | "deactivated" | "banned" | "deleted";
          /** the product's own data; `{}` where there is none */
          custom: Record<string, unknown>;
          created_at: string;
          /** empty where there is none */
          email: string;
          roles: ("user" | "moderator" | "admin")[];
          email_verified: boolean;
          /** its key in the system that it comes from */
          external_id: string | null;
          two_factor: boolean;
          /** whose groups open at once; others' are requests that one accepts or declines */
          group_invites: "everyone" | "acquaintances";
          updated_at: string;
          cursor: string;
        }[]
      | PublicUser[];
  };
  /** Public profiles of many at once, in the order asked for; unknown ids are left out. */
  "POST /users/batch": { params: { ids: number[] }; result: PublicUser[] };
  /** One's own account. */
  "GET /users/me": { params: Record<string, never>; result: User };
  /** Whom one has blocked. */
  "GET /users/me/blocks": { params: Record<string, never>; result: { userId: number; created_at: string }[] };
  /** Blocks a user; silent to them. CONFLICT beyond 10,000 of them. */
  "PUT /users/me/blocks/:userId": { params: { userId: number }; result: Record<string, never> };
  /** Lifts a block. */
  "DELETE /users/me/blocks/:userId": { params: { userId: number }; result: Record<string, never> };
  /** One's bots. */
  "GET /users/me/bots": { params: Record<string, never>; result: PublicUser[] };
  /** Makes a user without e-mail and password, who speaks through API tokens only. */
  "POST /users/me/bots": {
    params: {
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
    };
    result: PublicUser;
  };
  /** What the accounts keep about the caller. */
  "GET /users/me/export": {
    params: Record<string, never>;
    result: {
      user: User;
      sessions: Session[];
      blocked: { userId: number; created_at: string }[];
      api_tokens: ApiToken[];
      bots: PublicUser[];
    };
  };
  /** By the beginnings of words of the name, without regard to case and accents. */
  "GET /users/search": {
    params: {
      q: string;
      limit?: number;
      /** the `cursor` of the last entry that one has */
      cursor?: string;
    };
    result: {
      user_id: number;
      username: string;
      avatar_url: string | null;
      status: "active" | "deactivated" | "banned" | "deleted";
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
      created_at: string;
      cursor: string;
    }[];
  };
  /** Anyone's public profile. */
  "GET /users/:id": { params: { id: number }; result: PublicUser };
  /** Name, avatar, `custom`, and who may add one to groups; one's own, or anyone's for an admin. */
  "PATCH /users/me": {
    params: {
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username?: string;
      avatar_url?: string | null;
      /** whose groups open at once; others' are requests that one accepts or declines */
      group_invites?: "everyone" | "acquaintances";
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Name, avatar, `custom`, and who may add one to groups; one's own, or anyone's for an admin. */
  "PUT /users/me": {
    params: {
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username?: string;
      avatar_url?: string | null;
      /** whose groups open at once; others' are requests that one accepts or declines */
      group_invites?: "everyone" | "acquaintances";
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Name, avatar, `custom`, and who may add one to groups; one's own, or anyone's for an admin. */
  "PATCH /users/:id": {
    params: {
      /** oneself where left out */
      id?: number;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username?: string;
      avatar_url?: string | null;
      /** whose groups open at once; others' are requests that one accepts or declines */
      group_invites?: "everyone" | "acquaintances";
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Name, avatar, `custom`, and who may add one to groups; one's own, or anyone's for an admin. */
  "PUT /users/:id": {
    params: {
      /** oneself where left out */
      id?: number;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username?: string;
      avatar_url?: string | null;
      /** whose groups open at once; others' are requests that one accepts or declines */
      group_invites?: "everyone" | "acquaintances";
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Erases the profile and ends the sessions; messages stay under a deleted user. Oneself, one's bot, or an admin. With `erase` what they wrote goes, too (see ACCOUNT_ERASURE). */
  "DELETE /users/:id": { params: { id: number; erase?: boolean }; result: Record<string, never> };
  /** Gives a role, at once. */
  "POST /users/:id/roles": { params: { id: number; role: "user" | "moderator" | "admin" }; result: User };
  /** Takes a role, at once. CONFLICT for the last admin. */
  "DELETE /users/:id/roles/:role": { params: { id: number; role: "user" | "moderator" | "admin" }; result: User };
  /** Shuts an account out and ends its sessions; with `until` it opens again by itself. */
  "POST /users/:id/ban": { params: { id: number; until?: string }; result: User };
  /** Lets a banned account in again. */
  "DELETE /users/:id/ban": { params: { id: number }; result: User };
  /** Deletes a file, for all, at once. The uploader or an admin only. */
  "DELETE /upload": { params: { fileUrl: string }; result: Record<string, never> };
  /** A URL of a file one may read, that opens without a token for a while: for <img>, <video> and downloads. */
  "POST /files/:id/link": {
    params: { id: string; variant?: "thumbnail" | "preview" };
    result: { url: string; expires_at: string };
  };
  /** One's conversations, newest activity first. */
  "GET /conversations": {
    params: {
      limit?: number;
      skip?: number;
      /** the `cursor` of the last entry that one has */
      cursor?: string;
      status?: "pending" | "accepted" | "declined";
      /** top-level keys of `custom` and the text, number or boolean that each must equal */
      custom?: Record<string, unknown>;
      /** its key in the product; the same key is the same conversation */
      external_id?: string;
    };
    result: {
      _id: string;
      type: "private" | "group";
      /** `type` said otherwise, for clients of the NestJS chat backend */
      isGroup: boolean;
      /** of more than 1,000 only the staff and oneself; all are in conversation:members */
      participants: number[];
      name: string | null;
      avatar: string | null;
      admin_id: number | null;
      moderator_ids: number[];
      status: "pending" | "accepted" | "declined";
      /** of a group: what those may read who join it, or return */
      history: "all" | "joined";
      /** public: listed, and joined by oneself */
      visibility: "private" | "public";
      /** who may write: everybody, or the admin and moderators */
      posting: "all" | "staff";
      /** seconds that a member waits between two messages; 0: none */
      slow_mode: number;
      /** seconds that messages are kept here; 0: for ever, null: as in general (MESSAGE_RETENTION) */
      retention: number | null;
      /** closed by the staff of the platform: it is read, and nobody writes in it */
      locked: boolean;
      /** who joins by themselves waits for the staff */
      approval: boolean;
      member_count: number;
      initiator_id: number;
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
      /** its key in the product: of an order, a ticket, a document */
      external_id: string | null;
      last_seq: number;
      lastMessage: Message | null;
      /** What one has begun to write in a conversation; on all of one's own devices, and nobody else's. */
      draft: UnsentText | null;
      unreadCount: number;
      last_read_seq: number;
      muted: boolean;
      muted_until: string | null;
      pinned: boolean;
      hidden: boolean;
      created_at: string;
      updated_at: string;
      /** for the page behind this entry */
      cursor: string;
    }[];
  };
  /** Starts a conversation; an existing private one of the same pair is returned, and so is the one that was started with the same `clientId`, or of the same `external_id` by one of its members. */
  "POST /conversations": {
    params: {
      participantIds: number[];
      /** a blank one is none */
      name?: string;
      type?: "private" | "group";
      avatar?: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      /** of a group: what those may read who join it, or return */
      history?: "all" | "joined";
      /** public: listed, searched, and joined by oneself */
      visibility?: "private" | "public";
      /** who may write: everybody, or the admin and moderators */
      posting?: "all" | "staff";
      /** who joins by themselves waits for the staff */
      approval?: boolean;
      /** the product's own data, at most 4096 bytes as JSON and 100 keys */
      custom?: Record<string, unknown>;
      /** its key in the product; the same key is the same conversation */
      external_id?: string;
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
    };
    result: Conversation;
  };
  /** Unread messages in all and by conversation. */
  "GET /conversations/unread": {
    params: Record<string, never>;
    result: { count: number; byConversation: Record<string, number> };
  };
  /** Public groups, newest first, by the beginnings of words of their names. */
  "GET /conversations/public": {
    params: {
      query?: string;
      /** top-level keys of `custom` and the text, number or boolean that each must equal */
      custom?: Record<string, unknown>;
      limit?: number;
      /** the last group that one has */
      after?: string;
    };
    result: OpenGroup[];
  };
  /** Joins a public group, or by a link; where the staff approves who comes, asks them. */
  "POST /conversations/enter": {
    params: { conversationId?: string; link?: string };
    result: { status: "member" | "requested"; conversation: Conversation | null };
  };
  /** What group a link leads to. */
  "GET /conversations/links/:link": { params: { link: string }; result: OpenGroup };
  /** One conversation. */
  "GET /conversations/:conversationId": { params: { conversationId: string }; result: Conversation };
  /** Joins a public group, or by a link; where the staff approves who comes, asks them. */
  "POST /conversations/:conversationId/enter": {
    params: { conversationId?: string };
    result: { status: "member" | "requested"; conversation: Conversation | null };
  };
  /** The links into a group; staff. */
  "GET /conversations/:conversationId/links": { params: { conversationId: string }; result: JoinLink[] };
  /** Makes a link by which people join; staff. */
  "POST /conversations/:conversationId/links": {
    params: {
      conversationId: string;
      /** as many as like where left out */
      uses?: number;
      /** seconds; for ever where left out */
      expires_in?: number;
    };
    result: JoinLink;
  };
  /** Nobody comes by this link any more; staff. */
  "DELETE /conversations/:conversationId/links/:linkId": {
    params: { conversationId: string; linkId: string };
    result: Record<string, never>;
  };
  /** The incoming webhooks of a group; staff. */
  "GET /conversations/:conversationId/hooks": { params: { conversationId: string }; result: IncomingHook[] };
  /** Makes an incoming webhook of a group, and a bot of one's own that speaks through it and becomes a member; staff. Its path is told once. */
  "POST /conversations/:conversationId/hooks": {
    params: {
      conversationId: string;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
      avatar_url?: string | null;
    };
    result: IncomingHook;
  };
  /** Nobody speaks through it any more, and its bot leaves the group; what it said stays. Staff. */
  "DELETE /conversations/:conversationId/hooks/:hookId": {
    params: { conversationId: string; hookId: string };
    result: Record<string, never>;
  };
  /** Says something through an incoming webhook: `content` in our words, or `text`, `blocks` and `attachments` in Slack's, which are reduced to text. 30 at once, one a second: RATE_LIMITED. NOTFOUND once it is revoked. With an Idempotency-Key the same delivery is one message. */
  "POST /hooks/:hookId/:secret": {
    params: {
      hookId: string;
      secret: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
      mentions?: number[];
      replyTo?: string | null;
      /** the product's own data, at most 4096 bytes as JSON and 100 keys */
      custom?: Record<string, unknown>;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      text?: string | null;
      blocks?: unknown[] | null;
      attachments?: unknown[] | null;
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
    };
    result: { messageId: string; seq: number };
  };
  /** Who asks to come in, the first first; staff. */
  "GET /conversations/:conversationId/requests": {
    params: { conversationId: string };
    result: { userId: number; username: string; avatar_url: string | null; at: string }[];
  };
  /** Lets in who asked, or does not; staff. */
  "PUT /conversations/:conversationId/requests/:userId": {
    params: { conversationId: string; userId: number; approved: boolean };
    result: Record<string, never>;
  };
  /** Name, avatar, history, slow mode and `custom` of a group; its admin also says how open it is. */
  "PATCH /conversations/:conversationId": {
    params: {
      conversationId: string;
      name?: string;
      avatar?: string | null;
      /** of a group: what those may read who join it, or return */
      history?: "all" | "joined";
      /** seconds that a member waits between two messages; 0: none */
      slow_mode?: number;
      /** public: listed, searched, and joined by oneself */
      visibility?: "private" | "public";
      /** who may write: everybody, or the admin and moderators */
      posting?: "all" | "staff";
      /** who joins by themselves waits for the staff */
      approval?: boolean;
      /** seconds that messages are kept, no longer than in general; null: as in general. For its admin */
      retention?: number | null;
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: Conversation;
  };
  /** Ends a conversation for all. */
  "DELETE /conversations/:conversationId": { params: { conversationId: string }; result: Record<string, never> };
  /** Who is in it, in the order in which they came; with `limit` or in groups of more than 1,000 a page by user id. */
  "GET /conversations/:conversationId/members": {
    params: {
      conversationId: string;
      limit?: number;
      /** the last member that one has */
      after?: number;
    };
    result: Member[];
  };
  /** Adds a member to a group. */
  "POST /conversations/:conversationId/members": {
    params: { conversationId: string; userId: number };
    result: Conversation;
  };
  /** Removes a member, or oneself. */
  "DELETE /conversations/:conversationId/members/:userId": {
    params: { conversationId: string; userId: number };
    result: Conversation;
  };
  /** Changes the `custom` of a member: one's own, or as moderator or admin anyone's. */
  "PATCH /conversations/:conversationId/members/:userId": {
    params: {
      conversationId: string;
      /** oneself where left out */
      userId?: number;
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: {
      userId: number;
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
    };
  };
  /** Makes a guest of a group, who has no part in anything else and none at all after that time. The caller must be let to add members; for admins, and server keys on behalf of a user. */
  "POST /conversations/:conversationId/guests": {
    params: {
      conversationId: string;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
      expiresInHours?: number;
    };
    result: Tokens;
  };
  /** Makes a member a moderator. */
  "POST /conversations/:conversationId/moderators": {
    params: { conversationId: string; userId: number };
    result: Conversation;
  };
  /** Makes a moderator a member. */
  "DELETE /conversations/:conversationId/moderators/:userId": {
    params: { conversationId: string; userId: number };
    result: Conversation;
  };
  /** Hands the group over. */
  "POST /conversations/:conversationId/admin": {
    params: { conversationId: string; userId: number };
    result: Conversation;
  };
  /** Accepts a message request. */
  "POST /conversations/:conversationId/accept": {
    params: { conversationId: string };
    result: { conversation: Conversation };
  };
  /** Declines a message request. */
  "POST /conversations/:conversationId/decline": { params: { conversationId: string }; result: Record<string, never> };
  /** Mutes it for oneself. */
  "PUT /conversations/:conversationId/mute": {
    params: { conversationId: string; muted: boolean; muteUntil?: string | null };
    result: Conversation;
  };
  /** Pins it for oneself. */
  "PUT /conversations/:conversationId/pin": {
    params: { conversationId: string; pinned: boolean };
    result: Conversation;
  };
  /** Hides it for oneself. */
  "PUT /conversations/:conversationId/hide": {
    params: { conversationId: string; hidden: boolean };
    result: Conversation;
  };
  /** Keeps what one has begun to write, for one's other devices; blank is none. The last to write it wins. */
  "PUT /conversations/:conversationId/draft": {
    params: {
      conversationId: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content: string;
      replyTo?: string | null;
    };
    result: Conversation;
  };
  /** Clears the history for oneself. */
  "POST /conversations/:conversationId/clear": { params: { conversationId: string }; result: Record<string, never> };
  /** Tells the members who are there something that is stored nowhere: a cursor, call signalling, a move in a game. At most once, and only now. */
  "POST /conversations/:conversationId/events": {
    params: {
      conversationId: string;
      name: string;
      data?: unknown | null;
      /** only these members, on all their devices */
      to?: number[];
    };
    result: Record<string, never>;
  };
  /** Marks it read up to `seq`, which is the last message that the client has seen; all of it where left out. */
  "POST /conversations/:conversationId/read": {
    params: { conversationId: string; seq?: number };
    result: { count: number };
  };
  /** Pinned messages, newest pin first. */
  "GET /conversations/:conversationId/pins": { params: { conversationId: string }; result: Message[] };
  /** History, newest first; with `after` alone: the ones right after it. */
  "GET /conversations/:conversationId/messages": {
    params: { conversationId: string; limit?: number; before?: number | string; after?: number | string };
    result: Message[];
  };
  /** Sends a message. Stored when answered. */
  "POST /conversations/:conversationId/messages": {
    params: {
      conversationId: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      /** `url` of what was uploaded; more is TOO_LARGE */
      attachments?: string[];
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
      replyTo?: string | null;
      /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
      mentions?: number[];
      /** the product's own data, at most 4096 bytes as JSON and 100 keys */
      custom?: Record<string, unknown>;
      poll?: {
        question: string;
        options: string[];
        /** several may be chosen */
        multiple?: boolean;
        /** nobody is told who chose what */
        anonymous?: boolean;
        closes_at?: string | null;
      };
    };
    result: Message;
  };
  /** Has a message sent at a time, once: with its `clientId`, if it has one. Whether one may send it is asked then, too; what is refused then stays with its reason. At most MAX_SCHEDULED of one user wait: else FULL. */
  "POST /conversations/:conversationId/scheduled": {
    params: {
      conversationId: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      /** `url` of what was uploaded; more is TOO_LARGE */
      attachments?: string[];
      replyTo?: string | null;
      /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
      mentions?: number[];
      /** the product's own data, at most 4096 bytes as JSON and 100 keys */
      custom?: Record<string, unknown>;
      /** a moment to come, within a year */
      at: string;
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
    };
    result: ScheduledMessage;
  };
  /** One's messages that wait for their time, and those that were refused; the next first. */
  "GET /scheduled": { params: { conversationId?: string; limit?: number }; result: ScheduledMessage[] };
  /** Changes one that has not been sent: what is left out stays. CONFLICT while it is being sent. */
  "PATCH /scheduled/:scheduledId": {
    params: {
      scheduledId: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      /** `url` of what was uploaded; more is TOO_LARGE */
      attachments?: string[];
      /** the product's own data, at most 4096 bytes as JSON and 100 keys */
      custom?: Record<string, unknown>;
      /** a moment to come, within a year */
      at?: string;
    };
    result: ScheduledMessage;
  };
  /** It is not sent. CONFLICT while it is being sent. */
  "DELETE /scheduled/:scheduledId": { params: { scheduledId: string }; result: Record<string, never> };
  /** Reminds oneself at a time, by a notification of type `reminder`: of a message, by a text, or both. At most MAX_SCHEDULED of one user wait: else FULL. */
  "POST /reminders": {
    params: {
      messageId?: string;
      text?: string;
      /** a moment to come, within a year */
      at: string;
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
    };
    result: Reminder;
  };
  /** One's reminders to come, the next first. */
  "GET /reminders": { params: { limit?: number }; result: Reminder[] };
  /** Takes a reminder back. */
  "DELETE /reminders/:reminderId": { params: { reminderId: string }; result: Record<string, never> };
  /** Full-text search in the caller's conversations, by `custom`, or by both. */
  "GET /messages/search": {
    params: {
      query?: string;
      /** top-level keys of `custom` and the text, number or boolean that each must equal */
      custom?: Record<string, unknown>;
      conversationId?: string;
      senderId?: number;
      limit?: number;
      skip?: number;
    };
    result: { messages: Message[]; total: number };
  };
  /** The messages that one saved and may still read, the last saved first. What was saved at the moment of a page's last one is on it, beyond `limit`. */
  "GET /messages/saved": {
    params: {
      conversationId?: string;
      limit?: number;
      /** `saved_at` of the last one */
      before?: string;
    };
    result: { message: Message; saved_at: string }[];
  };
  /** Votes in a poll, instead of what one chose before; no options take the vote back. CONFLICT once it is closed. */
  "PUT /messages/:messageId/vote": { params: { messageId: string; options: number[] }; result: Message };
  /** What one chose oneself, which an anonymous poll tells nobody else. */
  "GET /messages/:messageId/vote": { params: { messageId: string }; result: { options: number[] } };
  /** Closes a poll: its maker, in a group the moderators and the admin, too. */
  "POST /messages/:messageId/close-poll": { params: { messageId: string }; result: Message };
  /** Saves a message for oneself; at most 500 of a conversation. */
  "PUT /messages/:messageId/save": { params: { messageId: string }; result: { saved_at: string | null } };
  /** Lets go of it. */
  "DELETE /messages/:messageId/save": { params: { messageId: string }; result: { saved_at: string | null } };
  /** Marks these read; counts those that were not. */
  "POST /messages/read": { params: { messageIds: string[] }; result: { count: number } };
  /** One message. */
  "GET /messages/:messageId": { params: { messageId: string }; result: Message };
  /** Changes one's own message, its `custom`, and whom it mentions: those whom the new text or `mentions` names. Without `content` the text stays. CONFLICT when `version` is given and stale; the same edit of the same version is done once. */
  "PATCH /messages/:messageId": {
    params: {
      messageId: string;
      /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
      content?: string;
      version?: number;
      /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
      mentions?: number[];
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: Message;
  };
  /** Deletes a message for all, or with `forMe` for oneself. */
  "DELETE /messages/:messageId": { params: { messageId: string; forMe?: boolean }; result: Record<string, never> };
  /** How far a message got with each recipient. */
  "GET /messages/:messageId/status": {
    params: { messageId: string };
    result: {
      messageId: string;
      status: "failed" | "sent" | "delivered" | "read";
      delivery_info: Delivery[];
      seen_by: number[];
    };
  };
  /** How far a message got with the caller. */
  "PUT /messages/:messageId/status": {
    params: { messageId: string; status: "delivered" | "read" | "failed" };
    result: Message;
  };
  /** Replies to one message, oldest first. */
  "GET /messages/:messageId/thread": {
    params: { messageId: string; limit?: number; after?: number | string };
    result: Message[];
  };
  /** Of the threads below these messages, as the caller may know them: how many replies, the last one, who, what is unread. */
  "POST /messages/threads": { params: { messageIds: string[] }; result: ThreadSummary[] };
  /** Follows a thread or does not, whatever one has written there; who began it or replied follows it otherwise. */
  "PUT /messages/:messageId/thread/follow": {
    params: { messageId: string; following: boolean };
    result: { following: boolean };
  };
  /** Earlier versions of an edited message, oldest first; empty once it is deleted. */
  "GET /messages/:messageId/history": {
    params: { messageId: string };
    result: {
      content: string;
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
      edited_at: string;
      version: number;
    }[];
  };
  /** Sends a copy of a message one may read into another conversation. */
  "POST /messages/:messageId/forward": {
    params: {
      messageId: string;
      conversationId: string;
      /** the caller's own key of this message or conversation: the same key is the same one */
      clientId?: string;
    };
    result: Message;
  };
  /** Adds a reaction. */
  "POST /messages/:messageId/reactions": {
    params: {
      messageId: string;
      /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
      emoji: string;
    };
    result: Message;
  };
  /** Takes it back. */
  "DELETE /messages/:messageId/reactions/:emoji": {
    params: {
      messageId: string;
      /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
      emoji: string;
    };
    result: Message;
  };
  /** Pins a message. */
  "PUT /messages/:messageId/pin": { params: { messageId: string }; result: Message };
  /** Unpins it. */
  "DELETE /messages/:messageId/pin": { params: { messageId: string }; result: Message };
  /** All that changed since the cursors, in order, in pages; and what of one's own waits for its time (`later`), where that is asked for and is not what the tag stands for. */
  "POST /sync": {
    params: {
      cursors?: Record<string, number>;
      next?: Record<string, number>;
      since?: string | number;
      limit?: number;
      later?: string;
    };
    result: {
      changes: {
        type: "message" | "conversation" | "left" | "member" | "receipt" | "settings";
        conversationId: string;
        message?: Message;
        conversation?: Conversation;
        /** of a member or receipt: whose */
        userId?: number;
        member?: {
          role: "admin" | "moderator" | "member";
          joined_at: string;
          left_at: string | null;
          /** the product's own data; `{}` where there is none */
          custom: Record<string, unknown>;
        };
        receipt?: { last_read_seq: number; last_read_at: string | null; last_delivered_seq: number };
        settings?: { muted: boolean; pinned: boolean; cleared_seq: number; deleted_seqs: number[]; saved: string[] };
      }[];
      cursors: Record<string, number>;
      next: Record<string, number> | null;
      reset: boolean;
      later?: Plans;
    };
  };
  /** Who is online; only of people one shares an accepted conversation with. */
  "POST /presence": {
    params: { userIds: number[] };
    result: { userId: number; online: boolean; lastSeen: string | null }[];
  };
  /** One's notifications, newest first; `before` is a time, or the last one's id. Where several have the time of a page's last one, they all are on it, beyond `limit`. With `group` one entry for each conversation: its newest one, with how many it stands for. */
  "GET /notifications": {
    params: { unreadOnly?: boolean; group?: boolean; limit?: number; before?: string | string };
    result: ListedNotification[];
  };
  /** The badge. */
  "GET /notifications/unread/count": { params: Record<string, never>; result: { count: number } };
  /** Reads the preferences, or changes those that are `set`. */
  "GET /notifications/preferences": { params: Record<string, never>; result: Preferences };
  /** No more mails of what is unread, by the token of one (RFC 8058); its body is not looked at. */
  "POST /mail/unsubscribe/:token": { params: { token: string }; result: Record<string, never> };
  /** Reads the preferences, or changes those that are `set`. */
  "PUT /notifications/preferences": {
    params: {
      types?: { message?: boolean; group_invite?: boolean; system?: boolean };
      dnd?: {
        /** HH:MM */
        from: string;
        /** HH:MM */
        to: string;
        timezone: string;
      } | null;
      conversations?: Record<string, "all" | "mentions" | "none">;
      mail?: { when?: "off" | "soon" | "hourly" | "daily"; language?: "en" | "vi" };
    };
    result: Preferences;
  };
  /** A word to every user there is now; goes out as `system.broadcast`. */
  "POST /notifications/broadcast": {
    params: { title: string; content: string };
    result: { broadcastId: string; at: string };
  };
  /** Why the caller got a notification of a message, or why not, by what holds now. */
  "GET /notifications/explain/:messageId": {
    params: { messageId: string };
    result: {
      notification: Notification | null;
      reason:
        | "made"
        | "waiting"
        | "pending"
        | "type_off"
        | "conversation_off"
        | "muted"
        | "mentions_only"
        | "large_group"
        | "own_message"
        | "system_message"
        | "read";
      /** within the do-not-disturb hours: stored and counted, not announced */
      quiet: boolean;
      mail?: {
        state: "none" | "off" | "no_address" | "waiting" | "sent";
        /** when it goes out, or went */
        at: string | null;
      };
    };
  };
  /** The key that a browser subscribes to Web Push with; null where pushes are off. */
  "GET /notifications/push/key": { params: Record<string, never>; result: { publicKey: string | null } };
  /** Pushes to this browser from now on; the fields of a PushSubscription. */
  "POST /notifications/push/subscriptions": {
    params: {
      endpoint: string;
      keys: {
        /** 65 bytes in base64url */
        p256dh: string;
        /** 16 bytes in base64url */
        auth: string;
      };
    };
    result: Record<string, never>;
  };
  /** No more pushes to it. */
  "DELETE /notifications/push/subscriptions": { params: { endpoint: string }; result: Record<string, never> };
  /** Which push services are set up here: Web Push for browsers, FCM and APNs for apps. */
  "GET /notifications/push/services": {
    params: Record<string, never>;
    result: { web: boolean; fcm: boolean; apns: boolean };
  };
  /** Pushes to this app from now on, until its session ends; by the token that its platform gave it. */
  "POST /notifications/push/devices": {
    params: {
      service: "fcm" | "apns";
      /** of FCM, or of APNs in hex */
      token: string;
    };
    result: Record<string, never>;
  };
  /** No more pushes to it. */
  "DELETE /notifications/push/devices": {
    params: {
      service: "fcm" | "apns";
      /** of FCM, or of APNs in hex */
      token: string;
    };
    result: Record<string, never>;
  };
  /** The webhooks there are. */
  "GET /admin/webhooks": { params: Record<string, never>; result: Webhook[] };
  /** Events from now on go to this address, each with a stable id, in order, until it takes them. */
  "POST /admin/webhooks": {
    params: {
      url: string;
      facts: (
        | "message.created"
        | "message.updated"
        | "message.deleted"
        | "message.reacted"
        | "message.pinned"
        | "message.read"
        | "conversation.created"
        | "conversation.updated"
        | "conversation.deleted"
        | "member.added"
        | "member.removed"
        | "member.updated"
        | "member.role"
        | "group_invite.created"
        | "system.broadcast"
        | "user.created"
        | "user.updated"
        | "user.role"
        | "user.deactivated"
        | "user.reactivated"
        | "user.deleted"
        | "session.started"
        | "session.ended"
        | "token.created"
        | "token.revoked"
        | "upload.stored"
        | "upload.removed"
        | "moderation.reported"
        | "moderation.decided"
        | "moderation.warned"
        | "moderation.muted"
        | "moderation.unmuted"
        | "moderation.banned"
        | "moderation.unbanned"
        | "moderation.locked"
      )[];
    };
    result: Webhook;
  };
  /** No more requests to it. */
  "DELETE /admin/webhooks/:webhookId": { params: { webhookId: string }; result: Record<string, never> };
  /** Sends again all that came after this position: from the oldest that is kept by 0; NOTFOUND where what follows the position is not kept any more, BAD_REQUEST where the log does not reach so far. */
  "POST /admin/webhooks/:webhookId/replay": { params: { webhookId: string; position: number }; result: Webhook };
  /** Events that it did not take, newest first; replay from the position before one sends it again. */
  "GET /admin/webhooks/:webhookId/failures": {
    params: { webhookId: string; limit?: number };
    result: { position: number; eventId: string; error: string; created_at: string }[];
  };
  /** What happened after a position, oldest first; `from=0` begins with the oldest that is kept. NOTFOUND where what follows the position is not kept any more, BAD_REQUEST where the log does not reach so far. Every page is told of in the audit log; the stream once. */
  "GET /admin/facts": {
    params: {
      from?: number;
      limit?: number;
      types?: (
        | "message.created"
        | "message.updated"
        | "message.deleted"
        | "message.reacted"
        | "message.pinned"
        | "message.read"
        | "conversation.created"
        | "conversation.updated"
        | "conversation.deleted"
        | "member.added"
        | "member.removed"
        | "member.updated"
        | "member.role"
        | "group_invite.created"
        | "system.broadcast"
        | "user.created"
        | "user.updated"
        | "user.role"
        | "user.deactivated"
        | "user.reactivated"
        | "user.deleted"
        | "session.started"
        | "session.ended"
        | "token.created"
        | "token.revoked"
        | "upload.stored"
        | "upload.removed"
        | "moderation.reported"
        | "moderation.decided"
        | "moderation.warned"
        | "moderation.muted"
        | "moderation.unmuted"
        | "moderation.banned"
        | "moderation.unbanned"
        | "moderation.locked"
      )[];
    };
    result: FactPage;
  };
  /** What happened to a message, without its words: when it was stored, edited, deleted, whether it is out, and page by page of its recipients who has a notification of it, or why not, who has read it, and which pushes wait. What was sent or given up leaves no push behind. The first page is told of in the audit log. */
  "GET /admin/messages/:messageId/trace": {
    params: {
      messageId: string;
      /** members with a higher id: `next` of the page before */
      after?: number;
      limit?: number;
    };
    result: MessageTrace;
  };
  /** Facts that a consumer on this node could not digest. */
  "GET /admin/dead-letters": { params: { limit?: number }; result: DeadLetter[] };
  /** Hands dead letters back to their consumers; all of them, oldest first, where no ids are given. */
  "POST /admin/dead-letters/replay": { params: { limit?: number; ids?: string[] }; result: { count: number } };
  /** Marks all read. */
  "POST /notifications/read-all": { params: Record<string, never>; result: { count: number } };
  /** One of one's own. */
  "GET /notifications/:notificationId": { params: { notificationId: string }; result: Notification };
  /** Marks one read. */
  "POST /notifications/:notificationId/read": { params: { notificationId: string }; result: Notification };
  /** Deletes one. */
  "DELETE /notifications/:notificationId": { params: { notificationId: string }; result: Record<string, never> };
  /** All nodes at a glance: actors, mailboxes, outbox, sockets; and on which node a conversation lives. */
  "GET /admin/overview": {
    params: { conversationId?: string };
    result: {
      chat: {
        node: string;
        /** conversations awake */
        actors: number;
        /** commands in their mailboxes */
        waiting: number;
        /** facts that wait for the bus */
        outbox: number;
        busiest: { conversationId: string; waiting: number; idleMs: number }[];
      }[];
      api: { node: string; sockets: Record<string, number>; users: number }[];
      livesOn: string | null;
    };
  };
  /** The variables of the node that answers: which are set, to what, and what holds where not. Of addresses the host alone, of secrets nothing; of a tenant's those that are its own to know. */
  "GET /admin/settings": { params: Record<string, never>; result: { node: string; settings: Setting[] } };
  /** Tells the staff of something that one sees. What it is and what stands around it is kept as it is now. To report the same again while it is open changes what was said of it. RATE_LIMITED at 20 in an hour. */
  "POST /reports": {
    params: {
      kind: "message" | "user" | "conversation" | "upload";
      id: string;
      reason:
        "spam" | "harassment" | "hate" | "violence" | "sexual" | "self_harm" | "illegal" | "impersonation" | "other";
      text?: string;
    };
    result: { reportId: string };
  };
  /** What was reported, newest first. */
  "GET /admin/reports": {
    params: {
      state?: "open" | "assigned" | "resolved" | "dismissed";
      kind?: "message" | "user" | "conversation" | "upload";
      assignee?: number;
      /** those of one person */
      about?: number;
      limit?: number;
      before?: string;
    };
    result: Report[];
  };
  /** One report with what was to be seen then; that is kept for 90 days after it was handled. */
  "GET /admin/reports/:id": { params: { id: string }; result: ReportWithEvidence };
  /** Gives a report to a member of the staff, or back to all. CONFLICT once it is handled. */
  "POST /admin/reports/:id/assignment": {
    params: {
      id: string;
      /** of the report as the caller knows it; CONFLICT where it has changed */
      version: number;
      assignee: number | null;
    };
    result: Report;
  };
  /** Does something about a report, or `none`. The reporter is told that it was handled, the person what was done and `told`. Moderators act on members alone, and don't ban. */
  "POST /admin/reports/:id/resolution": {
    params: {
      id: string;
      /** of the report as the caller knows it; CONFLICT where it has changed */
      version: number;
      /** remove: the message, the file, or the group for all; warn, mute, ban: the person; lock: the conversation */
      deed: "none" | "remove" | "warn" | "mute" | "ban" | "lock";
      /** when it ends by itself */
      until?: string;
      note?: string;
      /** what the person is told */
      told?: string;
    };
    result: Report;
  };
  /** There is nothing to be done. The reporter is told that it was looked at. */
  "POST /admin/reports/:id/dismissal": {
    params: {
      id: string;
      /** of the report as the caller knows it; CONFLICT where it has changed */
      version: number;
      note?: string;
    };
    result: Report;
  };
  /** A notification from the staff, for one person. */
  "POST /admin/users/:id/warnings": {
    params: {
      id: number;
      /** what the person is told */
      told: string;
    };
    result: Record<string, never>;
  };
  /** They read, but write nothing anywhere until then. The person is told. */
  "PUT /admin/users/:id/mute": {
    params: {
      id: number;
      /** when it ends by itself */
      until: string;
      /** what the person is told */
      told?: string;
    };
    result: { mutedUntil: string };
  };
  /** They may write again. */
  "DELETE /admin/users/:id/mute": { params: { id: number }; result: Record<string, never> };
  /** A conversation as the staff sees it: who leads it, how long it is kept, whether it is locked; of its messages what the caller sees as a member, else none. */
  "GET /admin/conversations/:conversationId": { params: { conversationId: string }; result: Conversation };
  /** Nobody writes in the conversation any more, or all may again; it can still be read. */
  "PUT /admin/conversations/:conversationId/lock": {
    params: { conversationId: string; locked: boolean };
    result: Conversation;
  };
  /** How long messages of a conversation are kept, whatever holds in general (MESSAGE_RETENTION) and whatever its admin says. */
  "PUT /admin/conversations/:conversationId/retention": {
    params: {
      conversationId: string;
      /** seconds; 0: for ever; null: as in general, or as its admin says */
      retention: number | null;
    };
    result: Conversation;
  };
  /** The legal holds, the newest first; those on one conversation, or on one person, where that is named. */
  "GET /admin/holds": {
    params: { conversationId?: string; userId?: number; limit?: number; before?: string };
    result: Hold[];
  };
  /** A legal hold: neither age nor the erasure of an account takes anything from what it is on, until it is released. What members delete themselves is deleted. One of a conversation, or of a person. */
  "POST /admin/holds": { params: { conversationId?: string; userId?: number; reason: string }; result: Hold };
  /** Ends a legal hold: what is past its age goes. */
  "DELETE /admin/holds/:holdId": { params: { holdId: string }; result: Record<string, never> };
  /** Accounts that went with what they wrote, the newest first: what there was of it, and what is left. */
  "GET /admin/erasures": { params: { limit?: number; of?: number; before?: string }; result: Erasure[] };
  /** The audit log, newest first; with `after` oldest first, as an export takes it. */
  "GET /admin/audit": {
    params: {
      limit?: number;
      /** entries with a lower `seq`: the last one that one has */
      before?: number;
      /** entries with a higher `seq` */
      after?: number;
      /** or the beginning of several, such as login */
      event?: string;
      actor?: number;
      /** such as user:7 or webhook:<id> */
      target?: string;
      since?: string;
      until?: string;
    };
    result: AuditEntry[];
  };
  /** Writes the embedded database of accounts into a file in DATA_DIR, for `npm run chat -- backup`, which takes it from there: its content never travels. */
  "POST /admin/backup": {
    params: Record<string, never>;
    result: {
      /** its name in DATA_DIR */
      file: string;
    };
  };
  /** Makes accounts that come from elsewhere, or finds those that were made before; in the order of `users`. */
  "POST /admin/import/users": {
    params: {
      users: {
        /** its name where it comes from; the same key is the same account, for ever */
        key: string;
        username: string;
        /** whose password is set by “forgot password”; an account of this address is that one */
        email?: string;
        created_at?: string;
      }[];
    };
    result: { key: string; user_id: number }[];
  };
  /** Is this conversation there? */
  "GET /admin/import/conversations/:conversationId": {
    params: { conversationId: string };
    result: { there: boolean; last_seq: number };
  };
  /** Opens a conversation whose messages were taken in, with everything read by all; or says that it is there. */
  "POST /admin/import/conversations/:conversationId": {
    params: {
      conversationId: string;
      type: "private" | "group";
      name?: string;
      created_at: string;
      members: { userId: number; role: "admin" | "moderator" | "member"; joined_at: string }[];
    };
    result: {
      last_seq: number;
      /** it was there before */
      there: boolean;
    };
  };
  /** Messages of a conversation that is not there yet, from a `seq` on; those that are there already stay as they are. */
  "POST /admin/import/conversations/:conversationId/messages": {
    params: {
      conversationId: string;
      from: number;
      messages: {
        _id: string;
        sender_id: number;
        /** a longer one than MAX_CONTENT is kept whole */
        content: string;
        /** later than that of the message before it */
        created_at: string;
        edited_at?: string;
        deleted_at?: string;
        pinned_at?: string;
        pinned_by?: number;
        reply_to?: { message_id: string; seq: number; sender_id: number; content: string };
        mentions?: number[];
        reactions?: Record<string, number[]>;
      }[];
    };
    result: {
      /** the `seq` behind them */
      next: number;
    };
  };
  /** Conversations with their members, a page by id. Closed unless ADMIN_EXPORT is on. */
  "GET /admin/export/conversations": {
    params: { after?: string; limit?: number };
    result: {
      _id: string;
      type: "private" | "group";
      name: string | null;
      created_at: string;
      members: { userId: number; role: "admin" | "moderator" | "member"; joined_at: string }[];
    }[];
  };
  /** All messages of a conversation, oldest first, a page by `seq`. Closed unless ADMIN_EXPORT is on. */
  "GET /admin/export/conversations/:conversationId/messages": {
    params: { conversationId: string; after?: number; limit?: number };
    result: Message[];
  };
  /** The account with this `external_id`. */
  "GET /admin/users/external/:externalId": {
    params: {
      /** the account's key in your system */
      externalId: string;
    };
    result: User;
  };
  /** Makes the account with this `external_id`, or brings it up to date. CONFLICT where the e-mail is another's. */
  "PUT /admin/users/external/:externalId": {
    params: {
      /** the account's key in your system */
      externalId: string;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
      email?: string | null;
      /** that you know it to be theirs; false where left out */
      email_verified?: boolean;
      avatar_url?: string | null;
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** All accounts, newest first. */
  "GET /admin/users": {
    params: {
      limit?: number;
      /** the `cursor` of the last entry that one has */
      cursor?: string;
      /** those whose name has these beginnings of words, or whose address begins so */
      q?: string;
      status?: "active" | "deactivated" | "banned" | "deleted";
      /** those with this address alone */
      email?: string;
      /** those with one of these alone */
      external_ids?: string[];
    };
    result: {
      user_id: number;
      username: string;
      avatar_url: string | null;
      status: "active" | "deactivated" | "banned" | "deleted";
      /** the product's own data; `{}` where there is none */
      custom: Record<string, unknown>;
      created_at: string;
      /** empty where there is none */
      email: string;
      roles: ("user" | "moderator" | "admin")[];
      email_verified: boolean;
      /** its key in the system that it comes from */
      external_id: string | null;
      two_factor: boolean;
      /** whose groups open at once; others' are requests that one accepts or declines */
      group_invites: "everyone" | "acquaintances";
      updated_at: string;
      cursor: string;
    }[];
  };
  /** Makes an account without a password. CONFLICT where `external_id` or the e-mail is taken. */
  "POST /admin/users": {
    params: {
      /** the account's key in your system */
      external_id?: string;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username: string;
      email?: string | null;
      /** that you know it to be theirs; false where left out */
      email_verified?: boolean;
      avatar_url?: string | null;
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Changes an account; what is left out stays. CONFLICT where `external_id` or the e-mail is another's, FORBIDDEN to admins who are no server key for these two. */
  "PATCH /admin/users/:id": {
    params: {
      id: number;
      /** the account's key in your system */
      external_id?: string | null;
      /** 2 to 40 characters of any script, in Unicode's form NFC */
      username?: string;
      email?: string | null;
      /** that you know it to be theirs; false where left out */
      email_verified?: boolean;
      avatar_url?: string | null;
      /** merged into what is there, key by key; null takes a key away, or all of it */
      custom?: Record<string, unknown> | null;
    };
    result: User;
  };
  /** Erases the profile and ends the sessions; messages stay under a deleted user. Oneself, one's bot, or an admin. With `erase` what they wrote goes, too (see ACCOUNT_ERASURE). */
  "DELETE /admin/users/:id": { params: { id: number; erase?: boolean }; result: Record<string, never> };
  /** Shuts an account without blame, who has left for instance, and ends its sessions. CONFLICT for the last admin. */
  "POST /admin/users/:id/deactivation": { params: { id: number }; result: User };
  /** Opens a deactivated account again; a ban stays. */
  "DELETE /admin/users/:id/deactivation": { params: { id: number }; result: User };
  /** Invitations that may still be used, newest first. */
  "GET /admin/invitations": { params: Record<string, never>; result: Invitation[] };
  /** Makes an invitation. To an `email` it is mailed, for one use, and the account that comes of it has this address verified; without one `code` and `link` are answered, this once. */
  "POST /admin/invitations": {
    params: { email?: string; uses?: number; expiresInDays?: number; role?: "user" | "moderator" | "admin" };
    result: { invitation: Invitation; code?: string; link?: string };
  };
  /** Voids an invitation; accounts that came of it stay. */
  "DELETE /admin/invitations/:id": { params: { id: string }; result: Record<string, never> };
  /** Opens a session for a user whom your system has signed in. For server keys alone: FORBIDDEN to admins. */
  "POST /admin/users/:id/tokens": { params: { id: number }; result: Tokens };
  /** Ends all sessions of a user, at once. */
  "DELETE /admin/users/:id/tokens": { params: { id: number }; result: Record<string, never> };
  /** Ends one session of a user, at once. */
  "DELETE /admin/users/:id/tokens/:sessionId": {
    params: { id: number; sessionId: string };
    result: Record<string, never>;
  };
  /** Devices a user is signed in on. */
  "GET /admin/users/:id/sessions": { params: { id: number }; result: Session[] };
  /** Ends all sessions of a user, at once. */
  "DELETE /admin/users/:id/sessions": { params: { id: number }; result: Record<string, never> };
  /** What the accounts keep about a user. */
  "GET /admin/users/:id/export": {
    params: { id: number };
    result: { user: User; sessions: Session[]; blocked: { userId: number; created_at: string }[] };
  };
}
export const repeatable: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "conversation:join",
  "conversation:list",
  "conversation:get",
  "conversation:members",
  "conversation:discover",
  "conversation:enter",
  "conversation:open-link",
  "conversation:links",
  "conversation:join-requests",
  "conversation:hooks",
  "message:schedules",
  "message:list",
  "message:search",
  "message:status:get",
  "message:unread-count",
  "message:pins",
  "poll:own",
  "message:saves",
  "message:thread",
  "message:thread-summary",
  "message:history",
  "reminder:list",
  "presence:get",
  "user:block",
  "user:unblock",
  "user:blocked",
  "sync",
  "notification:list",
  "notification:get",
  "notification:read",
  "notification:read-all",
  "notification:delete",
  "notification:preferences",
  "notification:explain",
  "notification:ping",
]);
