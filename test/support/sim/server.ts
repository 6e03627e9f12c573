/** A small model of the server: one conversation of its members, by the contract's rules of order, keys and `sync`. */
import { type Conversation, type Message } from "../../../client/src/protocol";

export const CONVERSATION = "0".repeat(23) + "1";
const STEP = 2 ** -20;

interface Kept {
  message: Message;
  pos: number;
}
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
const refuse = (code: string): never => {
  throw Object.assign(new Error(code), { wire: { code, message: code } satisfies Refusal });
};

export class SimServer {
  readonly kept: Kept[] = [];
  private readonly byClientId = new Map<string, Message>();
  private readonly lastRead = new Map<number, number>();
  private pos = 0;
  /** To all sockets of all members. */
  tell: (event: string, payload: unknown) => void = () => undefined;

  constructor(
    readonly members: readonly number[],
    private readonly now: () => number,
  ) {}

  get messages(): Message[] {
    return this.kept.map(({ message }) => message);
  }

  answer(userId: number, event: string, params: any): unknown {
    const handler = this.doors[event];
    return handler ? handler(userId, params) : {};
  }

  view(userId: number): Conversation {
    const read = this.lastRead.get(userId) ?? 0;
    const unread = this.messages.filter((m) => m.seq > read && m.sender_id !== userId && !m.deleted_at);
    const at = new Date(this.now()).toISOString();
    return {
      _id: CONVERSATION,
      type: "group",
      isGroup: true,
      participants: [...this.members],
      name: "sim",
      avatar: null,
      admin_id: 1,
      moderator_ids: [],
      status: "accepted",
      history: "all",
      retention: null,
      visibility: "private",
      posting: "all",
      slow_mode: 0,
      locked: false,
      approval: false,
      member_count: this.members.length,
      initiator_id: 1,
      custom: {},
      external_id: null,
      last_seq: this.kept.length,
      lastMessage: this.messages.at(-1) ?? null,
      draft: null,
      unreadCount: unread.length,
      last_read_seq: read,
      muted: false,
      muted_until: null,
      pinned: false,
      hidden: false,
      created_at: at,
      updated_at: at,
    };
  }

  private readonly doors: Record<string, (userId: number, params: any) => unknown> = {
    "message:send": (userId, { content, clientId }) => this.send(userId, content, clientId),
    "message:edit": (_userId, { messageId, content }) => this.change(messageId, (m) => ({ ...m, content })),
    "message:delete": (_userId, { messageId }) => {
      const deleted_at = new Date(this.now()).toISOString();
      const { seq } = this.change(messageId, (m) => ({ ...m, content: "", reactions: {}, deleted_at }), false);
      this.tell("message:deleted", { messageId, conversationId: CONVERSATION, seq });
      return {};
    },
    "message:react": (userId, { messageId, emoji }) => this.react(userId, messageId, emoji, true),
    "message:unreact": (userId, { messageId, emoji }) => this.react(userId, messageId, emoji, false),
    "message:list": (_userId, { limit, before, after }) => {
      const fits = this.messages.filter((m) => m.seq < (before ?? Infinity) && m.seq > (after ?? 0));
      return (after !== undefined && before === undefined ? fits.slice(0, limit) : fits.slice(-limit)).reverse();
    },
    "conversation:list": (userId) => [{ ...this.view(userId), cursor: "end" }],
    "conversation:get": (userId) => this.view(userId),
    "conversation:mark-read": (userId, { seq = this.kept.length }) => {
      this.lastRead.set(userId, Math.max(seq, this.lastRead.get(userId) ?? 0));
      const timestamp = new Date(this.now()).toISOString();
      this.tell("conversation:read", { conversationId: CONVERSATION, userId, seq, timestamp });
      return { count: 0 };
    },
    "presence:get": () => [],
    sync: (_userId, { cursors }) => this.sync(cursors?.[CONVERSATION], cursors === undefined),
  };

  private send(sender_id: number, content: string, clientId: string): Message {
    const key = `${sender_id} ${clientId}`;
    const known = this.byClientId.get(key);
    if (known) return known.content === content ? known : refuse("CONFLICT");
    const at = new Date(this.now()).toISOString();
    const seq = this.kept.length + 1;
    const message: Message = {
      _id: seq.toString(16).padStart(24, "a"),
      conversation_id: CONVERSATION,
      seq,
      version: 1,
      sender_id,
      type: "text",
      content,
      attachments: [],
      custom: {},
      clientId,
      reply_to: null,
      mentions: [],
      reactions: {},
      pinned_at: null,
      pinned_by: null,
      status: "sent",
      delivery_info: [],
      seen_by: [],
      delivered_at: null,
      read_at: null,
      created_at: at,
      updated_at: at,
      edited_at: null,
      deleted_at: null,
    };
    this.pos = seq;
    this.kept.push({ message, pos: seq });
    this.byClientId.set(key, message);
    this.tell("message:created", message);
    return message;
  }

  private change(id: string, change: (m: Message) => Message, tells = true): Message {
    const kept = this.kept.find(({ message }) => message._id === id);
    if (!kept || kept.message.deleted_at) return refuse("NOTFOUND");
    kept.message = { ...change(kept.message), version: kept.message.version + 1 };
    this.pos += STEP;
    kept.pos = this.pos;
    if (tells) this.tell("message:updated", kept.message);
    return kept.message;
  }

  private react(userId: number, id: string, emoji: string, added: boolean): Message {
    const message = this.change(
      id,
      (m) => {
        const users = (m.reactions[emoji] ?? []).filter((u) => u !== userId);
        const next = added ? [...users, userId] : users;
        const { [emoji]: _old, ...others } = m.reactions;
        return { ...m, reactions: next.length > 0 ? { ...others, [emoji]: next } : others };
      },
      false,
    );
    const { version } = message;
    const counts = Object.fromEntries(Object.entries(message.reactions).map(([key, users]) => [key, users.length]));
    this.tell("message:reaction", {
      messageId: id,
      conversationId: CONVERSATION,
      userId,
      emoji,
      added,
      counts,
      version,
    });
    return message;
  }

  private sync(cursor: number | undefined, anew: boolean): unknown {
    if (anew) return { changes: [], cursors: { [CONVERSATION]: this.pos }, next: null, reset: false };
    const page = this.kept
      .filter(({ pos }) => pos > (cursor ?? 0))
      .sort((a, b) => a.pos - b.pos)
      .slice(0, 5);
    const changes = page.map(({ message }) => ({ type: "message", conversationId: CONVERSATION, message }));
    const done = page.length < 5;
    const cursors = { [CONVERSATION]: done ? this.pos : (page.at(-1)?.pos ?? this.pos) };
    return { changes, cursors, next: done ? null : cursors, reset: false };
  }
}
