/**
 * `npm run bench:notifications`: what the notifications of one message cost, from its fact to the stored document and
 * the badges, on the embedded store, or on the server that MONGODB_URI names. CPU of the whole process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceBroker } from "moleculer";
import { readEnv } from "../contracts/env";
import { type Payload } from "../contracts/events";
import { type Message } from "../contracts/shapes";
import { newId } from "../mixins/documents";
import { call } from "../platform/bus";
import { publishFact } from "../platform/facts";
import { act, service } from "../platform/service";
import { createNode } from "../services/node";
import { median } from "./stats";

const MESSAGES = Number(process.env.MESSAGES ?? 4_000);
const RUNS = Number(process.env.RUNS ?? 5);
const CONVERSATIONS = 20;
/** Facts that a chat node publishes at the same time. */
const AT_ONCE = 8;

const numbers = (n: number, from = 1): number[] => Array.from({ length: n }, (_, i) => i + from);

let delivered = 0;
const neighbours = [
  service({
    name: "api",
    actions: {
      deliver: act("api.deliver", (_caller, { emissions }) => {
        delivered += emissions.length;
        return {};
      }),
    },
  }),
  service({ name: "chat", actions: { positions: act("chat.positions", () => []) } }),
  service({
    name: "users",
    actions: {
      profiles: act("users.profiles", (_caller, { ids }) =>
        ids.map((user_id) => ({
          user_id,
          username: `user ${user_id}`,
          avatar_url: null,
          status: "active" as const,
          custom: {},
          created_at: new Date(0).toISOString(),
        })),
      ),
      blocksOf: act("users.blocksOf", () => ({ blockedBy: [], blocking: [] })),
    },
  }),
];

function messageOf(conversation_id: string, seq: number, mention_all: boolean): Message {
  const at = new Date().toISOString();
  return {
    _id: newId(),
    conversation_id,
    seq,
    version: 1,
    sender_id: 1,
    type: "text",
    content: `message ${seq}: see you at the usual place, and bring what you have`,
    attachments: [],
    custom: {},
    reply_to: null,
    mentions: [],
    ...(mention_all ? { mention_all } : {}),
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
  };
}

interface Load {
  readonly recipients: number;
  /** Messages in one fact: 1 where little is said, many where chat has a backlog. */
  readonly batch: number;
  /** Recipients with a socket in `/notifications`. */
  readonly hearing: number;
}

let version = 0;
async function locate(broker: ServiceBroker, hearing: readonly number[]): Promise<void> {
  const about = { node: broker.nodeID, epoch: "bench", version: ++version, snapshot: true, removed: [] };
  await call(broker, "notifications.located", { ...about, added: [...hearing], hearing: [...hearing] });
}

/** @returns microseconds of CPU for each message, all that it causes included */
async function run(broker: ServiceBroker, { recipients, batch, hearing }: Load): Promise<number> {
  const rooms = numbers(CONVERSATIONS).map((n) => ({ id: newId(), first: 2 + n * recipients, seq: 0 }));
  await locate(
    broker,
    rooms.flatMap(({ first }) => numbers(hearing, first)),
  );
  const fact = (n: number): Payload<"message.created"> => {
    const room = rooms[n % CONVERSATIONS] as (typeof rooms)[number];
    const messages = numbers(batch).map(() => messageOf(room.id, ++room.seq, recipients > 50));
    const people = [1, ...numbers(recipients, room.first)];
    return { conversationId: room.id, type: "group", name: "Crew", recipients: people, muted: [], messages };
  };
  await Promise.all(numbers(CONVERSATIONS, 0).map((n) => publishFact(broker, "message.created", fact(n))));
  const facts = Math.ceil(MESSAGES / batch);
  let next = 0;
  const before = process.cpuUsage();
  await Promise.all(
    numbers(hearing ? Math.min(400, facts) : AT_ONCE).map(async () => {
      while (next < facts) await publishFact(broker, "message.created", fact(next++));
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (facts * batch);
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "bench-"));
  const { MONGODB_URI } = process.env;
  const env = { DATA_DIR: dir, SERVICES: "notifications", LOG_LEVEL: "error" };
  const broker = createNode(readEnv(MONGODB_URI ? { ...env, MONGODB_URI } : env));
  for (const neighbour of neighbours) broker.createService(neighbour);
  await broker.start();
  const loads: Load[] = [];
  for (const recipients of [1, 9, 99])
    for (const batch of [1, 10]) loads.push({ recipients, batch, hearing: 0 }, { recipients, batch, hearing: 1 });
  await run(broker, { recipients: 9, batch: 10, hearing: 0 });
  for (const load of loads) {
    const costs: number[] = [];
    for (let n = 0; n < RUNS; n++) costs.push(await run(broker, load));
    const { recipients, batch, hearing } = load;
    const spread = `${Math.min(...costs).toFixed(0)} to ${Math.max(...costs).toFixed(0)}`;
    console.log(
      `${recipients} recipients (${hearing} listening), facts of ${batch}: ` +
        `${median(costs).toFixed(0)} us of CPU a message (${spread})`,
    );
  }
  console.log(`${delivered} events for sockets; ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`);
  await broker.stop();
  rmSync(dir, { recursive: true, force: true });
}

void main();
