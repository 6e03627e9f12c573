/** All conversations: kept, listed, found, lost. */
import { type Clock } from "./clock";
import { Conversation } from "./conversation";
import { toChatError } from "./error";
import { type Feed, positionKey } from "./feed";
import { Computed, type Readable, sameItems } from "./observable";
import { type Persistence } from "./persistence";
import { type Conversation as Description, type Message } from "./protocol";
import { Room, type StoredRoom } from "./room";
import { type Core } from "./wire";

/** How many conversations the storage keeps the messages of. */
const TAILS = 100;
const SOON_MS = 50;

export interface RoomsDoors {
  readonly clock: Clock;
  readonly persistence: Persistence;
  readonly core: Core;
  readonly feed: () => Feed;
  gained(conversation: Description): void;
  left(conversationId: string): void;
}

const keyOf = (id: string): string => `c/${id}`;
const isStoredRoom = (value: unknown): value is StoredRoom => {
  const v = value as Partial<StoredRoom> | undefined;
  return typeof v?.conversation?._id === "string" && typeof v.delivered === "number" && Array.isArray(v.tail);
};

/** Pinned ones first, then the latest; ties by id, so that all devices show one order. */
function inOrder(a: Description, b: Description): number {
  if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
  if (a.updated_at !== b.updated_at) return a.updated_at < b.updated_at ? 1 : -1;
  return a._id < b._id ? 1 : -1;
}

export class Rooms {
  private readonly rooms = new Map<string, Room>();
  private readonly handles = new Map<string, Conversation>();
  private readonly refreshing = new Map<string, { again: boolean; done: Promise<void> }>();
  /** Messages of conversations that are not known yet. */
  private readonly early = new Map<string, Message[]>();
  readonly list: Readable<readonly Description[]>;
  readonly requests: Readable<readonly Description[]>;
  private readonly lists: Computed<readonly Description[]>[];

  constructor(private readonly doors: RoomsDoors) {
    const those = (fits: (room: Room) => boolean) =>
      new Computed<readonly Description[]>(
        () =>
          [...this.rooms.values()]
            .filter(fits)
            .map((room) => room.conversation)
            .sort(inOrder),
        sameItems,
      );
    const list = those(
      (room) => !room.isRequest && !room.conversation.hidden && room.conversation.status !== "declined",
    );
    const requests = those((room) => room.isRequest);
    [this.list, this.requests, this.lists] = [list, requests, [list, requests]];
  }

  get(id: string): Room | undefined {
    return this.rooms.get(id);
  }

  all(): Iterable<Room> {
    return this.rooms.values();
  }

  handle(id: string): Conversation | undefined {
    const room = this.rooms.get(id);
    if (!room) return undefined;
    const known = this.handles.get(id);
    if (known?.room === room) return known;
    const made = new Conversation(room, this.doors.core);
    this.handles.set(id, made);
    return made;
  }

  openHandles(): Iterable<Conversation> {
    return this.handles.values();
  }

  restore(records: ReadonlyMap<string, unknown>): void {
    for (const [key, value] of records) {
      if (!key.startsWith("c/") || !isStoredRoom(value)) continue;
      const kept = Number(records.get(positionKey(value.conversation._id))) || 0;
      const room = this.add(value.conversation, Math.max(kept, value.delivered));
      room.restore(value);
    }
  }

  /** Where `sync` goes on. */
  cursors(): Record<string, number> {
    const known = [...this.rooms.values()].filter((room) => room.cursor !== undefined);
    return Object.fromEntries(known.map((room) => [room.id, room.cursor as number]));
  }

  /** As the server describes it; where it was not known, the application is told of all behind `baseline`. */
  put(told: Description, baseline: number): Room {
    const known = this.rooms.get(told._id);
    if (known) {
      known.put(told);
      return known;
    }
    const early = this.early.get(told._id) ?? [];
    const first = Math.min(...early.map(({ seq }) => seq));
    const room = this.add(told, Math.min(baseline, first - 1));
    this.early.delete(told._id);
    for (const message of early) room.apply(message);
    this.doors.gained(room.conversation);
    return room;
  }

  /** A message of a conversation that is not known: it is asked for. */
  async hear(message: Message): Promise<void> {
    const { conversation_id: id } = message;
    this.early.set(id, [...(this.early.get(id) ?? []), message]);
    await this.refresh(id);
    if (!this.rooms.has(id)) this.early.delete(id);
  }

  /** Asks how a conversation stands now; many calls at once cost two questions at most. Lost ones are dropped. */
  refresh(id: string, baseline?: number): Promise<void> {
    const running = this.refreshing.get(id);
    if (running) {
      running.again = true;
      return running.done;
    }
    const entry = { again: false, done: Promise.resolve() };
    this.refreshing.set(id, entry);
    entry.done = this.refreshNow(id, entry, baseline).finally(() => this.refreshing.delete(id));
    return entry.done;
  }

  drop(id: string): void {
    const room = this.rooms.get(id);
    if (!room) return;
    room.close();
    this.rooms.delete(id);
    this.handles.delete(id);
    void this.doors.persistence.remove(keyOf(id));
    void this.doors.persistence.remove(positionKey(id));
    this.changed();
    this.doors.left(id);
  }

  /** What came of it, or where it stands, is kept before long: in one piece, so that none is newer than the other. */
  keep(room: Room): void {
    this.doors.persistence.put(keyOf(room.id), () => {
      const stored = room.stored();
      const recent = this.list.value.findIndex(({ _id }) => _id === room.id) < TAILS;
      return recent ? stored : { ...stored, tail: [], from: 1, to: 0 };
    });
  }

  close(): void {
    for (const room of this.rooms.values()) room.close();
  }

  private async refreshNow(id: string, entry: { again: boolean }, baseline?: number): Promise<void> {
    do {
      entry.again = false;
      await new Promise<void>((resolve) => void this.doors.clock.after(SOON_MS, resolve));
      try {
        const told = await this.doors.core.ask("conversation:get", { conversationId: id });
        this.doors.feed().run(this.put(told, baseline ?? told.last_read_seq));
      } catch (thrown) {
        const { code } = toChatError(thrown);
        if (code === "FORBIDDEN" || code === "NOTFOUND") this.drop(id);
        // Else the connection failed, and the next one catches up.
      }
    } while (entry.again);
  }

  private add(conversation: Description, delivered: number): Room {
    const { core, clock } = this.doors;
    const room = new Room(conversation, delivered, core.me(), clock);
    this.rooms.set(room.id, room);
    room.events.on("info", () => {
      this.changed();
      this.keep(room);
    });
    room.events.on("messages", () => this.keep(room));
    this.changed();
    this.keep(room);
    return room;
  }

  private changed(): void {
    for (const list of this.lists) list.invalidate();
  }
}
