/** The client: puts its parts together, and is what an application holds. */
import { Channel } from "./channel";
import { type Clock, systemClock } from "./clock";
import { Connection, type ConnectionState, type State } from "./connection";
import { type Conversation } from "./conversation";
import { type AnyChatError, unavailable } from "./error";
import { type ChatEvents, Events } from "./events";
import { Feed } from "./feed";
import { Notifications } from "./notifications";
import { Emitter, type Readable } from "./observable";
import { Outbox } from "./outbox";
import { newClientId } from "./outgoing";
import { Persistence } from "./persistence";
import { Presence } from "./presence";
import {
  type Conversation as Description,
  type Message,
  type OpenGroup,
  type UploadedFile,
  type User,
} from "./protocol";
import { Rest } from "./rest";
import { Rooms } from "./rooms";
import { openSockets, type OpenSockets } from "./sockets";
import { type ChatStorage, memory } from "./storage";
import { Sync } from "./sync";
import { Tokens, type TokenSource } from "./tokens";
import { upload, type UploadOptions } from "./uploads";
import { Users } from "./users";
import { type ChatAsk, type Core, oldestFirst } from "./wire";

export interface ChatOptions {
  /** Of the server, as `https://chat.example.com`. */
  readonly url: string;
  /** An access token, or how to get one; an API token for a bot. */
  readonly token: string | TokenSource;
  /** What outlives the process: conversations, what waits to be sent, where one stands. In memory where left out. */
  readonly storage?: ChatStorage;
  /** Where `message:created` begins at the very first connection: with what comes (`now`, the default), or is unread. */
  readonly begin?: "now" | "unread";
  /** Seams for tests. */
  readonly clock?: Clock;
  readonly sockets?: OpenSockets;
  readonly fetch?: typeof fetch;
}

export interface GroupOptions {
  readonly name: string;
  /** Ids of the others. */
  readonly members: readonly number[];
  readonly avatar?: string;
  /** The application's own data, up to 4 kB as JSON. */
  readonly custom?: Record<string, unknown>;
  /** Its key in the application: an order, a ticket. The group of this key is returned where it is there. */
  readonly externalId?: string;
}

/** `sync` asks this often for what a connection may have lost without breaking; and so no reconnection has much to tell. */
const SYNC_EVERY_MS = 10 * 60_000;

export class Chat {
  readonly connection: Readable<ConnectionState>;
  /** One's conversations, pinned ones first, then the latest. */
  readonly conversations: Readable<readonly Description[]>;
  /** Wishes of others to talk. */
  readonly requests: Readable<readonly Description[]>;
  readonly users: Users;
  readonly presence: Presence;
  readonly notifications: Notifications;
  /** For what this client has no method for: every event and route, typed, with the token and the retries. */
  readonly ask: ChatAsk;
  readonly rest: Rest;

  private readonly app = new Emitter<ChatEvents>();
  private readonly parts: Parts;
  private opened: Promise<void> | undefined;
  private self: User | undefined;
  private stopSyncing: (() => void) | undefined;

  constructor(options: ChatOptions) {
    this.parts = assemble(options, this.app, {
      me: () => this.self?.user_id ?? 0,
      up: () => this.up(),
      complete: (again) => this.complete(again),
    });
    const { connection, rooms, users, presence, notifications, core, rest } = this.parts;
    this.connection = connection.state;
    this.conversations = rooms.list;
    this.requests = rooms.requests;
    [this.users, this.presence, this.notifications] = [users, presence, notifications];
    [this.ask, this.rest] = [core.ask, rest];
    this.parts.channel.on("signedOut", () => void this.forget());
  }

  get state(): State {
    return this.connection.value.state;
  }

  /** Who is signed in; known once connected, or from the storage. */
  get me(): User | undefined {
    return this.self;
  }

  /**
   * Takes up what the storage holds, connects, and stays so until `close`. Settles at the first connection that has
   * caught up. @throws AnyChatError where the token is refused; anything else is tried again
   */
  async connect(): Promise<void> {
    await this.open();
    this.parts.connection.start();
    await new Promise<void>((resolve, reject) => {
      let stop: (() => void) | undefined = undefined as (() => void) | undefined;
      const settle = ({ state, signedOut, error }: ConnectionState): void => {
        if (state === "online") resolve();
        else if (signedOut) reject(error ?? unavailable("Signed out."));
        else if (!this.parts.connection.isWanted) reject(unavailable("The client was closed."));
        else return;
        queueMicrotask(() => stop?.());
      };
      stop = this.connection.subscribe(settle);
    });
  }

