/** One conversation, as an application has it in hand. */
import { Computed, type Readable, Writable } from "./observable";
import { Messages } from "./messages";
import { type Draft, type Outgoing } from "./outgoing";
import { type Conversation as Description, type Member, type Message } from "./protocol";
import { type Room } from "./room";
import { Thread } from "./thread";
import { type Core } from "./wire";

/** Typing is told again before the server lets it fade after 6 s. */
const TYPING_EVERY_MS = 3_000;
const TYPING_ENDS_MS = 5_000;
const READ_SOON_MS = 200;

/** Null takes a key away, or all of it. */
type CustomChange = Record<string, unknown> | null;
type MessageRef = Pick<Message, "_id"> | string;
const idOf = (message: MessageRef): string => (typeof message === "string" ? message : message._id);

export class Conversation {
  /** What it is called, who is in it, what was said last, how much is unread. */
  readonly info: Readable<Description>;
  readonly messages: Messages;
  /** Who of the others is typing. */
  readonly typing: Readable<readonly number[]>;
  /** Loaded when somebody looks; empty until then. */
  readonly members: Readable<readonly Member[]>;
  private readonly memberList: Writable<readonly Member[]>;
  private watchesMembers = false;
  private typingSince: number | undefined;
  private typingEnds: (() => void) | undefined;
  private wantsRead = 0;
  private reading: (() => void) | undefined;

  /** @internal */
  constructor(
    readonly room: Room,
    private readonly core: Core,
  ) {
    const info = new Computed(() => room.conversation);
    room.events.on("info", () => info.invalidate());
    this.info = info;
    this.messages = new Messages(room, core);
    this.typing = room.typing;
    this.memberList = new Writable<readonly Member[]>([], (watched) => {
      this.watchesMembers = watched;
      if (watched) this.loadMembers();
    });
    this.members = this.memberList;
    room.events.on("members", () => this.watchesMembers && this.loadMembers());
  }

  get id(): string {
    return this.room.id;
  }

  get unread(): number {
    return this.info.value.unreadCount;
  }

  /** There at once, and kept until the server has it. */
  send(draft: Draft | string): Outgoing {
    this.stopTyping();
    return this.core.outbox.send(this.id, typeof draft === "string" ? { text: draft } : draft);
  }

  /** What waits to be sent here, or failed to be, by its key: to try it again, or take it back. */
  outgoing(clientId: string): Outgoing | undefined {
    return this.core.outbox.find(this.id, clientId);
  }

  /** Everything up to a message, or all, is read; told once for many calls. While there is no connection it waits for one. */
  read(seq = this.room.head): void {
    if (seq <= this.wantsRead || this.room.isRequest || this.room.head === 0) return;
    if (seq <= this.info.value.last_read_seq && this.unread === 0) return;
    this.wantsRead = seq;
    this.room.readUpTo({ userId: this.core.me(), seq, timestamp: null });
    this.readSoon();
  }

  /** The user is typing; call it with every key. */
  writing(): void {
    const { clock, connection } = this.core;
    this.typingEnds?.();
    this.typingEnds = clock.after(TYPING_ENDS_MS, () => this.stopTyping());
    if (!connection.isUp || (this.typingSince ?? -Infinity) > clock.now() - TYPING_EVERY_MS) return;
    this.typingSince = clock.now();
    this.tellTyping(true);
  }

  stopTyping(): void {
    this.typingEnds?.();
    if (this.typingSince === undefined) return;
    this.typingSince = undefined;
    this.tellTyping(false);
  }

  /** Changes a message of one's own. CONFLICT where it was changed meanwhile. @throws AnyChatError */
  async edit(message: Pick<Message, "_id" | "version">, text: string, custom?: CustomChange): Promise<Message> {
    const { _id: messageId, version } = message;
    const more = custom === undefined ? {} : { custom };
    return this.take(await this.core.ask("message:edit", { messageId, content: text, version, ...more }));
  }

  /** Changes the application's own data on the group: merged key by key, null takes a key or all away. @throws AnyChatError */
  async setCustom(custom: CustomChange): Promise<void> {
    this.room.put(await this.core.ask("conversation:update", { conversationId: this.id, custom }));
  }

  /** The same of a member, oneself where nobody is named. @throws AnyChatError */
  async setMemberCustom(custom: CustomChange, userId = this.core.me()): Promise<void> {
    await this.core.ask("conversation:update-member", { conversationId: this.id, userId, custom });
  }

  /** For all, or for oneself alone. @throws AnyChatError */
  async delete(message: MessageRef, { forMe = false } = {}): Promise<void> {
    const messageId = idOf(message);
    await this.core.ask("message:delete", { messageId, forMe });
    const known = this.room.timeline.get(messageId);
    if (!known) return;
    if (forMe) this.room.forgetOwn({ cleared_seq: 0, deleted_seqs: [known.seq] });
    else this.room.deleted({ messageId, seq: known.seq });
  }

