/**
 * The lines that conversations are written down by, outside of any store: JSON Lines, one thing a line. Users come before
 * what names them, a conversation before its messages, messages in their order. docs/moving.md tells it whole.
 */
export const formatLine = { type: "format", name: "moleculer-chat", version: 1 } as const;

export interface UserLine {
  readonly type: "user";
  readonly key: string;
  readonly username: string;
  readonly email?: string;
  readonly created_at?: string;
}
export interface ConversationLine {
  readonly type: "conversation";
  readonly key: string;
  readonly kind: "private" | "group";
  readonly name?: string;
  readonly created_at?: string;
  readonly members: readonly {
    readonly user: string;
    readonly role?: "admin" | "moderator" | "member";
    readonly joined_at?: string;
  }[];
}
export interface MessageLine {
  readonly type: "message";
  readonly key: string;
  readonly conversation: string;
  readonly sender: string;
  readonly content: string;
  readonly created_at: string;
  readonly edited_at?: string;
  readonly deleted_at?: string;
  readonly pinned_at?: string;
  readonly pinned_by?: string;
  /** The key of the message that it answers, earlier in the same conversation. */
  readonly reply_to?: string;
  readonly mentions?: readonly string[];
  /** Emoji to the keys of those who reacted with it. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}

interface Conversation {
  readonly _id: string;
  readonly type: "private" | "group";
  readonly name: string | null;
  readonly created_at: string;
}
interface Member {
  readonly userId: number;
  readonly role: "admin" | "moderator" | "member";
  readonly joined_at: string;
}

export const userKey = (id: number): string => `user/${id}`;

export const conversationLine = (c: Conversation, members: readonly Member[]): ConversationLine => ({
  type: "conversation",
  key: c._id,
  kind: c.type,
  ...(c.name === null ? {} : { name: c.name }),
  created_at: c.created_at,
  members: members.map(({ userId, role, joined_at }) => ({ user: userKey(userId), role, joined_at })),
});

/** As much of a message as its line tells; as clients see it. */
export interface Told {
  readonly _id: string;
  readonly sender_id: number;
  readonly content: string;
  readonly attachments: readonly string[];
  readonly created_at: string;
  readonly edited_at: string | null;
  readonly deleted_at: string | null;
  readonly pinned_at: string | null;
  readonly pinned_by: number | null;
  readonly reply_to: { readonly message_id: string } | null;
  readonly mentions: readonly number[];
  readonly reactions: Readonly<Record<string, readonly number[]>>;
}

export function messageLine(conversation: string, m: Told): MessageLine {
  const files = m.attachments.map((url) => `[file: ${url}]`);
  const reactions = Object.entries(m.reactions).map(([emoji, ids]) => [emoji, ids.map(userKey)] as const);
  return {
    type: "message",
    key: m._id,
    conversation,
    sender: userKey(m.sender_id),
    content: [m.content, ...files].filter(Boolean).join("\n"),
    created_at: m.created_at,
    ...(m.edited_at === null ? {} : { edited_at: m.edited_at }),
    ...(m.deleted_at === null ? {} : { deleted_at: m.deleted_at }),
    ...(m.pinned_at === null ? {} : { pinned_at: m.pinned_at }),
    ...(m.pinned_at === null || m.pinned_by === null ? {} : { pinned_by: userKey(m.pinned_by) }),
    ...(m.reply_to === null ? {} : { reply_to: m.reply_to.message_id }),
    ...(m.mentions.length ? { mentions: m.mentions.map(userKey) } : {}),
    ...(reactions.length ? { reactions: Object.fromEntries(reactions) } : {}),
  };
}
