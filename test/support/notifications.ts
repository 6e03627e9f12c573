/** A notifications node with stand-ins for its neighbours, and builders of what it hears. */
import { type ServiceBroker } from "moleculer";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { type Caller } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { type Payload } from "../../contracts/events";
import { type Happened } from "../../contracts/facts";
import { type Message, type Notification } from "../../contracts/shapes";
import { call } from "../../platform/bus";
import { newId } from "../../mixins/documents";
import { createNode } from "../../services/node";
import { tempDir } from "./facts";

export type MessageFact = Payload<"message.created">;
export interface Emitted {
  readonly event: string;
  readonly users: readonly number[];
  readonly payload: any;
}

export const caller = (userId: number, ...roles: Caller["roles"]): Caller => ({ userId, sessionId: "s", roles });

let seqs = 0;
export function message(more: Partial<Message> = {}): Message {
  const at = more.created_at ?? new Date().toISOString();
  return {
    _id: newId(),
    conversation_id: "0".repeat(24),
    seq: ++seqs,
    version: 1,
    sender_id: 1,
    type: "text",
    content: "hello",
    attachments: [],
    custom: {},
    reply_to: null,
    mentions: [],
    reactions: {},
    pinned_at: null,
    pinned_by: null,
    status: "sent",
    delivery_info: [],
    seen_by: [],
    delivered_at: null,
    read_at: null,
    created_at: at,
    updated_at: at,
    edited_at: null,
    deleted_at: null,
    ...more,
  };
}
export function fact(more: Partial<MessageFact> = {}): MessageFact {
  const messages = more.messages ?? [message()];
  const conversationId = messages[0]?.conversation_id ?? newId();
  return { conversationId, type: "private", name: null, recipients: [1, 2], muted: [], messages, ...more };
}

/** Puts the sending of these messages into the log, which reads their words from `chat`. */
export async function record(node: Node, ...messages: Message[]): Promise<void> {
  for (const m of messages) node.world.messages.set(m._id, m);
  const facts = messages.map(({ _id, seq, conversation_id: conversationId, created_at: at }): Happened => {
    return { type: "message.created", key: _id, at, data: { conversationId, messageId: _id, seq } };
  });
  await call(node.broker, "notifications.record", { log: "facts", facts });
}

/** Neighbours as this node sees them; a test changes them as it likes. */
export interface World {
  readonly users: Map<number, { username: string; created_at: string }>;
  readonly positions: Map<number, number>;
  /** Runs that all who have a position have read above it. */
  above: { from: number; to: number }[];
  readonly emitted: Emitted[];
  /** Who has blocked whom. */
  readonly blocks: Map<number, number>;
  failProfiles: boolean;
  /** Who wrote which message, as chat has it. */
  readonly authors: Map<string, number>;
  /** What chat can still tell of. */
  readonly messages: Map<string, Message>;
  /** Verified addresses of accounts. */
  readonly addresses: Map<number, string>;
  /** Conversations as chat has them, and who has muted, left or not accepted them; one that is not here is private. */
  readonly places: Map<string, { type: "private" | "group"; name: string | null }>;
  readonly aside: Map<string, Partial<Result<"chat.places">[number]> | "left">;
}
export const asideKey = (userId: number, conversationId: string): string => `${userId}:${conversationId}`;

export interface Node {
  readonly broker: ServiceBroker;
  readonly world: World;
  as<N extends ActionName>(userId: number, action: N, params: Params<N>): Promise<Result<N>>;
  /** Sockets of these users are on this node, and of no others. */
  /** They have sockets, in `/notifications`, too, or in `/chat` alone. */
  online(...userIds: number[]): Promise<void>;
  onlyInChat(...userIds: number[]): Promise<void>;
  list(userId: number): Promise<Notification[]>;
  events(userId: number, event: string): any[];
}

