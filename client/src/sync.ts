/** Catching up after every connection: the socket listens already, so nothing falls between; doubles change nothing. */
import { type ResultOf } from "./questions";
import { type Feed } from "./feed";
import { type Later } from "./later";
import { type Message } from "./protocol";
import { type Room } from "./room";
import { type Rooms } from "./rooms";
import { type ChatAsk } from "./wire";

export type Change = ResultOf<"/chat", "sync">["changes"][number];

export interface SyncDoors {
  readonly ask: ChatAsk;
  readonly rooms: Rooms;
  readonly feed: Feed;
  readonly later: Later;
  /** A message that came or changed: told to whoever watches. */
  took(room: Room, message: Message): void;
  /** Whether the application is told of what is unread at the very first connection, or of what comes from then on. */
  readonly fromUnread: boolean;
  /** The list is complete; `again`: after it had to be loaded anew. */
  complete(again: boolean): void;
}

const LIST = 100;

export class Sync {
  /** Everything was loaded once, in this or an earlier life. */
  begun = false;
  /** Since this connection came up nothing is missing that was said before it. */
  current = false;
  /** The first `message:created` of each conversation since this client listens. */
  private readonly firstHeard = new Map<string, number>();

  constructor(private readonly doors: SyncDoors) {}

  heard({ conversation_id, seq }: Message): void {
    if (this.begun) return;
    this.firstHeard.set(conversation_id, Math.min(seq, this.firstHeard.get(conversation_id) ?? Infinity));
  }

  /** @throws AnyChatError where the connection fails meanwhile; the next one goes on where this one got to */
  async catchUp(): Promise<void> {
    this.current = false;
    if (!this.begun) await this.loadAll();
    else await this.changes();
    this.current = true;
    for (const room of this.doors.rooms.all()) this.doors.feed.run(room);
  }

  private async changes(): Promise<void> {
    const { ask, rooms, later } = this.doors;
    for (let next: Record<string, number> | null = rooms.cursors(); next;) {
      const { tag, take } = later.asking();
      const page: ResultOf<"/chat", "sync"> = await ask("sync", { cursors: next, later: tag });
      const taken = take(page.later);
      if (page.reset) return this.loadAll();
      this.applyAll(page.changes);
      for (const [id, cursor] of Object.entries(page.cursors)) this.advance(id, cursor);
      next = page.next ?? (taken ? null : page.cursors);
    }
  }

  /** A conversation goes on from there; kept together with what it was told until there. */
  private advance(id: string, cursor: number): void {
    const room = this.doors.rooms.get(id);
    if (!room || room.cursor === cursor) return;
    room.cursor = cursor;
    this.doors.rooms.keep(room);
  }

  private applyAll(changes: readonly Change[]): void {
    for (const change of changes) this.apply(change, changes);
  }

  private apply(change: Change, page: readonly Change[]): void {
    const { rooms } = this.doors;
    const { type, conversationId, conversation, message, userId, receipt, settings } = change;
    if (type === "left") return rooms.drop(conversationId);
    if (conversation) rooms.put(conversation, Math.min(conversation.last_read_seq, firstNew(conversationId, page) - 1));
    const room = rooms.get(conversationId);
    if (!room) return void (message && rooms.hear(message));
    if (message) return this.doors.took(room, message);
    if (settings) room.forgetOwn(settings);
    if (receipt && userId !== undefined) {
      const { last_read_seq, last_read_at, last_delivered_seq } = receipt;
      room.readUpTo({ userId, seq: last_delivered_seq, timestamp: null }, "delivered");
      if (room.readUpTo({ userId, seq: last_read_seq, timestamp: last_read_at })) void rooms.refresh(conversationId);
    }
    if (type === "member") {
      if (conversation) room.events.emit("members", undefined);
      else void rooms.refresh(conversationId);
    }
  }

  /** Everything anew: at the very first connection, and when the server can't tell what was missed. */
  private async loadAll(): Promise<void> {
    const { ask, rooms, later } = this.doors;
    // Before the list: what comes in between is told twice, not never.
    const { tag, take } = later.asking();
    const { cursors, later: plans } = await ask("sync", { later: tag });
    const taken = take(plans);
    const before = [...rooms.all()];
    const again = this.begun;
    if (again) for (const room of rooms.all()) room.forget();
    for (let cursor: string | undefined; ;) {
      const page = await ask("conversation:list", { limit: LIST, ...(cursor === undefined ? {} : { cursor }) });
      for (const { cursor: _own, ...told } of page) {
        const first = this.firstHeard.get(told._id) ?? Infinity;
        const unread = told.status === "pending" || this.doors.fromUnread;
        const room = rooms.put(told, unread ? told.last_read_seq : Math.min(told.last_seq, first - 1));
        // After a backup was restored there may be less than there was.
        if (again) this.rewind(room, told.last_seq);
      }
      cursor = page.at(-1)?.cursor;
      if (page.length < LIST) break;
    }
    for (const room of before) if (!(room.id in cursors)) rooms.drop(room.id);
    for (const [id, cursor] of Object.entries(cursors)) this.advance(id, cursor);
    this.begun = true;
    this.firstHeard.clear();
    this.doors.complete(again);
    if (!taken) await this.changes();
  }

  private rewind(room: Room, last: number): void {
    room.head = last;
    room.delivered = Math.min(room.delivered, last);
  }
}

/** The first message of a gained conversation that was sent since: it has not been changed. */
function firstNew(conversationId: string, page: readonly Change[]): number {
  const seqs = page.flatMap(({ conversationId: id, message }) =>
    id === conversationId && message?.version === 1 ? [message.seq] : [],
  );
  return Math.min(Infinity, ...seqs);
}
