/** The client: what an application holds. */
import { Account } from "./account";
import { type ConnectionState, type State } from "./connection";
import { type ParamsOf, type ResultOf } from "./questions";
import { type Conversation } from "./conversation";
import { type ChatEvents } from "./events";
import { type Files, type UploadOptions } from "./files";
import { type Later } from "./later";
import { Life } from "./life";
import { type Notifications } from "./notifications";
import { Emitter, type Readable } from "./observable";
import { type ChatOptions, type GroupOptions, type SearchOptions } from "./options";
import { newClientId } from "./outgoing";
import { type Presence } from "./presence";
import {
  type Conversation as Description,
  type Message,
  type OpenGroup,
  type UploadedFile,
  type User,
} from "./protocol";
import { type Rest } from "./rest";
import { type Users } from "./users";
import { type ChatAsk } from "./wire";

/** The client of one account: its conversations, kept up to date, and all that can be asked of the server. */
export class Chat {
  /** How the connection stands, and why. */
  readonly connection: Readable<ConnectionState>;
  /** One's conversations, pinned ones first, then the latest. */
  readonly conversations: Readable<readonly Description[]>;
  /** Wishes of others to talk. */
  readonly requests: Readable<readonly Description[]>;
  /** Names and faces, and whom one has blocked. */
  readonly users: Users;
  /** Who is online. */
  readonly presence: Presence;
  /** The bell, and what one wants to be told of. */
  readonly notifications: Notifications;
  /** Messages that are sent at a time, and reminders. */
  readonly later: Later;
  /** One's own profile, sessions, second factor, API tokens and bots. */
  readonly account: Account;
  /** Files: up, down, links to them. */
  readonly files: Files;
  /** For what this client has no method for: every event, typed, with the token and the retries. */
  readonly ask: ChatAsk;
  /** The same for every REST route. */
  readonly rest: Rest;

  private readonly app = new Emitter<ChatEvents>();
  private readonly life: Life;

  /** @internal */
  constructor(options: ChatOptions) {
    this.life = new Life(options, this.app);
    const { connection, rooms, users, presence, notifications, later, core, rest, files } = this.life.parts;
    this.connection = connection.state;
    this.conversations = rooms.list;
    this.requests = rooms.requests;
    [this.users, this.presence, this.notifications, this.files] = [users, presence, notifications, files];
    this.later = later;
    [this.ask, this.rest] = [core.ask, rest];
    this.account = new Account(
      rest,
      () => core.me(),
      (me) => this.life.became(me),
    );
  }

  /** `offline`, `connecting`, `catchingUp` or `online`. */
  get state(): State {
    return this.connection.value.state;
  }

  /** Who is signed in; known once connected, or from the storage. */
  get me(): User | undefined {
    return this.life.me;
  }

  /**
   * Takes up what the storage holds, connects, and stays so until `close`. Settles at the first connection that has
   * caught up. @throws AnyChatError where the token is refused; anything else is tried again
   */
  connect(): Promise<void> {
    return this.life.connect();
  }

  /** Shows what the storage holds, without a connection. */
  open(): Promise<void> {
    return this.life.open();
  }

  /** Leaves, and keeps all there is for the next time. */
  close(): Promise<void> {
    return this.life.close();
  }

  /** Leaves and forgets everything, also in the storage and in the other tabs; what waits to be sent is lost. */
  signOut(): Promise<void> {
    return this.life.signOut();
  }

  /** Calls `run` with every such event; gives back how to stop. */
  on<E extends keyof ChatEvents>(event: E, run: (payload: ChatEvents[E]) => unknown): () => void {
    return this.app.on(event, run);
  }

  /** A conversation that one is in. */
  conversation(id: string): Conversation | undefined {
    return this.life.parts.rooms.handle(id);
  }

  /** The conversation with one other user; begun where there is none. @throws AnyChatError */
  async with(userId: number): Promise<Conversation> {
    await this.open();
    const { rooms } = this.life.parts;
    const known = [...rooms.all()].find(
      ({ conversation: { type, participants } }) => type === "private" && participants.includes(userId),
    );
    if (known) return rooms.handle(known.id) as Conversation;
    return this.begun(await this.ask("conversation:create", { participantIds: [userId], clientId: newClientId() }));
  }

  /** Begins a group. @throws AnyChatError */
  async group({ members, text, externalId, ...more }: GroupOptions): Promise<Conversation> {
    const params = {
      ...more,
      participantIds: [...members],
      type: "group" as const,
      clientId: newClientId(),
      ...(text === undefined ? {} : { content: text }),
      ...(externalId === undefined ? {} : { external_id: externalId }),
    };
    return this.begun(await this.ask("conversation:create", params));
  }

  /** One's conversations by the application's own data on them, or its key. @throws AnyChatError */
  async find(by: { custom?: Record<string, unknown>; externalId?: string }): Promise<Conversation[]> {
    const { custom, externalId } = by;
    const found = await this.ask("conversation:list", {
      limit: 100,
      ...(custom === undefined ? {} : { custom }),
      ...(externalId === undefined ? {} : { external_id: externalId }),
    });
    return found.map(({ cursor: _cursor, ...description }) => this.begun(description));
  }

  /** Public groups, newest first, by the beginnings of words of their names. @throws AnyChatError */
  discover(
    query = "",
    { limit = 20, ...more }: { limit?: number; after?: string; custom?: Record<string, unknown> } = {},
  ): Promise<OpenGroup[]> {
    return this.ask("conversation:discover", { query, limit, ...more });
  }

  /** What group a link leads to, before one joins by it. @throws AnyChatError */
  openLink(link: string): Promise<OpenGroup> {
    return this.ask("conversation:open-link", { link });
  }

  /** Joins a public group or by a link; undefined where its staff is asked first. @throws AnyChatError */
  async enter(where: { conversationId: string } | { link: string }): Promise<Conversation | undefined> {
    const { conversation } = await this.ask("conversation:enter", where);
    return conversation ? this.begun(conversation) : undefined;
  }

  /** One message, wherever it is. @throws AnyChatError */
  message(messageId: string): Promise<Message> {
    return this.rest.call("GET /messages/:messageId", { messageId });
  }

  /** The messages that one saved (`conversation.save`), the last saved first; `before` is a `saved_at`. @throws AnyChatError */
  saved(options: ParamsOf<"/chat", "message:saves"> = {}): Promise<ResultOf<"/chat", "message:saves">> {
    return this.ask("message:saves", options);
  }

  /** In all conversations; without a text by what else is given. @throws AnyChatError */
  search(query: string, options: SearchOptions = {}): Promise<{ messages: Message[]; total: number }> {
    return this.ask("message:search", { ...options, ...(query === "" ? {} : { query }) });
  }

  /** A file to the server, for `attachments`. @throws AnyChatError */
  upload(file: Blob, options: UploadOptions = {}): Promise<UploadedFile> {
    return this.files.upload(file, options);
  }

  private begun(description: Description): Conversation {
    const { rooms, feed } = this.life.parts;
    feed.run(rooms.put(description, description.type === "private" ? 0 : description.last_read_seq));
    return rooms.handle(description._id) as Conversation;
  }
}

/** A client for one account. Does nothing until it is told to `connect`. */
export const createChat = (options: ChatOptions): Chat => new Chat(options);
