/** The chat service alone: a real broker and store, with stand-ins for users and the gateway that record what they hear. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceBroker } from "moleculer";
import { type ActionName, type Params, type Result } from "../../contracts/actions";
import { readEnv } from "../../contracts/env";
import { type Payload } from "../../contracts/events";
import { type Conversation, type Message, type MessageFile } from "../../contracts/shapes";
import { type Happened } from "../../contracts/facts";
import { call } from "../../platform/bus";
import { consume } from "../../platform/facts";
import { act, service } from "../../platform/service";
import { createNode } from "../../services/node";
import { holdToPublished, noteDeviation, published } from "./published";

holdToPublished();

export interface Emitted {
  event: string;
  payload: any;
  /** Who got it, as the gateway would decide: members or named users, but the excepted. */
  users: number[];
  room: boolean;
}

export interface ChatSystem {
  broker: ServiceBroker;
  dir: string;
  emitted: Emitted[];
  left: { conversationId: string; userIds: number[]; join: boolean }[];
  blocks: Set<string>;
  unknown: Set<number>;
  banned: Set<number>;
  /** Who lets only acquaintances add them to groups. */
  reserved: Set<number>;
  /** Urls that were closed to a conversation. */
  detached: string[];
  /** Called where another service has made up its answer to chat and not given it yet; a test may hold it up or refuse it. */
  answering: (action: string) => Promise<void> | void;
  /** Facts about messages, as notifications hear them. */
  facts: { name: "message.created" | "message.changed"; payload: Payload<"message.created"> }[];
  /** What the log of facts has, in its order; each once. */
  happened: Happened[];
  /** And that somebody was added to a group. */
  invites: Payload<"group_invite.created">[];
  as(userId: number): <N extends ActionName>(name: N, params: Params<N>) => Promise<Result<N>>;
  /** Events of one name that a user got. */
  heard(userId: number, event: string): any[];
  group(...users: number[]): Promise<Conversation>;
  /** An accepted private conversation. */
  pair(a: number, b: number): Promise<Conversation>;
  send(userId: number, conversationId: string, content: string, more?: Partial<Params<"chat.send">>): Promise<Message>;
  stop(): Promise<void>;
}

type People = Pick<ChatSystem, "blocks" | "unknown" | "banned" | "reserved">;
type Answering = <T>(action: string, answer: T) => Promise<T>;

const users = ({ blocks, unknown, banned, reserved }: People, answering: Answering) =>
  service({
    name: "users",
    actions: {
      profiles: act("users.profiles", (_c, { ids }) =>
        answering(
          "users.profiles",
          ids.map((user_id) => ({
            user_id,
            username: `user ${user_id}`,
            avatar_url: null,
            status: unknown.has(user_id) ? "deleted" : banned.has(user_id) ? "banned" : "active",
            custom: {},
            created_at: new Date(0).toISOString(),
          })),
        ),
      ),
      note: act("users.note", () => ({})),
      blocksOf: act("users.blocksOf", (_c, { userId }) => {
        const pairs = [...blocks].map((pair) => pair.split(">").map(Number) as [number, number]);
        return {
          blockedBy: pairs.filter(([, blocked]) => blocked === userId).map(([by]) => by),
          blocking: pairs.filter(([by]) => by === userId).map(([, blocked]) => blocked),
        };
      }),
      blocksBetween: act("users.blocksBetween", (_c, { userId, others }) =>
        answering("users.blocksBetween", {
          blockedBy: others.filter((o) => blocks.has(`${o}>${userId}`)),
          blocking: others.filter((o) => blocks.has(`${userId}>${o}`)),
          existing: others.filter((o) => !unknown.has(o)),
          reserved: others.filter((o) => reserved.has(o)),
        }),
      ),
    },
  });

/** What is known of a file that a test names. */
export const fileAt = (url: string): MessageFile => ({
  url,
  name: `${url.slice(7)}.png`,
  mime: "image/png",
  size: 12,
  width: 30,
  height: 20,
  thumbnail: `${url}?variant=thumbnail`,
});
const log = (happened: Happened[], answering: Answering) =>
  service({
    name: "notifications",
    actions: {
      record: act("notifications.record", async (_c, { facts }) => {
        const answer = await answering("notifications.record", {});
        const known = new Set(happened.map(({ type, key }) => `${type}:${key}`));
        happened.push(...(facts as Happened[]).filter(({ type, key }) => !known.has(`${type}:${key}`)));
        return answer;
      }),
    },
  });