export async function notificationsNode(vars: Record<string, string> = {}): Promise<Node> {
  const world: World = {
    users: new Map(),
    positions: new Map(),
    above: [],
    emitted: [],
    blocks: new Map(),
    failProfiles: false,
    authors: new Map(),
    messages: new Map(),
    addresses: new Map(),
    places: new Map(),
    aside: new Map(),
  };
  const env = { DATA_DIR: tempDir(), SERVICES: "notifications", NODE_ENV: "test", LOG_LEVEL: "fatal", ...vars };
  const broker = createNode(readEnv(env));
  neighbours(broker, world);
  await broker.start();
  let version = 0;
  const located = async (added: number[], hearing: number[]): Promise<void> => {
    const about = { node: broker.nodeID, epoch: "e", version: ++version, snapshot: true, removed: [] };
    await call(broker, "notifications.located", { ...about, added, hearing });
  };
  const node: Node = {
    broker,
    world,
    as: (userId, action, params) => call(broker, action, params, { meta: { caller: caller(userId, "user") } }),
    online: (...added) => located(added, added),
    onlyInChat: (...added) => located(added, []),
    list: (userId) => node.as(userId, "notifications.list", { limit: 100 }),
    events: (userId, event) =>
      world.emitted.filter((e) => e.event === event && e.users.includes(userId)).map((e) => e.payload),
  };
  return node;
}

function neighbours(broker: ServiceBroker, world: World): void {
  const api = {
    name: "api",
    actions: {
      deliver(ctx: { params: Params<"api.deliver"> }) {
        for (const { event, users = [], body } of ctx.params.emissions)
          world.emitted.push({ event, users, payload: JSON.parse(body) });
        return {};
      },
    },
  };
  const chat = {
    name: "chat",
    actions: {
      authors: (ctx: { params: Params<"chat.authors"> }) =>
        ctx.params.messageIds.flatMap((messageId) => {
          const userId = world.authors.get(messageId);
          return userId === undefined ? [] : { messageId, userId };
        }),
      told: ({ params: { messageIds, conversationIds } }: { params: Params<"chat.told"> }) => ({
        messages: messageIds.flatMap((id) => world.messages.get(id) ?? []),
        conversations: conversationIds.map((_id) => ({ _id, type: "group", name: "Crew" })),
      }),
      places: ({ params: { userId, conversationIds } }: { params: Params<"chat.places"> }) =>
        conversationIds.flatMap((conversationId) => {
          const aside = world.aside.get(asideKey(userId, conversationId)) ?? {};
          const place = world.places.get(conversationId) ?? { type: "private", name: null };
          return aside === "left" ? [] : [{ conversationId, ...place, muted: false, pending: false, ...aside }];
        }),
      everIn: ({ params: { after = "" } }: { params: Params<"chat.everIn"> }) =>
        [...world.places.keys()].filter((id) => id > after).sort(),
      message: ({ params: { messageId } }: { params: Params<"chat.message"> }) => world.messages.get(messageId),
      positions: () => [...world.positions].map(([userId, seq]) => ({ userId, seq, above: world.above })),
    },
  };
  const users = {
    name: "users",
    actions: {
      profiles(ctx: { params: Params<"users.profiles"> }) {
        if (world.failProfiles) throw new Error("users is down");
        return ctx.params.ids.flatMap((id) => ({
          user_id: id,
          username: world.users.get(id)?.username ?? `user ${id}`,
        }));
      },
      blocksOf: (ctx: { params: Params<"users.blocksOf"> }) => ({
        blockedBy: [...world.blocks].filter(([, blocked]) => blocked === ctx.params.userId).map(([by]) => by),
        blocking: [],
      }),
      mailable: ({ params: { userId } }: { params: Params<"users.mailable"> }) => {
        const email = world.addresses.get(userId);
        return email === undefined ? null : { email, username: world.users.get(userId)?.username ?? `user ${userId}` };
      },
      note: () => ({}),
      page(ctx: { params: Params<"users.page"> }) {
        const { after, limit, before } = ctx.params;
        const ids = [...world.users].filter(([id, u]) => id > after && u.created_at < before).map(([id]) => id);
        return ids.sort((a, b) => a - b).slice(0, limit);
      },
    },
  };
  for (const schema of [api, chat, users]) broker.createService(schema);
}
