/** One conversation, as an application has it in hand. */
import { GroupActions } from "./group-actions";
import { Computed, type Readable, Writable } from "./observable";
import { Messages } from "./messages";
import { type Draft, type Outgoing } from "./outgoing";
import { type Conversation as Description, type Member } from "./protocol";
import { type Room } from "./room";
import { type Core } from "./wire";

/** Typing is told again before the server lets it fade after 6 s. */
const TYPING_EVERY_MS = 3_000;
const TYPING_ENDS_MS = 5_000;
const READ_SOON_MS = 200;

/** A conversation that one is in: what is shown of it, and all that one does there. */
export class Conversation extends GroupActions {
  /** What it is called, who is in it, what was said last, how much is unread. */
  readonly info: Readable<Description>;
  /** What is shown, and ways through the past. */
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
  constructor(room: Room, core: Core) {
    super(room, core);
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

  /** Of the conversation, for ever. */
  get id(): string {
    return this.room.id;
  }

  /** How many messages of others one has not read. */
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

  /** The user has stopped; told by itself after a while, and by `send`. */
  stopTyping(): void {
    this.typingEnds?.();
    if (this.typingSince === undefined) return;
    this.typingSince = undefined;
    this.tellTyping(false);
  }

  /** After a connection came back: what could not be told while there was none. @internal */
  flush(): void {
    this.messages.resume();
    if (this.watchesMembers) this.loadMembers();
    if (this.wantsRead > 0) this.readSoon();
  }

  private readSoon(): void {
    this.reading ??= this.core.clock.after(READ_SOON_MS, () => void this.tellRead());
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