  /** Shows what the storage holds, without a connection. */
  open(): Promise<void> {
    this.opened ??= this.restore();
    return this.opened;
  }

  on<E extends keyof ChatEvents>(event: E, run: (payload: ChatEvents[E]) => unknown): () => void {
    return this.app.on(event, run);
  }

  /** A conversation that one is in. */
  conversation(id: string): Conversation | undefined {
    return this.parts.rooms.handle(id);
  }

  /** The conversation with one other user; begun where there is none. @throws AnyChatError */
  async with(userId: number): Promise<Conversation> {
    await this.open();
    const known = [...this.parts.rooms.all()].find(
      ({ conversation: { type, participants } }) => type === "private" && participants.includes(userId),
    );
    if (known) return this.parts.rooms.handle(known.id) as Conversation;
    return this.begun(await this.ask("conversation:create", { participantIds: [userId], clientId: newClientId() }));
  }

  /** Begins a group. @throws AnyChatError */
  async group({ name, members, avatar, custom, externalId }: GroupOptions): Promise<Conversation> {
    const more = {
      ...(avatar === undefined ? {} : { avatar }),
      ...(custom === undefined ? {} : { custom }),
      ...(externalId === undefined ? {} : { external_id: externalId }),
    };
    const params = { participantIds: [...members], name, type: "group" as const, clientId: newClientId(), ...more };
    return this.begun(await this.ask("conversation:create", params));
  }

  /** Public groups, newest first, by the beginnings of words of their names. @throws AnyChatError */
  discover(query = "", { limit = 20, after }: { limit?: number; after?: string } = {}): Promise<OpenGroup[]> {
    return this.ask("conversation:discover", { query, limit, ...(after === undefined ? {} : { after }) });
  }

  /** Joins a public group or by a link; undefined where its staff is asked first. @throws AnyChatError */
  async enter(where: { conversationId: string } | { link: string }): Promise<Conversation | undefined> {
    const { conversation } = await this.ask("conversation:enter", where);
    return conversation ? this.begun(conversation) : undefined;
  }

  /** In all conversations. @throws AnyChatError */
  search(query: string, { limit = 20, skip = 0 } = {}): Promise<{ messages: Message[]; total: number }> {
    return this.ask("message:search", { query, limit, skip });
  }

  /** @throws AnyChatError */
  upload(file: Blob, options: UploadOptions = {}): Promise<UploadedFile> {
    return upload(this.parts.rest, this.parts.tokens, file, options);
  }

  /** Leaves, and keeps all there is for the next time. */
  async close(): Promise<void> {
    this.stop();
    await this.parts.persistence.close();
    this.parts.channel.close();
  }

  /** Leaves and forgets everything, also in the storage and in the other tabs; what waits to be sent is lost. */
  async signOut(): Promise<void> {
    this.parts.channel.tell("signedOut", undefined);
    await this.forget();
    this.parts.channel.close();
  }

  private async forget(): Promise<void> {
    this.stop();
    this.parts.tokens.forget();
    for (const { id } of [...this.parts.rooms.all()]) this.parts.rooms.drop(id);
    this.users.clear();
    this.notifications.clear();
    await this.parts.persistence.clear();
  }

  private stop(): void {
    const { connection, feed, outbox, rooms } = this.parts;
    this.stopSyncing?.();
    feed.close();
    outbox.close();
    connection.stop();
    rooms.close();
  }

  private begun(description: Description): Conversation {
    const { rooms, feed } = this.parts;
    feed.run(rooms.put(description, description.type === "private" ? 0 : description.last_read_seq));
    return rooms.handle(description._id) as Conversation;
  }

  private async restore(): Promise<void> {
    const { persistence, rooms, outbox, sync } = this.parts;
    const records = await persistence.load((late) => {
      outbox.restore(late);
      outbox.flush();
    });
    const me = records.get("me") as User | undefined;
    if (!me) return outbox.restore(records);
    this.self = me;
    rooms.restore(records);
    sync.begun = records.get("begun") === true;
    outbox.restore(records);
  }

  private async up(): Promise<void> {
    const { sync, outbox, rooms, notifications, presence, persistence, rest } = this.parts;
    sync.current = false;
    const me = await rest.ask<User>("GET", "/users/me");
    if (this.self && this.self.user_id !== me.user_id) await this.becomeSomebodyElse();
    this.self = me;
    persistence.put("me", () => this.self);
    await sync.catchUp();
    outbox.flush();
    notifications.catchUp();
    presence.catchUp();
    for (const conversation of rooms.openHandles()) conversation.flush();
    this.keepInSync();
  }

