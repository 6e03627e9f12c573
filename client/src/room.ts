/** What this client knows of one conversation, and how what is told changes it. Loads nothing by itself. */
import { type Clock } from "./clock";
import { asDeleted, type ReadUpTo, withoutQuote, withReaction, withReadUpTo, withReceipt } from "./merge";
import { Emitter, Writable } from "./observable";
import { type Conversation, type Message, type ServerEvents } from "./protocol";
import { type Applied, Timeline } from "./timeline";

type Heard = ServerEvents["/chat"];

/** A sign of typing fades by itself: its end may get lost. The server's lasts 6 s. */
const TYPING_MS = 7_000;
/** What the storage keeps of a conversation's messages. */
const TAIL = 40;
/** Of a conversation that nobody pages back in. */
const KEPT = 500;

export interface StoredRoom {
  readonly conversation: Conversation;
  readonly cursor: number | undefined;
  readonly delivered: number;
  readonly tail: readonly Message[];
  /** The tail is all there is from here on. */
  readonly from: number;
  readonly to: number;
}

export interface RoomEvents {
  /** Its description, its last message, its counts. */
  info: undefined;
  /** Messages that came or changed; none: many, or those on their way. */
  messages: Message | undefined;
  members: undefined;
}

export class Room {
  readonly timeline = new Timeline();
  readonly events = new Emitter<RoomEvents>();
  readonly typing = new Writable<readonly number[]>([]);
  /** `sync` goes on from here. */
  cursor: number | undefined;
  /** The application was told of everything up to here. */
  delivered: number;
  /** The application was told something of it, in this or an earlier life. */
  fed = false;
  /** Somebody has paged back in it. */
  keepsAll = false;
  /** There is a message with this `seq`. */
  head: number;
  /** What the server told last of it, and the same with what came since. */
  private base: Conversation;
  private view: Conversation;
  private readonly fading = new Map<number, () => void>();

  constructor(
    conversation: Conversation,
    delivered: number,
    private readonly me: number,
    private readonly clock: Clock,
  ) {
    this.base = this.view = conversation;
    this.takeLast(conversation);
    this.head = conversation.last_seq;
    this.delivered = delivered;
    this.timeline.recipients = conversation.participants.length - 1;
  }

  get id(): string {
    return this.view._id;
  }

  get conversation(): Conversation {
    return this.view;
  }

  /** Somebody else's wish to talk, not answered yet. */
  get isRequest(): boolean {
    return this.view.status === "pending" && this.view.initiator_id !== this.me;
  }

  /** The end of what is known without a hole. */
  get frontier(): number {
    return this.timeline.covered.reach(this.delivered);
  }

  get missesSome(): boolean {
    return this.frontier < this.head;
  }

  /** As the server describes it; what came meanwhile is newer than that. */
  put(told: Conversation): void {
    this.base = told;
    this.head = Math.max(this.head, told.last_seq);
    this.timeline.recipients = told.participants.length - 1;
    this.takeLast(told);
    this.recompute();
    this.events.emit("members", undefined);
  }

  /** A message from wherever. @returns what it was to us */
  apply(message: Message): Applied {
    const { seq } = message;
    const what = this.timeline.apply(message);
    this.timeline.covered.add(seq, seq);
    this.head = Math.max(this.head, seq);
    this.quiet(message.sender_id);
    if (what === "known") return what;
    const now = this.timeline.at(seq) as Message;
    if (now.deleted_at) this.emptyQuotes(now._id);
    this.recompute();
    this.events.emit("messages", now);
    return what;
  }

  deleted({ messageId, seq }: Pick<Heard["message:deleted"], "messageId" | "seq">): Message | undefined {
    const known = this.timeline.get(messageId);
    const { base } = this;
    const counted =
      seq > base.last_read_seq && seq <= base.last_seq && known && !known.deleted_at && this.isCounted(known);
    if (counted) this.base = { ...base, unreadCount: Math.max(0, base.unreadCount - 1) };
    const at = new Date(this.clock.now()).toISOString();
    const changed = this.changeOne(messageId, (message) => asDeleted(message, at));
    this.emptyQuotes(messageId);
    return changed;
  }

  status(receipt: Heard["message:status"]): Message | undefined {
    return this.changeOne(receipt.messageId, (message) => withReceipt(message, receipt, this.timeline.recipients));
  }

  /** @returns whether what is known now agrees with the server's counts */
  reaction(event: Heard["message:reaction"]): { message: Message | undefined; agrees: boolean } {
    let agrees = true;
    const message = this.changeOne(event.messageId, (known) => {
      const [next, fits] = withReaction(known, event);
      agrees = fits;
      return next;
    });
    return { message, agrees };
  }

