/**
 * `npm run bench:search`: full-text search over 100,000 messages of 50 conversations, on the embedded store, or on the
 * server that MONGODB_URI names. Says how long searches take, and how long one of them holds the event loop.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceBroker } from "moleculer";
import { type Params } from "../contracts/actions";
import { type Caller } from "../contracts/caller";
import { readEnv } from "../contracts/env";
import { codeOf } from "../contracts/errors";
import { call } from "../platform/bus";
import { storesOf } from "../mixins/documents";
import { act, service } from "../platform/service";
import { type MessageDoc } from "../services/chat/conversation/documents";
import { type collections } from "../services/chat/host/collections";
import { createNode } from "../services/node";
import { median, quantile } from "./stats";
import { textOf, vocabulary } from "./texts";
import { BATCH, messageOf } from "./written";

const MESSAGES = Number(process.env.MESSAGES ?? 100_000);
const CONVERSATIONS = 50;
const RUNS = Number(process.env.RUNS ?? 20);
const DAY = 86_400_000;
/** In all conversations, in five of them, and in none. */
const [BUSY, QUIET, STRANGER] = [1, 2, 3];
const caller = (userId: number): { caller: Caller } => ({ caller: { userId, sessionId: "bench", roles: ["user"] } });

function numbered(i: number, conversation_id: string, seq: number): MessageDoc {
  const at = new Date(Date.now() - (MESSAGES - i) * ((90 * DAY) / MESSAGES));
  const content = textOf(i, 77_777 % MESSAGES);
  return messageOf({ conversation_id, seq, sender_id: i % 4 === 0 ? BUSY : 10 + (i % 40), content, at });
}

/** Conversations are made by the service, messages go in as its documents: a hundred thousand turns would take long. */
async function fill(broker: ServiceBroker): Promise<string[]> {
  const { messages, conversations } = storesOf<typeof collections>(broker.getLocalService("chat"));
  const others = Array.from({ length: 40 }, (_, i) => 10 + i);
  const ids: string[] = [];
  for (let i = 0; i < CONVERSATIONS; i++) {
    const participantIds = i % 10 === 3 ? [...others, QUIET] : others;
    const meta = caller(BUSY);
    ids.push((await call(broker, "chat.create", { participantIds, type: "group", name: `team ${i}` }, { meta }))._id);
  }
  for (let i = 0; i < MESSAGES; i += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, MESSAGES - i) }, (_, n) => i + n);
    const seqOf = (n: number): number => Math.floor(n / CONVERSATIONS) + 1;
    await messages.insert(batch.map((n) => numbered(n, ids[n % CONVERSATIONS] as string, seqOf(n))));
  }
  const last_seq = Math.ceil(MESSAGES / CONVERSATIONS);
  await conversations.updateMany({}, { $set: { last_seq, pos: last_seq, published_seq: last_seq } });
  return ids;
}

interface Sample {
  readonly name: string;
  readonly query: Partial<Params<"chat.search">> & { query: string };
  readonly userId?: number;
}

const samples = (ids: readonly string[]): Sample[] => {
  const [common, usual] = [vocabulary[0] as string, vocabulary[200] as string];
  const day = (ago: number): string => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
  return [
    { name: "a rare word", query: { query: "needleinhaystack" } },
    { name: "a usual word", query: { query: usual } },
    { name: "a common word (a third of all)", query: { query: "meeting" } },
    { name: "the most common word", query: { query: common } },
    { name: "a prefix of 3", query: { query: usual.slice(0, 3) } },
    { name: "a prefix of 1", query: { query: "m" } },
    { name: "two words", query: { query: `meeting ${usual}` } },
    { name: "two common words", query: { query: `meeting ${common}` } },
    { name: "a phrase", query: { query: '"quarterly report"' } },
    { name: "Chinese, 2 characters", query: { query: "天气" } },
    { name: "Chinese, 4 characters", query: { query: "公园散步" } },
    { name: "without accents", query: { query: "lon ba" } },
    { name: "in one conversation", query: { query: "meeting", conversationId: ids[3] as string } },
    { name: "from one sender", query: { query: "meeting from:13" } },
    { name: "within three days", query: { query: `meeting after:${day(5)} before:${day(2)}` } },
    { name: "links, no word", query: { query: "has:link" } },
    { name: "page 5 of a common word", query: { query: "meeting", skip: 80 } },
    { name: "no hit", query: { query: "zzyzx" } },
    { name: "of 5 conversations, a common word", query: { query: "meeting" }, userId: QUIET },
    { name: "of no conversation", query: { query: "meeting" }, userId: STRANGER },
  ];
};

