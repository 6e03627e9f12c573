/**
 * `npm run bench:large -- fill DIR` and `-- ask DIR`: the built server on embedded stores with MESSAGES messages and NOTES
 * notifications for each (three, or a fraction). How long it takes to start, what it weighs, how long sends, histories, lists and searches
 * take, and how long its event loop was held by what it did itself.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../contracts/env";
import { documents, storesOf } from "../mixins/documents";
import { brokerOptions } from "../moleculer.config";
import { type ConversationDoc, type MessageDoc } from "../services/chat/conversation/documents";
import { collections as chat } from "../services/chat/host/collections";
import { collections as notes, type NotificationDoc } from "../services/notifications/documents";
import { keyOf } from "../services/notifications/ids";
import { ServerProcess } from "./process";
import { RawSocket } from "./raw-socket";
import { median, quantile } from "./stats";
import { createGroup, type Person, productionEnv, registerAll } from "./systems";
import { textOf, vocabulary } from "./texts";
import { messageOf } from "./written";

const MESSAGES = Number(process.env.MESSAGES ?? 1_000_000);
const SECONDS = Number(process.env.SECONDS ?? 60);
const RUNS = Number(process.env.RUNS ?? 20);
const PEOPLE = 40;
const ROOMS = 50;
const BATCH = 500;
const NOTES = Number(process.env.NOTES ?? 3);
const NEEDLE = Math.floor(MESSAGES * 0.07) + 1; // every tenth is Chinese

interface Filled {
  readonly env: Record<string, string>;
  readonly people: readonly Person[];
  readonly rooms: readonly string[];
  readonly messages: number;
}
const planOf = (dir: string): string => join(dir, "bench.json");

const start = (env: Record<string, string>): Promise<ServerProcess> =>
  ServerProcess.start(join(__dirname, "../services/start.js"), env, "/health/ready");

const timeOf = (i: number): Date => new Date(Date.now() - (MESSAGES - i) * ((90 * 86_400_000) / MESSAGES));

function noteOf(message: MessageDoc, n: number, recipients: readonly number[]): NotificationDoc {
  const source = `message:${message._id}:${n}`;
  return {
    _id: keyOf(source),
    source,
    feed: message.conversation_id,
    position: message.seq * Math.ceil(NOTES) + n,
    version: 1,
    recipients: recipients.filter((id) => id !== message.sender_id),
    read_by: [],
    unread_by: [],
    deleted_by: [],
    named: [],
    named_all: false,
    type: "message",
    title: "Bench 1 in Bench",
    content: message.content,
    related_id: message.conversation_id,
    actor_id: message.sender_id,
    made: message._id,
    created_at: message.created_at,
    updated_at: message.created_at,
  };
}

async function fillStore(dir: string, people: readonly Person[], rooms: readonly string[]): Promise<void> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "warn", DATA_DIR: dir });
  const broker = new ServiceBroker(brokerOptions(env));
  const all = { ...chat, ...notes };
  const service = broker.createService({ name: "bench", mixins: [documents(all)] });
  await broker.start();
  const { messages, notifications, conversations } = storesOf<typeof all>(service);
  const ids = people.map(({ userId }) => userId);
  const last = new Map<string, number>();
  const sent = new Map<string, Record<string, number>>();
  for (let i = 0; i < MESSAGES; i += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, MESSAGES - i) }, (_, n) => {
      const room = rooms[(i + n) % ROOMS] as string;
      const sender = ids[(i + n) % 4 === 0 ? 0 : (i + n) % PEOPLE] as number;
      const seq = (last.get(room) ?? 0) + 1;
      last.set(room, seq);
      const by = sent.get(room) ?? {};
      by[sender] = (by[sender] ?? 0) + 1;
      sent.set(room, by);
      const at = timeOf(i + n);
      return messageOf({ conversation_id: room, seq, sender_id: sender, content: textOf(i + n, NEEDLE), at });
    });
    await messages.insert(batch);
    for (let n = 0; n < NOTES; n++) {
      const share = Math.min(1, NOTES - n);
      const noted = batch.filter((_, k) => Math.floor((k + 1) * share) > Math.floor(k * share));
      await notifications.insert(noted.map((message) => noteOf(message, n, ids)));
    }
    if (i % (BATCH * 100) === 0) process.stderr.write(`\r${i} messages `);
  }
  for (const room of rooms) {
    const [seq, of] = [last.get(room) ?? 0, sent.get(room) ?? {}];
    const countable = Object.values(of).reduce((a, b) => a + b, 0);
    const set: Partial<ConversationDoc> = { last_seq: seq, pos: seq, published_seq: seq, countable, sent: of };
    await conversations.updateMany({ _id: room }, { $set: set });
  }
  await messages.search(["meeting"], {}, { limit: 1 }); // takes in the words of all
  await broker.stop();
}

async function fill(dir: string): Promise<void> {
  const env = productionEnv(dir);
  const server = await start(env);
  const people = await registerAll(server, PEOPLE);
  const rooms: string[] = [];
  for (let i = 0; i < ROOMS; i++) rooms.push(await createGroup(server, people));
  await server.stop();
  await fillStore(dir, people, rooms);
  writeFileSync(planOf(dir), JSON.stringify({ env, people, rooms, messages: MESSAGES } satisfies Filled));
}

interface Sample {
  readonly name: string;
  readonly event: string;
  readonly payload: (i: number) => object;
}
const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

function samples({ rooms }: Filled): Sample[] {
  const [common, usual] = [vocabulary[0] as string, vocabulary[200] as string];
  const room = rooms[3] as string;
  const middle = Date.now() - 45 * 86_400_000;
  const search = (name: string, query: string, more: object = {}): Sample => ({
    name: `search: ${name}`,
    event: "message:search",
    payload: () => ({ query, limit: 20, ...more }),
  });
  return [
    search("a rare word", "needleinhaystack"),
    search("no hit", "zzyzx"),
    search("a usual word", usual),
    search("in a third of all", "meeting"),
    search("the most common word", common),
    search("a prefix of 3", usual.slice(0, 3)),
    search("a prefix of 1", "m"),
    search("two words", `meeting ${usual}`),
    search("two common words", `meeting ${common}`),
    search("a phrase", '"quarterly report"'),
    search("Chinese, 2 characters", "天气"),
    search("Chinese, 4 characters", "公园散步"),
    search("in one conversation", "meeting", { conversationId: room }),
    search("a usual word in one conversation", usual, { conversationId: room }),
    search("from one sender", "meeting from:13"),
    search("within three days", `meeting after:${day(50)} before:${day(47)}`),
    search("links, no word", "has:link"),
    search("page 5 of a common word", "meeting", { skip: 80 }),
    {
      name: "a page of 50 from the middle of a history",
      event: "message:list",
      payload: (i) => ({ conversationId: room, before: new Date(middle - i * 60_000).toISOString(), limit: 50 }),
    },
    { name: "the list of conversations", event: "conversation:list", payload: () => ({ limit: 20 }) },
  ];
}

interface Row {
  readonly times: readonly number[];
  readonly cpu: number;
}

async function timed(server: ServerProcess, socket: RawSocket, { name, event, payload }: Sample): Promise<Row> {
  const times: number[] = [];
  const before = server.cpu();
  for (let i = 0; i < RUNS; i++) {
    const began = performance.now();
    const ack = await socket.ask(event, payload(i));
    times.push(performance.now() - began);
    if (!ack.ok) throw new Error(`${name}: ${JSON.stringify(ack.error)}`);
  }
  return { times, cpu: ((server.cpu() - before) / RUNS) * 1000 };
}

/** Sends from ten, and reads, all at once, for a while. */
async function mixed(server: ServerProcess, { people, rooms }: Filled, reads: readonly Sample[]): Promise<void> {
  const sockets = await Promise.all(people.slice(0, 11).map(({ token }) => RawSocket.open(server.port, { token })));
  const until = Date.now() + SECONDS * 1000;
  const [sends, others]: [number[], number[]] = [[], []];
  const send = async (socket: RawSocket, n: number): Promise<void> => {
    for (let i = 0; Date.now() < until; i++) {
      const began = performance.now();
      const conversationId = rooms[(n * 5 + (i % 5)) % ROOMS];
      const ack = await socket.ask("message:send", { conversationId, content: textOf(i * 10 + n + 1, -1) });
      if (!ack.ok) throw new Error(JSON.stringify(ack.error));
      sends.push(performance.now() - began);
      await sleep(20);
    }
  };
  const read = async (socket: RawSocket): Promise<void> => {
    for (let i = 0; Date.now() < until; i++) {
      const began = performance.now();
      const { event, payload } = reads[i % reads.length] as Sample;
      await socket.ask(event, payload(i));
      others.push(performance.now() - began);
      await sleep(50);
    }
  };
  await Promise.all(sockets.map((socket, n) => (n < 10 ? send(socket, n) : read(socket))));
  for (const socket of sockets) socket.close();
  for (const [name, times] of [
    ["sends", sends],
    ["reads", others],
  ] as const)
    console.log(
      `mixed, ${SECONDS} s: ${times.length} ${name}, p50 ${ms(median(times))} p95 ${ms(quantile(times, 0.95))} p99 ${ms(quantile(times, 0.99))} ms`,
    );
}
const ms = (value: number): string => value.toFixed(1);