  /** Someone has read or got everything up to a message. @returns true where one's own count is to be asked for */
  readUpTo(read: ReadUpTo, status: "read" | "delivered" = "read"): boolean {
    const changed = this.timeline.changeAll((m) => withReadUpTo(m, read, status, this.timeline.recipients));
    if (changed.length > 0) this.events.emit("messages", undefined);
    const { base, view } = this;
    if (read.userId !== this.me || status !== "read" || read.seq <= base.last_read_seq) return false;
    const known = read.seq >= base.last_seq; // all that is unread is here to be counted
    this.base = {
      ...base,
      last_read_seq: read.seq,
      ...(known ? { last_seq: read.seq, unreadCount: 0, updated_at: view.updated_at } : {}),
    };
    this.recompute();
    return !known;
  }

  /** What one has cleared or deleted for oneself. */
  forgetOwn({ cleared_seq, deleted_seqs }: { cleared_seq: number; deleted_seqs: readonly number[] }): void {
    const gone = new Set(deleted_seqs);
    if (this.timeline.drop(({ seq }) => seq <= cleared_seq || gone.has(seq))) {
      this.recompute();
      this.events.emit("messages", undefined);
    }
  }

  isTyping(userId: number, yes: boolean): void {
    if (userId === this.me) return;
    this.fading.get(userId)?.();
    this.fading.delete(userId);
    if (yes)
      this.fading.set(
        userId,
        this.clock.after(TYPING_MS, () => this.isTyping(userId, false)),
      );
    const now = [...this.fading.keys()];
    if (now.join() !== this.typing.value.join()) this.typing.set(now);
  }

  /** Everything anew: the server can't tell what was missed. */
  forget(): void {
    this.timeline.clear();
    this.cursor = undefined;
    this.events.emit("messages", undefined);
  }

  close(): void {
    for (const stop of this.fading.values()) stop();
    this.fading.clear();
  }

  stored(): StoredRoom {
    const run = this.timeline.covered.around(this.frontier);
    const to = run?.[1] ?? 0;
    const from = run ? Math.max(run[0], to - TAIL + 1) : 1;
    const { cursor, delivered, view } = this;
    return { conversation: view, cursor, delivered, from, to, tail: this.timeline.between(from, to) };
  }

  restore({ cursor, tail, from, to }: StoredRoom): void {
    this.cursor = cursor;
    this.fed = true;
    for (const message of tail) this.timeline.apply(message);
    this.timeline.covered.add(from, to);
    this.head = Math.max(this.head, to);
  }

  /** Keeps memory bounded: forgets all but the newest, where nobody pages back. */
  trim(): void {
    if (this.keepsAll || this.timeline.size <= KEPT * 2) return;
    this.rebase();
    this.timeline.cutBelow(Math.min(this.frontier - KEPT, this.delivered));
  }

  /** Forgets a stretch of the past that is out of sight; the newest stay. */
  forgetStretch(from: number, to: number): void {
    this.rebase();
    this.timeline.cut(from, Math.min(to, this.frontier - KEPT, this.delivered));
  }

  /** What is counted from messages is kept as counted, before they go. */
  private rebase(): void {
    const { unreadCount, last_seq, updated_at } = this.view;
    this.base = { ...this.base, unreadCount, last_seq, updated_at };
  }

  private isCounted(message: Message): boolean {
    return message.sender_id !== this.me && message.type !== "system";
  }

  private quiet(userId: number): void {
    if (this.fading.has(userId)) this.isTyping(userId, false);
  }

  private changeOne(id: string, change: (message: Message) => Message): Message | undefined {
    if (!this.timeline.change(id, change)) return undefined;
    const now = this.timeline.get(id) as Message;
    this.recompute();
    this.events.emit("messages", now);
    return now;
  }

  private emptyQuotes(id: string): void {
    if (this.timeline.changeAll((message) => withoutQuote(message, id)).length > 0)
      this.events.emit("messages", undefined);
  }

  private takeLast({ lastMessage }: Conversation): void {
    if (!lastMessage) return;
    this.timeline.apply(lastMessage);
    this.timeline.covered.add(lastMessage.seq, lastMessage.seq);
  }

  /** The list's line of it: what the server told last, and what came since. */
  private recompute(): void {
    const { base, timeline } = this;
    const last = timeline.newest ?? base.lastMessage;
    const later = last !== null && last.seq > base.last_seq;
    const next: Conversation = {
      ...base,
      lastMessage: last,
      last_seq: Math.max(base.last_seq, last?.seq ?? 0),
      unreadCount: base.unreadCount + timeline.unreadBetween(Math.max(base.last_seq, base.last_read_seq), this.me),
      updated_at: later && last.created_at > base.updated_at ? last.created_at : base.updated_at,
      hidden: base.hidden && !later,
    };
    if (isSame(this.view, next)) return;
    this.view = next;
    this.events.emit("info", undefined);
  }
}

/** Field by field; lists by what is in them. */
function isSame(a: Conversation, b: Conversation): boolean {
  return (Object.keys(b) as (keyof Conversation)[]).every((key) => {
    const [x, y] = [a[key], b[key]];
    return Object.is(x, y) || (Array.isArray(x) && Array.isArray(y) && x.join() === y.join());
  });
}
