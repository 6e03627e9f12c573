/**
 * `npm run bench:stores`: how the embedded store of documents carries MESSAGES messages of 20 conversations (a tenth of all
 * in one of them) and three times as many notifications: start, memory, sends, history, lists, search, and the longest
 * hold of the event loop. The store is filled by one process and asked by another, which starts as a server does.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../contracts/env";
import { type Collection, documents, newId, storesOf } from "../mixins/documents";
import { brokerOptions } from "../moleculer.config";
import { type MessageDoc } from "../services/chat/conversation/documents";
import { collections as chat } from "../services/chat/host/collections";
import { median, quantile } from "./stats";
import { BATCH, messageOf, ranked, seeded } from "./written";

const MESSAGES = Number(process.env.MESSAGES ?? 100_000);
const CONVERSATIONS = 20;
const USERS = 1_000;
/** Small documents that come in threes with a message. */
interface Note {
  _id: string;
  user_id: number;
  source: string;
  title: string;
  content: string;
  related_id: string;
  is_read: boolean;
  created_at: Date;
}
const notes = {
  name: "notes",
  indexes: [
    { fields: ["source"], unique: true },
    { fields: ["user_id", "created_at"], order: [1, -1] },
    { fields: ["user_id", "is_read"] },
    { fields: ["created_at"] },
  ],
} as Collection<Note>;
const all = { ...chat, notifications: notes };

const random = seeded();
const word = (): string => `w${ranked(random, 20_000).toString(36)}`;
const textOf = (i: number): string =>
  [
    ...Array.from({ length: 8 }, word),
    ...(i % 3 === 0 ? ["meeting"] : []),
    ...(i % 5_000 === 1 ? ["quarterly"] : []),
  ].join(" ");

const conversationIds = Array.from({ length: CONVERSATIONS }, (_, i) => i.toString(16).padStart(24, "0"));
const seqs = new Map<string, number>();

function nextOf(i: number, at = new Date(Date.now() - (MESSAGES - i) * 60_000)): MessageDoc {
  const conversation_id = conversationIds[i % CONVERSATIONS] as string;
  const seq = (seqs.get(conversation_id) ?? 0) + 1;
  seqs.set(conversation_id, seq);
  return messageOf({ conversation_id, seq, sender_id: i % 40, content: textOf(i), at });
}

const noteOf = (i: number): Note => {
  const at = new Date(Date.now() - (3 * MESSAGES - i) * 20_000);
  const [_id, related_id] = [newId(), newId()];
  return {
    _id,
    user_id: i % USERS,
    source: `message.created:${related_id}:${i % USERS}`,
    title: "New message",
    content: "a line of what was written",
    related_id,
    is_read: i % 10 > 0,
    created_at: at,
  };
};

interface Open {
  readonly broker: ServiceBroker;
  readonly stores: ReturnType<typeof storesOf<typeof all>>;
}
async function open(dir: string): Promise<Open> {
  const broker = new ServiceBroker(brokerOptions(readEnv({ NODE_ENV: "test", LOG_LEVEL: "warn", DATA_DIR: dir })));
  const service = broker.createService({ name: "bench", mixins: [documents(all)] });
  await broker.start();
  return { broker, stores: storesOf<typeof all>(service) };
}

const cpuMs = (): number => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;

async function fill(dir: string): Promise<void> {
  const { broker, stores } = await open(dir);
  const before = cpuMs();
  for (let i = 0; i < MESSAGES; i += BATCH) {
    await stores.messages.insert(Array.from({ length: Math.min(BATCH, MESSAGES - i) }, (_, n) => nextOf(i + n)));
    for (let j = 0; j < 3; j++)
      await stores.notifications.insert(Array.from({ length: BATCH }, (_, n) => noteOf(3 * i + j * BATCH + n)));
  }
  await stores.messages.search(["w1"], {}, { limit: 1 }); // takes in the words of all
  await broker.stop();
  const size = statSync(join(dir, "chat.db")).size;
  const perMessage = (((cpuMs() - before) * 1000) / MESSAGES).toFixed(0);
  console.log(
    `filled: ${(size / 2 ** 20).toFixed(0)} MB on disk, ${perMessage} us of CPU for a message, its words and 3 notifications`,
  );
}

