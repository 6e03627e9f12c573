/** The life of a client: what the storage holds, connecting, catching up after each connection, leaving, forgetting. */
import { type ConnectionState } from "./connection";
import { unavailable } from "./error";
import { type ChatEvents } from "./events";
import { type Emitter } from "./observable";
import { type ChatOptions } from "./options";
import { assemble, type Parts } from "./parts";
import { type User } from "./protocol";

/** `sync` asks this often for what a connection may have lost without breaking; and so no reconnection has much to tell. */
const SYNC_EVERY_MS = 10 * 60_000;

export class Life {
  readonly parts: Parts;
  /** Who is signed in; known once connected, or from the storage. */
  me: User | undefined;
  private opened: Promise<void> | undefined;
  private stopSyncing: (() => void) | undefined;

  constructor(options: ChatOptions, app: Emitter<ChatEvents>) {
    this.parts = assemble(options, app, {
      me: () => this.me?.user_id ?? 0,
      up: () => this.up(),
      complete: (again) => this.complete(again),
    });
    this.parts.channel.on("signedOut", () => void this.forget());
  }

  /** Shows what the storage holds, without a connection. */
  open(): Promise<void> {
    this.opened ??= this.restore();
    return this.opened;
  }

  /** Settles at the first connection that has caught up. @throws AnyChatError where the token is refused */
  async connect(): Promise<void> {
    await this.open();
    const { connection } = this.parts;
    connection.start();
    await new Promise<void>((resolve, reject) => {
      let stop: (() => void) | undefined = undefined as (() => void) | undefined;
      const settle = ({ state, signedOut, error }: ConnectionState): void => {
        if (state === "online") resolve();
        else if (signedOut) reject(error ?? unavailable("Signed out."));
        else if (!connection.isWanted) reject(unavailable("The client was closed."));
        else return;
        queueMicrotask(() => stop?.());
      };
      stop = connection.state.subscribe(settle);
    });
  }

  /** Leaves, and keeps all there is for the next time. */
  async close(): Promise<void> {
    this.stop();
    await this.parts.persistence.close();
    this.parts.channel.close();
  }

  /** Leaves and forgets everything, also in the storage and in the other tabs. */
  async signOut(): Promise<void> {
    this.parts.channel.tell("signedOut", undefined);
    await this.forget();
    this.parts.channel.close();
  }

  /** One's own account has changed. */
  became(me: User): void {
    this.me = me;
    this.parts.persistence.put("me", () => this.me);
  }

  private async forget(): Promise<void> {
    const { tokens, rooms, users, notifications, later, persistence } = this.parts;
    this.stop();
    tokens.forget();
    for (const { id } of [...rooms.all()]) rooms.drop(id);
    users.clear();
    notifications.clear();
    later.clear();
    await persistence.clear();
  }

  private stop(): void {
    const { connection, feed, outbox, rooms } = this.parts;
    this.stopSyncing?.();
    feed.close();
    outbox.close();
    connection.stop();
    rooms.close();
  }

  private async restore(): Promise<void> {
    const { persistence, rooms, outbox, sync } = this.parts;
    const records = await persistence.load((late) => {
      outbox.restore(late);
      outbox.flush();
    });
    const me = records.get("me") as User | undefined;
    if (!me) return outbox.restore(records);
    this.me = me;
    rooms.restore(records);
    sync.begun = records.get("begun") === true;
    outbox.restore(records);
  }

  private async up(): Promise<void> {
    const { sync, outbox, rooms, notifications, presence, rest } = this.parts;
    sync.current = false;
    const me = await rest.call("GET /users/me");
    if (this.me && this.me.user_id !== me.user_id) await this.becomeSomebodyElse();
    this.became(me);
    await sync.catchUp();
    outbox.flush();
    notifications.catchUp();
    presence.catchUp();
    for (const conversation of rooms.openHandles()) conversation.flush();
    this.keepInSync();
  }

  /** What is kept is another account's: none of it may be shown or sent in this one's name. */
  private async becomeSomebodyElse(): Promise<void> {
    const { rooms, persistence, outbox, later, sync } = this.parts;
    for (const { id } of [...rooms.all()]) rooms.drop(id);
    outbox.clear();
    later.clear();
    sync.begun = false;
    await persistence.empty();
  }

  private complete(again: boolean): void {
    const { persistence, rooms } = this.parts;
    persistence.put("begun", () => true);
    if (again) for (const conversation of rooms.openHandles()) conversation.messages.reload();
  }

  private keepInSync(): void {
    const { core, connection, sync } = this.parts;
    this.stopSyncing?.();
    this.stopSyncing = core.clock.after(SYNC_EVERY_MS * (0.8 + core.clock.random() * 0.4), () => {
      if (connection.state.value.state !== "online") return;
      // Where it fails the connection has failed, or will: then all of this begins anew.
      sync.catchUp().then(
        () => this.keepInSync(),
        () => this.keepInSync(),
      );
    });
  }
}