async function ask(dir: string): Promise<void> {
  const filled = JSON.parse(readFileSync(planOf(dir), "utf8")) as Filled;
  const began = performance.now();
  const server = await start({ ...filled.env, DATA_DIR: dir });
  console.log(`ready after ${((performance.now() - began) / 1000).toFixed(2)} s, ${server.memory().toFixed(0)} MB`);
  const socket = await RawSocket.open(server.port, { token: (filled.people[0] as Person).token });
  const all = samples(filled);
  const every: number[] = [];
  console.log("| what | first ms | median ms | p95 ms | CPU ms |\n| --- | --- | --- | --- | --- |");
  for (const sample of RUNS > 0 ? all : []) {
    const { times, cpu } = await timed(server, socket, sample);
    if (sample.event === "message:search") every.push(...times);
    const cells = [times[0] ?? 0, median(times), quantile(times, 0.95), cpu].map(ms);
    console.log(`| ${sample.name} | ${cells.join(" | ")} |`);
  }
  if (RUNS > 0) console.log(`| all searches | | ${ms(median(every))} | ${ms(quantile(every, 0.95))} | |`);
  console.log(`memory ${server.memory().toFixed(0)} MB`);
  await mixed(server, filled, all);
  console.log(`memory ${server.memory().toFixed(0)} MB`);
  await server.quiet();
  socket.close();
  await server.stop();
}

const [what, dir] = process.argv.slice(2);
const run = what === "fill" ? fill : what === "ask" ? ask : undefined;
if (!run || dir === undefined) {
  console.error("bench:large fill|ask DIR");
  process.exit(1);
}
run(resolve(dir)).then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