  /** What is kept is another account's: none of it may be shown or sent in this one's name. */
  private async becomeSomebodyElse(): Promise<void> {
    const { rooms, persistence, outbox, sync } = this.parts;
    for (const { id } of [...rooms.all()]) rooms.drop(id);
    outbox.clear();
    sync.begun = false;
    await persistence.empty();
  }

  private complete(again: boolean): void {
    const { persistence, rooms } = this.parts;
    persistence.put("begun", () => true);
    if (again) for (const conversation of rooms.openHandles()) conversation.messages.reload();
  }

  private keepInSync(): void {
    const { clock } = this.parts.core;
    this.stopSyncing?.();
    this.stopSyncing = clock.after(SYNC_EVERY_MS * (0.8 + clock.random() * 0.4), () => {
      if (this.state !== "online") return;
      // Where it fails the connection has failed, or will: then all of this begins anew.
      this.parts.sync.catchUp().then(
        () => this.keepInSync(),
        () => this.keepInSync(),
      );
    });
  }
}

interface Hooks {
  readonly me: () => number;
  readonly up: () => Promise<void>;
  readonly complete: (again: boolean) => void;
}
type Parts = ReturnType<typeof assemble>;

function assemble(options: ChatOptions, app: Emitter<ChatEvents>, hooks: Hooks) {
  const { url, token, storage = memory(), clock = systemClock } = options;
  const channel = new Channel(storage.name);
  const persistence = new Persistence(storage, clock, (error) => app.emit("error", { error, where: "storage" }));
  const source: TokenSource = typeof token === "string" ? () => token : token;
  const tokens = new Tokens(source, clock, channel, (fresh) => void connection.renew(fresh));
  const rest = new Rest(url, tokens, options.fetch);

  const connection = new Connection(url, options.sockets ?? openSockets, tokens, clock, {
    up: hooks.up,
    event: (namespace, event, payload) =>
      namespace === "/chat" ? events.heard(event, payload) : notifications.heard(event, payload),
    signedOut: (error: AnyChatError) => app.emit("signedOut", { error }),
  });
  const ask: ChatAsk = (event, params) => connection.ask("/chat", event, params);
  const outbox = new Outbox({
    clock,
    persistence,
    keepsFiles: storage.keepsFiles === true,
    me: hooks.me,
    connected: () => connection.whenOnline(),
    send: (params) => connection.once("/chat", "message:send", params) as Promise<Message>,
    upload: (file, onProgress) => upload(rest, tokens, file, { onProgress }),
    arrived(message) {
      const room = rooms.get(message.conversation_id);
      if (room) events.took(room, message);
    },
    changed: (id) => rooms.get(id)?.events.emit("messages", undefined),
  });
  const core: Core = { clock, ask, connection, outbox, me: hooks.me };
  const rooms: Rooms = new Rooms({
    clock,
    persistence,
    core,
    feed: () => feed,
    gained: (conversation) => app.emit("conversation:gained", conversation),
    left: (conversationId) => app.emit("conversation:left", { conversationId }),
  });
  const feed: Feed = new Feed({
    clock,
    persistence,
    isUp: () => connection.isUp && sync.current,
    listeners: () => app.of("message:created"),
    fetch: async (conversationId, after, limit) =>
      oldestFirst(await ask("message:list", { conversationId, after, limit })),
    failed: (error) => app.emit("error", { error, where: "handler" }),
    lost: (room) => void rooms.refresh(room.id),
  });
  const sync: Sync = new Sync({
    ask,
    rooms,
    feed,
    took: (room, message) => events.took(room, message),
    complete: hooks.complete,
    fromUnread: options.begin === "unread",
  });
  const users = new Users(rest, clock);
  const presence = new Presence(ask, clock);
  const notifications = new Notifications(connection);
  const events: Events = new Events({ clock, ask, rooms, feed, sync, outbox, presence, app, me: hooks.me });
  return {
    channel,
    persistence,
    tokens,
    rest,
    connection,
    outbox,
    core,
    rooms,
    feed,
    sync,
    users,
    presence,
    notifications,
  };
}

/** A client for one account. Does nothing until it is told to `connect`. */
export const createChat = (options: ChatOptions): Chat => new Chat(options);
