/** What the server tells of conversations -> what changes here, and what the application hears of it. */
import { type Clock } from "./clock";
import { type AnyChatError } from "./error";
import { type Emitter } from "./observable";
import { type Later } from "./later";
import { type Outbox } from "./outbox";
import { type Presence } from "./presence";
import { type Conversation, type Message, type ServerEvents } from "./protocol";
import { type Feed } from "./feed";
import { type Room } from "./room";
import { type Rooms } from "./rooms";
import { type Sync } from "./sync";
import { type ChatAsk } from "./wire";

type Heard = ServerEvents["/chat"];

/**
 * `message:created` comes once for every message and in order within its conversation, also for those that were missed,
 * also across restarts where there is a storage; a handler that gives a promise is waited for and tried again.
 */
export interface ChatEvents {
  "message:created": Message;
  /** Edited, deleted, reacted to, pinned, delivered or read. */
  "message:updated": Message;
  "conversation:gained": Conversation;
  "conversation:left": { conversationId: string };
  typing: Heard["typing"];
  /** What a member told those who are there, and nobody keeps. */
  event: Heard["event"];
  presence: Heard["presence"];
  /** Somebody asks to come into a group that the user leads; and how that was answered. */
  "conversation:join-requested": Heard["conversation:join-requested"];
  "conversation:join-answered": Heard["conversation:join-answered"];
  /** Saved by oneself, or let go of (`null`). */
  "message:saved": Heard["message:saved"];
  /** One's own, on another device or by itself: made, changed or refused; sent or taken back. */
  "message:scheduled": Heard["message:scheduled"];
  "message:unscheduled": Heard["message:unscheduled"];
  "reminder:created": Heard["reminder:created"];
  /** Taken back, or its time has come. */
  "reminder:deleted": Heard["reminder:deleted"];
  "request:accepted": Heard["request:accepted"];
  "request:declined": Heard["request:declined"];
  /** The token is refused for good: sign in again. */
  signedOut: { error: AnyChatError };
  /** A handler of `message:created` that fails again and again, or a storage that does not work: told, and gone on. */
  error: { error: unknown; where: "handler" | "storage" | "server" };
}

const DELIVERED_SOON_MS = 250;
/** Receipts for the newest of many are enough: reading tells the sender more. */
const DELIVERED_MOST = 5;

export interface EventDoors {
  readonly clock: Clock;
  readonly ask: ChatAsk;
  readonly rooms: Rooms;
  readonly feed: Feed;
  readonly sync: Sync;
  readonly later: Later;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly app: Emitter<ChatEvents>;
  me(): number;
}

export class Events {
  private readonly delivered = new Map<string, string[]>();

  constructor(private readonly doors: EventDoors) {}

  heard(event: string, payload: unknown): void {
    const handler = this.handlers[event as keyof Heard] as ((payload: unknown) => void) | undefined;
    handler?.(payload);
  }

  /** A message from an event, an answer or `sync`. */
  took(room: Room, message: Message): void {
    const what = room.apply(message);
    this.doors.outbox.settle(message);
    if (what === "changed") this.updated(room.timeline.at(message.seq));
    if (what === "new" && message.seq > room.delivered) this.noteDelivered(message);
    if (this.doors.sync.current) this.doors.feed.run(room);
  }

