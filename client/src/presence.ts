/** Who is online, for those whom somebody watches. */
import { type Clock } from "./clock";
import { type Readable, Writable } from "./observable";
import { type ServerEvents } from "./protocol";
import { type ChatAsk } from "./wire";

/** Whether somebody is online, and when they were last. */
export type Seen = ServerEvents["/chat"]["presence"];

const SOON_MS = 50;
const BATCH = 200;

/** Who is online, as `chat.presence`. */
export class Presence {
  private readonly seen = new Map<number, Writable<Seen>>();
  private wanted = new Set<number>();

  constructor(
    private readonly ask: ChatAsk,
    private readonly clock: Clock,
  ) {}

  /** One user to watch; offline until known. */
  of(userId: number): Readable<Seen> {
    const known = this.seen.get(userId);
    if (known) return known;
    const made = new Writable<Seen>({ userId, online: false, lastSeen: null });
    this.seen.set(userId, made);
    this.want(userId);
    return made;
  }

  /** @internal */
  heard(told: Seen): void {
    this.seen.get(told.userId)?.set(told);
  }

  /** Who came and went while there was no connection was not told. @internal */
  catchUp(): void {
    for (const userId of this.seen.keys()) this.want(userId);
  }

  private want(userId: number): void {
    if (this.wanted.size === 0) this.clock.after(SOON_MS, () => void this.askAll());
    this.wanted.add(userId);
  }

  private async askAll(): Promise<void> {
    const ids = [...this.wanted];
    this.wanted = new Set();
    for (let at = 0; at < ids.length; at += BATCH) {
      const userIds = ids.slice(at, at + BATCH);
      // Unknown is offline; the next connection asks again.
      for (const told of await this.ask("presence:get", { userIds }).catch(() => [])) this.heard(told);
    }
  }
}