/** The longest time without a turn of the loop while something runs. */
async function longestHold(run: () => Promise<unknown>): Promise<number> {
  let [last, longest, over] = [performance.now(), 0, false];
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  await run();
  over = true;
  return Math.max(longest, performance.now() - last);
}

/** Of all threads, the collector of garbage included: the sturdy figure on a machine that has other work. */
const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

interface Row {
  readonly total: number;
  readonly times: readonly number[];
  readonly holds: readonly number[];
  readonly cpu: number;
}

/** One search several times over, or why it could not be made: a server may be too slow for it. */
async function timed(broker: ServiceBroker, { query, userId = BUSY }: Sample): Promise<Row | string> {
  const search = () =>
    call(broker, "chat.search", { limit: 20, skip: 0, ...query }, { meta: caller(userId), timeout: 60_000 });
  try {
    const { total } = await search();
    const [times, holds]: [number[], number[]] = [[], []];
    const before = process.cpuUsage();
    for (let i = 0; i < RUNS; i++) {
      const start = performance.now();
      holds.push(await longestHold(search));
      times.push(performance.now() - start);
    }
    return { total, times, holds, cpu: cpuMs(before) / RUNS };
  } catch (error) {
    return codeOf(error);
  }
}

const ms = (numbers: readonly number[]): string => numbers.map((n) => n.toFixed(1)).join(" | ");

async function measure(broker: ServiceBroker, ids: readonly string[]): Promise<void> {
  const rows: Row[] = [];
  console.log(
    "\n| search | hits | median ms | p95 ms | CPU ms | holds the loop, ms |\n| --- | --- | --- | --- | --- | --- |",
  );
  for (const sample of samples(ids)) {
    const row = await timed(broker, sample);
    if (typeof row === "string") {
      console.log(`| ${sample.name} | ${row} | | | | |`);
      continue;
    }
    rows.push(row);
    const { total, times, cpu, holds } = row;
    console.log(`| ${sample.name} | ${total} | ${ms([median(times), quantile(times, 0.95), cpu, median(holds)])} |`);
  }
  if (!rows.length) return;
  const times = rows.flatMap((row) => row.times);
  const shown = [median(times), quantile(times, 0.95), median(rows.map((row) => row.cpu))];
  console.log(`| **all of them** | | ${ms([...shown, Math.max(...rows.flatMap((row) => row.holds))])} (most) |`);
}

/** Chat asks `users` for names alone. */
const users = service({
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
    blocksBetween: act("users.blocksBetween", (_caller, { others }) => ({
      blockedBy: [],
      blocking: [],
      reserved: [],
      existing: others,
    })),
  },
});

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "bench-search-"));
  const { MONGODB_URI } = process.env;
  const vars = { SERVICES: "chat", DATA_DIR: dir, NODE_ENV: "test", LOG_LEVEL: "error" };
  const broker = createNode(readEnv(MONGODB_URI ? { ...vars, MONGODB_URI } : vars));
  broker.createService(users);
  await broker.start();
  try {
    const start = performance.now();
    const ids = await fill(broker);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${MESSAGES} messages in ${CONVERSATIONS} conversations, stored in ${seconds} s, ${RUNS} runs each`);
    await measure(broker, ids);
  } finally {
    await broker.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

void main();