  private readonly handlers: { [E in keyof Heard]: (payload: Heard[E]) => void } = {
    "message:created": (message) => {
      this.doors.sync.heard(message);
      const room = this.doors.rooms.get(message.conversation_id);
      if (!room) return void this.doors.rooms.hear(message).then(() => this.doors.outbox.settle(message));
      // Nothing was told of it yet: what comes live is new, whatever the conversation's description said already.
      if (!room.fed && message.seq <= room.delivered && !room.timeline.at(message.seq))
        room.delivered = message.seq - 1;
      this.took(room, message);
    },
    "message:updated": (message) => {
      const room = this.doors.rooms.get(message.conversation_id);
      if (room) this.took(room, message);
    },
    "message:deleted": (told) => this.inRoom(told.conversationId, (room) => this.updated(room.deleted(told))),
    "message:status": (told) => this.inRoom(told.conversationId, (room) => this.updated(room.status(told))),
    "message:reaction": (told) =>
      this.inRoom(told.conversationId, (room) => {
        const { message, agrees } = room.reaction(told);
        this.updated(message);
        if (!agrees) void this.again(room, told.messageId);
      }),
    "conversation:created": ({ conversationId, conversation }) => this.gained(conversationId, conversation.type),
    "conversation:invited": ({ conversationId }) => void this.doors.rooms.refresh(conversationId),
    "conversation:updated": ({ conversationId }) => void this.doors.rooms.refresh(conversationId),
    "conversation:deleted": ({ conversationId }) => this.doors.rooms.drop(conversationId),
    "conversation:member-added": ({ conversationId }) => void this.doors.rooms.refresh(conversationId),
    "conversation:member-removed": ({ conversationId, userId }) => {
      if (userId === this.doors.me()) this.doors.rooms.drop(conversationId);
      else void this.doors.rooms.refresh(conversationId);
    },
    "conversation:member-updated": ({ conversationId }) =>
      this.inRoom(conversationId, (room) => room.events.emit("members", undefined)),
    "conversation:read": (told) =>
      this.inRoom(told.conversationId, (room) => {
        if (room.readUpTo(told)) void this.doors.rooms.refresh(room.id);
      }),
    "conversation:join-requested": (told) => this.doors.app.emit("conversation:join-requested", told),
    "message:saved": (told) => this.doors.app.emit("message:saved", told),
    "message:scheduled": (told) => {
      this.doors.later.scheduled(told);
      this.doors.app.emit("message:scheduled", told);
    },
    "message:unscheduled": (told) => {
      this.doors.later.ended(told.scheduledId);
      this.doors.app.emit("message:unscheduled", told);
    },
    "reminder:created": (told) => {
      this.doors.later.reminding(told);
      this.doors.app.emit("reminder:created", told);
    },
    "reminder:deleted": (told) => {
      this.doors.later.ended(told.reminderId);
      this.doors.app.emit("reminder:deleted", told);
    },
    "conversation:join-answered": (told) => this.doors.app.emit("conversation:join-answered", told),
    "request:accepted": (told) => {
      void this.doors.rooms.refresh(told.conversationId);
      this.doors.app.emit("request:accepted", told);
    },
    "request:declined": (told) => {
      void this.doors.rooms.refresh(told.conversationId);
      this.doors.app.emit("request:declined", told);
    },
    typing: (told) => {
      this.inRoom(told.conversationId, (room) => room.isTyping(told.userId, told.isTyping));
      this.doors.app.emit("typing", told);
    },
    event: (told) => this.doors.app.emit("event", told),
    presence: (told) => {
      this.doors.presence.heard(told);
      this.doors.app.emit("presence", told);
    },
    error: (error) => this.doors.app.emit("error", { error, where: "server" }),
  };

  private inRoom(id: string, work: (room: Room) => void): void {
    const room = this.doors.rooms.get(id);
    if (room) work(room);
  }

  private updated(message: Message | undefined): void {
    if (message) this.doors.app.emit("message:updated", message);
  }

  /** A private one has no past that is not to be told; who was added to a group starts where they came in. */
  private gained(id: string, type: Conversation["type"]): void {
    void this.doors.rooms.refresh(id, type === "private" ? 0 : undefined);
  }

  /** The message as it stands now: what is known of it does not agree with what the server counts. */
  private async again(room: Room, messageId: string): Promise<void> {
    const seq = room.timeline.get(messageId)?.seq;
    if (seq === undefined) return;
    const page = { conversationId: room.id, limit: 1, before: seq + 1, after: seq - 1 };
    // A failure costs nothing: the next `sync` tells it, too.
    for (const message of await this.doors.ask("message:list", page).catch(() => [])) this.took(room, message);
  }

  private noteDelivered({ _id, sender_id, type, conversation_id }: Message): void {
    if (sender_id === this.doors.me() || type === "system") return;
    if (this.delivered.size === 0) this.doors.clock.after(DELIVERED_SOON_MS, () => this.tellDelivered());
    const waiting = this.delivered.get(conversation_id) ?? [];
    this.delivered.set(conversation_id, [...waiting, _id].slice(-DELIVERED_MOST));
  }

  private tellDelivered(): void {
    const ids = [...this.delivered].filter(([id]) => !this.doors.rooms.get(id)?.isRequest).flatMap(([, list]) => list);
    this.delivered.clear();
    for (const messageId of ids) this.doors.ask("message:delivered", { messageId }).catch(() => undefined);
  }
}