  /** @throws AnyChatError */
  async react(message: MessageRef, emoji: string): Promise<Message> {
    return this.take(await this.core.ask("message:react", { messageId: idOf(message), emoji }));
  }

  /** @throws AnyChatError */
  async unreact(message: MessageRef, emoji: string): Promise<Message> {
    return this.take(await this.core.ask("message:unreact", { messageId: idOf(message), emoji }));
  }

  /** @throws AnyChatError */
  async pin(message: MessageRef, pinned = true): Promise<Message> {
    const event = pinned ? "message:pin" : "message:unpin";
    return this.take(await this.core.ask(event, { messageId: idOf(message) }));
  }

  /** Pinned messages, the newest pin first. @throws AnyChatError */
  pins(): Promise<Message[]> {
    return this.core.ask("message:pins", { conversationId: this.id });
  }

  /** The replies to one message. */
  thread(message: MessageRef): Thread {
    return new Thread(idOf(message), this.room, this.core);
  }

  /** @throws AnyChatError */
  search(query: string, { limit = 20, skip = 0 } = {}): Promise<{ messages: Message[]; total: number }> {
    return this.core.ask("message:search", { query, conversationId: this.id, limit, skip });
  }

  /** Of a group. @throws AnyChatError */
  async rename(name: string): Promise<void> {
    this.room.put(await this.core.ask("conversation:update", { conversationId: this.id, name }));
  }

  /** @throws AnyChatError */
  async addMember(userId: number): Promise<void> {
    this.room.put(await this.core.ask("conversation:add-member", { conversationId: this.id, userId }));
  }

  /** @throws AnyChatError */
  async removeMember(userId: number): Promise<void> {
    const told = await this.core.ask("conversation:remove-member", { conversationId: this.id, userId });
    if (userId !== this.core.me()) this.room.put(told);
  }

  /** Quits a group. @throws AnyChatError */
  leave(): Promise<void> {
    return this.removeMember(this.core.me());
  }

  /** @throws AnyChatError */
  async mute(muted = true, until?: Date): Promise<void> {
    const muteUntil = until ? { muteUntil: until.toISOString() } : {};
    this.room.put(await this.core.ask("conversation:mute", { conversationId: this.id, muted, ...muteUntil }));
  }

  /** To the top of one's own list. @throws AnyChatError */
  async pinToTop(pinned = true): Promise<void> {
    this.room.put(await this.core.ask("conversation:pin", { conversationId: this.id, pinned }));
  }

  /** Out of one's own list, until something is said. @throws AnyChatError */
  async hide(hidden = true): Promise<void> {
    this.room.put(await this.core.ask("conversation:hide", { conversationId: this.id, hidden }));
  }

  /**
   * Keeps what one has begun to write for one's other devices, which find it as the conversation's `draft`; blank is none.
   * @throws AnyChatError
   */
  async keepDraft(content: string, replyTo: string | null = null): Promise<void> {
    this.room.put(await this.core.ask("conversation:draft", { conversationId: this.id, content, replyTo }));
  }

  /** Tells members who are there something that nobody keeps; all but oneself where nobody is named. @throws AnyChatError */
  async sendEvent(name: string, data: unknown, to?: readonly number[]): Promise<void> {
    await this.core.ask("event:send", { conversationId: this.id, name, data, ...(to ? { to: [...to] } : {}) });
  }

  /** Answers a request. @throws AnyChatError */
  async accept(): Promise<void> {
    const { conversation } = await this.core.ask("conversation:accept", { conversationId: this.id });
    this.room.put(conversation);
  }

  /** @throws AnyChatError */
  async decline(): Promise<void> {
    await this.core.ask("conversation:decline", { conversationId: this.id });
    this.room.put({ ...this.room.conversation, status: "declined" });
  }

  /** After a connection came back: what could not be told while there was none. */
  flush(): void {
    this.messages.resume();
    if (this.watchesMembers) this.loadMembers();
    if (this.wantsRead > 0) this.readSoon();
  }

  private readSoon(): void {
    this.reading ??= this.core.clock.after(READ_SOON_MS, () => void this.tellRead());
  }

  private take(message: Message): Message {
    this.room.apply(message);
    return message;
  }

  private async tellRead(): Promise<void> {
    const seq = this.wantsRead;
    try {
      await this.core.ask("conversation:mark-read", { conversationId: this.id, seq });
      if (this.wantsRead === seq) this.wantsRead = 0;
    } catch {
      // It stays wanted: the next connection, or the next message that is read, tries again.
    } finally {
      this.reading = undefined;
    }
    if (this.wantsRead > seq) this.readSoon();
  }

  private tellTyping(isTyping: boolean): void {
    // A lost sign of typing costs nothing.
    this.core.ask("typing", { conversationId: this.id, isTyping }).catch(() => undefined);
  }

  private loadMembers(): void {
    this.core.ask("conversation:members", { conversationId: this.id }).then(
      (members) => this.memberList.set(members),
      () => undefined, // the next change of members, or the next look, tries again
    );
  }
}