const rss = (): number => process.memoryUsage().rss / 2 ** 20;
let longest = 0;
function watchTheLoop(): NodeJS.Timeout {
  let last = performance.now();
  return setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
}

/** Wall and CPU time of one of many. The longest hold is of the event loop, other programs' turns on the cores in it. */
async function timed(name: string, times: number, run: (i: number) => Promise<unknown>): Promise<void> {
  const took: number[] = [];
  longest = 0;
  const before = cpuMs();
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await run(i);
    took.push(performance.now() - start);
  }
  const cpu = (cpuMs() - before) / times;
  const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0).padStart(8);
  console.log(
    `${name.padEnd(44)} median ${ms(median(took))}  p95 ${ms(quantile(took, 0.95))}  first ${ms(took[0] ?? 0)}  CPU ${ms(cpu)}  longest hold ${ms(longest)} ms`,
  );
}

async function ask(dir: string): Promise<void> {
  const [empty, began] = [rss(), performance.now()];
  const { broker, stores } = await open(dir);
  console.log(
    `opened in ${(performance.now() - began).toFixed(0)} ms; memory ${empty.toFixed(0)} -> ${rss().toFixed(0)} MB`,
  );
  const watching = watchTheLoop();
  const { messages, notifications: notes } = stores;
  const count = Math.floor(MESSAGES / CONVERSATIONS);
  const [big] = conversationIds;
  const mine = conversationIds.slice(0, 15);
  const member = { conversation_id: { $in: mine }, deleted_at: null, type: { $ne: "system" as const } };
  for (const id of conversationIds) seqs.set(id, count);
  const find = (words: string[], more: object = {}): Promise<unknown> =>
    messages.search(words, { ...member, ...more }, { limit: 1_000, fields: ["seq", "content", "created_at"] });
  await timed("search: a third of all messages", 30, () => find(["meeting"]));
  await timed("search: the beginning of one letter", 30, () => find(["w"]));
  await timed("search: a rare word", 30, () => find(["quarterly"]));
  await timed("search: two words, of a sender", 30, () => find(["meeting", "w2"], { sender_id: 6 }));
  await timed("search: no hit", 30, () => find(["zzyzx"]));
  await timed("a page of 50 from the middle of a history", 300, () =>
    messages.find({ conversation_id: big as string, seq: { $lt: count >> 1 } }, { sort: [["seq", -1]], limit: 50 }),
  );
  await timed("the newest 30 notifications of a user", 300, (i) =>
    notes.find({ user_id: (i * 37) % USERS }, { sort: [["created_at", -1]], limit: 30 }),
  );
  await timed("the unread of a user, counted", 300, (i) => notes.count({ user_id: (i * 37) % USERS, is_read: false }));
  await timed("16 messages in a turn", 500, () =>
    messages.insert(Array.from({ length: 16 }, (_, n) => nextOf(n, new Date()))),
  );
  await timed("a message alone", 1_000, (i) => messages.insert([nextOf(i, new Date())]));
  await timed("all of a user read", 5, (i) =>
    notes.updateMany({ user_id: i, is_read: false }, { $set: { is_read: true } }),
  );
  await timed("retention: the oldest fiftieth removed", 1, () =>
    notes.remove({ created_at: { $lt: new Date(Date.now() - 3 * MESSAGES * 20_000 * 0.98) } }),
  );
  console.log(`memory after all this ${rss().toFixed(0)} MB`);
  clearInterval(watching);
  await broker.stop();
}

const [what, dir = ""] = process.argv.slice(2);
if (what === "fill") void fill(dir);
else if (what === "ask") void ask(dir);
else {
  const made = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "bench-stores-"));
  console.log(`${MESSAGES} messages, ${3 * MESSAGES} notifications`);
  for (const step of ["fill", "ask"])
    spawnSync(process.execPath, [...process.execArgv, __filename, step, made], { stdio: "inherit" });
  rmSync(made, { recursive: true });
}
