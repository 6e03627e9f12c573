/**
 * Tells the application of every message once and in order, conversation by conversation: what is missing in between is
 * fetched first, and where it stands is kept, so that it goes on from there after a restart.
 */
import { backOff, type Clock, sleep } from "./clock";
import { type ChatError, toChatError } from "./error";
import { type Persistence } from "./persistence";
import { type Message } from "./protocol";
import { type Room } from "./room";

const PAGE = 100;
/** How far ahead of a slow application it fetches. */
const AHEAD = 500;
/** A handler that fails is called again so often; then it is told to whoever listens for errors, and the feed goes on. */
const TRIES = 5;
const AGAIN_MS = 5_000;

export interface FeedDoors {
  readonly clock: Clock;
  readonly persistence: Persistence;
  isUp(): boolean;
  listeners(): ((message: Message) => unknown)[];
  /** Of this conversation, after this message, oldest first. */
  fetch(conversationId: string, after: number, limit: number): Promise<Message[]>;
  failed(error: unknown): void;
  /** It may not be read any more. */
  lost(room: Room): void;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | undefined)?.then === "function";

export const positionKey = (id: string): string => `d/${id}`;

export class Feed {
  private readonly filling = new Set<Room>();
  private readonly telling = new Set<Room>();
  private closed = false;

  constructor(private readonly doors: FeedDoors) {}

  /** Something came, or may be missing. */
  run(room: Room): void {
    void this.fill(room);
    void this.tell(room);
  }

  close(): void {
    this.closed = true;
  }

  /** Fetches what lies between the last one told of and the newest. */
  private async fill(room: Room): Promise<void> {
    if (this.filling.has(room)) return;
    this.filling.add(room);
    try {
      while (this.needsMore(room)) await this.fetchOne(room);
    } catch (thrown) {
      const { code } = toChatError(thrown) as ChatError;
      if (code === "FORBIDDEN" || code === "NOTFOUND") this.doors.lost(room);
      else if (this.doors.isUp()) this.doors.clock.after(AGAIN_MS, () => this.run(room));
    } finally {
      this.filling.delete(room);
    }
  }

  private needsMore(room: Room): boolean {
    if (this.closed || !this.doors.isUp() || room.isRequest) return false;
    return room.missesSome && room.frontier - room.delivered < AHEAD;
  }

  private async fetchOne(room: Room): Promise<void> {
    const [after, head] = [room.frontier, room.head];
    const page = await this.doors.fetch(room.id, after, PAGE);
    for (const message of page) room.apply(message);
    const last = page.at(-1)?.seq ?? after;
    // A page that is not full holds all there is; what is in no page is hidden from this user.
    room.timeline.covered.add(after + 1, page.length < PAGE ? Math.max(last, head) : last);
    room.events.emit("messages", undefined);
    void this.tell(room);
  }

  private async tell(room: Room): Promise<void> {
    if (this.telling.has(room)) return;
    this.telling.add(room);
    try {
      while (!this.closed && !room.isRequest && room.delivered < room.frontier) {
        const seq = room.delivered + 1;
        const message = room.timeline.at(seq);
        const confirmed = message ? this.tellAll(room, message) : undefined;
        if (confirmed) await confirmed;
        if (this.closed) return; // not confirmed: it comes again
        await this.advance(room, seq, confirmed !== undefined);
      }
    } finally {
      this.telling.delete(room);
    }
    void this.fill(room);
  }

  /** Where the application took time over it, it is kept at once that it did. */
  private async advance(room: Room, seq: number, confirmed: boolean): Promise<void> {
    room.delivered = Math.max(room.delivered, seq);
    room.fed = true;
    room.trim();
    if (confirmed) await this.doors.persistence.write(positionKey(room.id), room.delivered);
    else this.doors.persistence.put(positionKey(room.id), () => room.delivered);
  }

  private tellAll(room: Room, message: Message): Promise<unknown> | undefined {
    const waits: Promise<unknown>[] = [];
    for (const listener of this.doors.listeners()) {
      const first = attempt(listener, message);
      if (isPromise(first)) waits.push(this.insist(room, listener, message, first));
    }
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  private async insist(
    room: Room,
    listener: (message: Message) => unknown,
    message: Message,
    first: Promise<unknown>,
  ): Promise<void> {
    for (let tried = 1, running = first; ; tried++) {
      try {
        await running;
        return;
      } catch (error) {
        if (this.closed) return;
        if (tried >= TRIES) return this.doors.failed(error);
        await sleep(this.doors.clock, backOff(this.doors.clock, tried, 250));
        running = Promise.resolve(listener(room.timeline.at(message.seq) ?? message));
      }
    }
  }
}

/** A handler that throws at once has failed like one that rejects. */
function attempt(listener: (message: Message) => unknown, message: Message): unknown {
  try {
    return listener(message);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