const uploads = (detached: string[], answering: Answering) =>
  service({
    name: "uploads",
    actions: {
      attach: act("uploads.attach", (_c, { urls }) => answering("uploads.attach", { files: urls.map(fileAt) })),
      detach: act("uploads.detach", async (_c, { urls }) => {
        await answering("uploads.detach", {});
        detached.push(...urls);
        return {};
      }),
    },
  });

const listener = (facts: ChatSystem["facts"], invites: ChatSystem["invites"]) => {
  const note = (name: ChatSystem["facts"][number]["name"]) =>
    consume(name, (payload) => Promise.resolve(void facts.push({ name, payload })));
  return {
    name: "told",
    channels: {
      "message.created": note("message.created"),
      "message.changed": note("message.changed"),
      "group_invite.created": consume("group_invite.created", (fact) => Promise.resolve(void invites.push(fact))),
    },
  };
};

function gateway(emitted: Emitted[], left: ChatSystem["left"]) {
  const membersOf = new Map<string | undefined, number[]>();
  return service({
    name: "api",
    actions: {
      deliver: act("api.deliver", (_c, batch) => {
        const members = batch.members ?? membersOf.get(batch.conversationId) ?? [];
        membersOf.set(batch.conversationId, members);
        for (const e of batch.emissions) {
          const audience = e.to === "users" ? (e.users ?? []) : members.filter((m) => e.users?.includes(m) ?? true);
          const got = audience.filter((u) => !e.except?.includes(u));
          const payload: unknown = JSON.parse(e.body);
          noteDeviation(published().event(e.namespace, e.event, payload));
          emitted.push({ event: e.event, payload, users: got, room: e.to === "room" });
        }
        return {};
      }),
      rooms: act("api.rooms", (_c, p) => {
        left.push(p);
        return {};
      }),
    },
  });
}

export async function startChat(vars: Record<string, string> = {}, dir?: string): Promise<ChatSystem> {
  const dataDir = dir ?? mkdtempSync(join(tmpdir(), "chat-"));
  const env = readEnv({ NODE_ENV: "test", SERVICES: "chat", DATA_DIR: dataDir, LOG_LEVEL: "fatal", ...vars });
  const broker = createNode(env);
  const [emitted, left]: [Emitted[], ChatSystem["left"]] = [[], []];
  const [blocks, unknown, banned] = [new Set<string>(), new Set<number>(), new Set<number>()];
  const detached: string[] = [];
  const facts: ChatSystem["facts"] = [];
  const invites: ChatSystem["invites"] = [];
  const reserved = new Set<number>();
  const answering: Answering = async (action, answer) => {
    await system.answering(action);
    return answer;
  };
  broker.createService(users({ blocks, unknown, banned, reserved }, answering));
  broker.createService(uploads(detached, answering));
  broker.createService(gateway(emitted, left));
  broker.createService(listener(facts, invites));
  const happened: Happened[] = [];
  if (!env.SERVICES.includes("notifications")) broker.createService(log(happened, answering));
  await broker.start();
  const node = broker.nodeID;
  const everyone = Array.from({ length: 300 }, (_, i) => i + 1);
  const announcement = { node, epoch: "1", version: 1, snapshot: true, added: everyone, hearing: [], removed: [] };
  await call(broker, "chat.located", announcement);
  const system: ChatSystem = {
    broker,
    dir: dataDir,
    emitted,
    left,
    blocks,
    unknown,
    banned,
    reserved,
    detached,
    facts,
    happened,
    invites,
    answering: () => undefined,
    as: (userId) => (name, params) =>
      call(broker, name, params, { meta: { caller: { userId, sessionId: "s", roles: ["user"] } } }),
    heard: (userId, event) =>
      emitted.filter((e) => e.event === event && e.users.includes(userId)).map((e) => e.payload as unknown),
    group: (first, ...others) => system.as(first)("chat.create", { participantIds: others, type: "group", name: "g" }),
    pair: async (a, b) => {
      const { _id } = await system.as(a)("chat.create", { participantIds: [b] });
      const { conversation } = await system.as(b)("chat.accept", { conversationId: _id });
      return conversation;
    },
    send: (userId, conversationId, content, more = {}) =>
      system.as(userId)("chat.send", { conversationId, content, ...more }),
    stop: async () => {
      await broker.stop();
      if (!dir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return system;
}
