/** Puts the parts of a client together: what each needs of the others. */
import { Channel } from "./channel";
import { systemClock } from "./clock";
import { Connection } from "./connection";
import { type AnyChatError } from "./error";
import { type ChatEvents, Events } from "./events";
import { Feed } from "./feed";
import { Files } from "./files";
import { Later } from "./later";
import { Notifications } from "./notifications";
import { type Emitter } from "./observable";
import { type ChatOptions } from "./options";
import { Outbox } from "./outbox";
import { Persistence } from "./persistence";
import { Presence } from "./presence";
import { type Message } from "./protocol";
import { Rest } from "./rest";
import { Rooms } from "./rooms";
import { openSockets } from "./sockets";
import { memory } from "./storage";
import { Sync } from "./sync";
import { Tokens, type TokenSource } from "./tokens";
import { Users } from "./users";
import { type ChatAsk, type Core, oldestFirst } from "./wire";

/** What the parts ask of the client's life. */
export interface Hooks {
  readonly me: () => number;
  /** The chat socket is up. */
  readonly up: () => Promise<void>;
  /** The list is complete; `again`: after it had to be loaded anew. */
  readonly complete: (again: boolean) => void;
}
export type Parts = ReturnType<typeof assemble>;

export function assemble(options: ChatOptions, app: Emitter<ChatEvents>, hooks: Hooks) {
  const { url, token, storage = memory(), clock = systemClock } = options;
  const channel = new Channel(storage.name);
  const persistence = new Persistence(storage, clock, (error) => app.emit("error", { error, where: "storage" }));
  const source: TokenSource = typeof token === "string" ? () => token : token;
  const tokens = new Tokens(source, clock, channel, (fresh) => void connection.renew(fresh));
  const rest = new Rest(url, tokens, options.fetch);
  const files = new Files(rest, tokens);

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
    upload: (file, options) => files.upload(file, options),
    arrived(message) {
      const room = rooms.get(message.conversation_id);
      if (room) events.took(room, message);
    },
    changed: (id) => rooms.get(id)?.events.emit("messages", undefined),
    discarded: (clientId) => channel.tell("discarded", clientId),
  });
  channel.on("discarded", (clientId) => outbox.discardedElsewhere(String(clientId)));
  const core: Core = { clock, ask, rest, connection, outbox, me: hooks.me };
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
  const later = new Later(ask);
  const sync: Sync = new Sync({
    ask,
    rooms,
    feed,
    later,
    took: (room, message) => events.took(room, message),
    complete: hooks.complete,
    fromUnread: options.begin === "unread",
  });
  const users = new Users(rest, ask, clock);
  const presence = new Presence(ask, clock);
  const notifications = new Notifications(connection, rest);
  const events: Events = new Events({ clock, ask, rooms, feed, sync, later, outbox, presence, app, me: hooks.me });
  return {
    channel,
    persistence,
    tokens,
    rest,
    files,
    connection,
    outbox,
    core,
    rooms,
    feed,
    sync,
    later,
    users,
    presence,
    notifications,
  };
}
