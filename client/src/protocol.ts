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
  /** No room left for this file. */
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
  /** 1 when sent, one more with every edit, deletion, pin and reaction */
  version: number;
  sender_id: number;
  type: "text" | "image" | "file" | "system";
  content: string;
  attachments: string[];
  /** the attachments as objects; none where sent before there was this */
  files?: MessageFile[];
  /** the product's own data; `{}` where there is none */
  custom: Record<string, unknown>;
  /** what the hook before sending marked it with */
  marks?: string[];
  clientId?: string;
  reply_to: {
    message_id: string;
    seq: number;
    sender_id: number;
    /** the first 200 characters */
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
export interface ThreadSummary {
  /** of the message that the thread is below */
  message_id: string;
  reply_count: number;
  last_reply: { message_id: string; seq: number; sender_id: number; created_at: string } | null;
  /** who replied last, up to five */
  repliers: number[];
  unread: number;
  following: boolean;
}
export interface ListedNotification {
  _id: string;
  user_id: number;
  title: string;
  content: string;
  type: "message" | "group_invite" | "system";
  related_id: string | null;
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
  type: "message" | "group_invite" | "system";
  related_id: string | null;
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
}
export interface ClientEvents {
  "/chat": {
    "conversation:join": { params: { conversationId: string }; result: Record<string, never> };
    "conversation:leave": { params: { conversationId: string }; result: Record<string, never> };
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
    "conversation:get": { params: { conversationId: string }; result: Conversation };
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
    "conversation:delete": { params: { conversationId: string }; result: Record<string, never> };
    "conversation:members": {
      params: {
        conversationId: string;
        limit?: number;
        /** the last member that one has */
        after?: number;
      };
      result: Member[];
    };
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
    "conversation:enter": {
      params: { conversationId?: string; link?: string };
      result: { status: "member" | "requested"; conversation: Conversation | null };
    };
    "conversation:open-link": { params: { link: string }; result: OpenGroup };
    "conversation:links": { params: { conversationId: string }; result: JoinLink[] };
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
    "conversation:revoke-link": { params: { conversationId: string; linkId: string }; result: Record<string, never> };
    "conversation:join-requests": {
      params: { conversationId: string };
      result: { userId: number; username: string; avatar_url: string | null; at: string }[];
    };
    "conversation:answer-request": {
      params: { conversationId: string; userId: number; approved: boolean };
      result: Record<string, never>;
    };
    "conversation:add-member": { params: { conversationId: string; userId: number }; result: Conversation };
    "conversation:remove-member": { params: { conversationId: string; userId: number }; result: Conversation };
    "conversation:mark-read": { params: { conversationId: string; seq?: number }; result: { count: number } };
    "conversation:accept": { params: { conversationId: string }; result: { conversation: Conversation } };
    "conversation:decline": { params: { conversationId: string }; result: Record<string, never> };
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
        /** merged into what is there, key by key; null takes a key away, or all of it */
        custom?: Record<string, unknown> | null;
      };
      result: Conversation;
    };
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
    "conversation:promote-moderator": { params: { conversationId: string; userId: number }; result: Conversation };
    "conversation:demote-moderator": { params: { conversationId: string; userId: number }; result: Conversation };
    "conversation:transfer-admin": { params: { conversationId: string; userId: number }; result: Conversation };
    "conversation:mute": {
      params: { conversationId: string; muted: boolean; muteUntil?: string | null };
      result: Conversation;
    };
    "conversation:pin": { params: { conversationId: string; pinned: boolean }; result: Conversation };
    "conversation:hide": { params: { conversationId: string; hidden: boolean }; result: Conversation };
    "conversation:draft": {
      params: {
        conversationId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content: string;
        replyTo?: string | null;
      };
      result: Conversation;
    };
    "conversation:clear": { params: { conversationId: string }; result: Record<string, never> };
    "message:send": {
      params: {
        conversationId: string;
        /** 4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE */
        content?: string;
        attachments?: string[];
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
        replyTo?: string | null;
        /** beside those whom the text names; all members at once are `@all`, which moderators and the admin may say */
        mentions?: number[];
        /** the product's own data, at most 4096 bytes as JSON and 100 keys */
        custom?: Record<string, unknown>;
      };
      result: Message;
    };
    "message:forward": {
      params: {
        messageId: string;
        conversationId: string;
        /** the caller's own key of this message or conversation: the same key is the same one */
        clientId?: string;
      };
      result: Message;
    };
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
    "message:list": {
      params: { conversationId: string; limit?: number; before?: number | string; after?: number | string };
      result: Message[];
    };
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
    "message:status:update": {
      params: { messageId: string; status: "delivered" | "read" | "failed" };
      result: Message;
    };
    "message:status:get": {
      params: { messageId: string };
      result: {
        messageId: string;
        status: "failed" | "sent" | "delivered" | "read";
        delivery_info: Delivery[];
        seen_by: number[];
      };
    };
    "message:unread-count": {
      params: Record<string, never>;
      result: { count: number; byConversation: Record<string, number> };
    };
    "message:delete": { params: { messageId: string; forMe?: boolean }; result: Record<string, never> };
    "message:read": { params: { messageId: string }; result: Record<string, never> };
    "message:delivered": { params: { messageId: string }; result: Record<string, never> };
    "messages:mark-read": { params: { messageIds: string[] }; result: { count: number } };
    "message:react": {
      params: {
        messageId: string;
        /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
        emoji: string;
      };
      result: Message;
    };
    "message:unreact": {
      params: {
        messageId: string;
        /** one emoji, in any form (❤ is kept as ❤️), or a name registered by CUSTOM_REACTIONS */
        emoji: string;
      };
      result: Message;
    };
    "message:pin": { params: { messageId: string }; result: Message };
    "message:unpin": { params: { messageId: string }; result: Message };
    "message:pins": { params: { conversationId: string }; result: Message[] };
    "message:thread": { params: { messageId: string; limit?: number; after?: number | string }; result: Message[] };
    "message:thread-summary": { params: { messageIds: string[] }; result: ThreadSummary[] };
    "message:follow": { params: { messageId: string; following: boolean }; result: { following: boolean } };
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
    "presence:get": {
      params: { userIds: number[] };
      result: { userId: number; online: boolean; lastSeen: string | null }[];
    };
    "user:block": { params: { userId: number }; result: Record<string, never> };
    "user:unblock": { params: { userId: number }; result: Record<string, never> };
    "user:blocked": { params: Record<string, never>; result: { userId: number; created_at: string }[] };
    sync: {
      params: {
        cursors?: Record<string, number>;
        next?: Record<string, number>;
        since?: string | number;
        limit?: number;
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
          settings?: { muted: boolean; pinned: boolean; cleared_seq: number; deleted_seqs: number[] };
        }[];
        cursors: Record<string, number>;
        next: Record<string, number> | null;
        reset: boolean;
      };
    };
    typing: { params: { conversationId: string; isTyping: boolean }; result: Record<string, never> };
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
    "notification:list": {
      params: { unreadOnly?: boolean; group?: boolean; limit?: number; before?: string | string };
      result: ListedNotification[];
    };
    "notification:get": { params: { notificationId: string }; result: Notification };
    "notification:read": { params: { notificationId: string }; result: Notification };
    "notification:read-all": { params: Record<string, never>; result: { count: number } };
    "notification:delete": { params: { notificationId: string }; result: Record<string, never> };
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
        };
      };
      result: Preferences;
    };
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
      };
    };
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
    "conversation:created": { conversationId: string; conversation: Conversation };
    "conversation:updated": { conversationId: string; changes: Record<string, unknown>; actorId: number };
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
  "message:list",
  "message:search",
  "message:status:get",
  "message:unread-count",
  "message:pins",
  "message:thread",
  "message:thread-summary",
  "message:history",
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
