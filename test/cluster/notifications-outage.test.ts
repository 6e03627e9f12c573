/**
 * Facts end to end over a real RabbitMQ: the broker is crashed twice while messages are sent, the notifications node is
 * killed, and every notification exists exactly once. LONG=1: 2,000 messages, outages of 10 s and 30 s, five kills.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ServiceBroker } from "moleculer";
import { type Caller } from "../../contracts/caller";
import { readEnv } from "../../contracts/env";
import { type Notification } from "../../contracts/shapes";
import { call } from "../../platform/bus";
import { createNode } from "../../services/node";
import { NodeProcess } from "../support/cluster";
import { tempDir } from "../support/facts";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "../support/rabbitmq";

const { LONG } = process.env;
const SENDS = LONG ? 2_000 : 700;
const OUTAGES = LONG ? [10, 30] : [4, 8];
const KILLS = LONG ? 5 : 2;
const GROUPS = 10;
const PACE_MS = 30;

const suite = hasRabbitmq() ? describe : describe.skip;

suite("notifications through outages", () => {
  let rabbit: Rabbitmq;
  let broker: ServiceBroker;
  let notifications: NodeProcess;

  beforeAll(async () => {
    rabbit = (await startRabbit()) as Rabbitmq;
    const common = { NODE_ENV: "test", RABBITMQ_URL: rabbit.url, LOG_LEVEL: "fatal", PASSWORD_COST: "4" };
    broker = createNode(readEnv({ ...common, DATA_DIR: tempDir(), SERVICES: "users,chat", NODE_ID: "chat-1" }));
    const dir = mkdtempSync(join(tmpdir(), "notifications-"));
    const own = { ...common, DATA_DIR: dir, SERVICES: "notifications", NODE_ID: "notifications-1" };
    notifications = new NodeProcess("notifications-1", own, join(dir, "log"));
    await Promise.all([broker.start(), notifications.start()]);
  });
  afterAll(async () => {
    await notifications?.kill();
    await broker?.stop();
    await rabbit?.stop();
  });

  const ask = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch(async () => {
      await sleep(500);
      return ask(work);
    });

  async function register(n: number): Promise<Caller> {
    const account = { username: `user ${n}`, email: `u${n}@example.org`, password: "a long walk by the river" };
    const { user } = await call(broker, "users.register", account);
    return { userId: user.user_id, sessionId: "s", roles: ["user"] };
  }

  /** All of a user's notifications, page by page. */
  async function all(caller: Caller): Promise<Notification[]> {
    const found: Notification[] = [];
    for (;;) {
      const before = found.at(-1)?._id;
      const params = { limit: 100, ...(before === undefined ? {} : { before }) };
      const page = await ask(() => call(broker, "notifications.list", params, { meta: { caller } }));
      found.push(...page);
      if (page.length < 100) return found;
    }
  }

  async function outages(): Promise<void> {
    for (const seconds of OUTAGES) {
      await sleep(4_000);
      await rabbit.kill();
      await sleep(seconds * 1_000);
      await rabbit.start();
    }
  }
  async function kills(): Promise<void> {
    for (let n = 0; n < KILLS; n++) {
      await sleep(6_000);
      await notifications.kill();
      await notifications.start();
    }
  }

  test(`${SENDS} messages, two notifications each: none missing, none double, the badge equal to a recount`, async () => {
    const [sender, ...others] = [await register(1), await register(2), await register(3)];
    const meta = { meta: { caller: sender } };
    const rooms: string[] = [];
    for (let n = 0; n < GROUPS; n++) {
      const participantIds = others.map((o) => o.userId);
      rooms.push((await call(broker, "chat.create", { participantIds, type: "group", name: `g${n}` }, meta))._id);
    }
    const troubles = Promise.all([outages(), kills()]);
    const slowest: number[] = [];
    for (let n = 0; n < SENDS; n++) {
      const began = performance.now();
      const message = { conversationId: rooms[n % GROUPS]!, content: `m${n}`, clientId: `c${n}` };
      await call(broker, "chat.send", message, meta);
      slowest.push(performance.now() - began);
      await sleep(PACE_MS);
    }
    await troubles;
    const healed = Date.now();
    for (const caller of others)
      while ((await ask(() => call(broker, "notifications.count", {}, { meta: { caller } }))).count < SENDS + GROUPS) {
        if (Date.now() - healed > 120_000) break;
        await sleep(500);
      }
    const delays: number[] = [];
    const invited = Array.from({ length: GROUPS }, (_, n) => `You are now a member of g${n}.`);
    const told = [...invited, ...Array.from({ length: SENDS }, (_, n) => `m${n}`)].sort();
    for (const caller of others) {
      const found = await all(caller);
      expect(found.map((n) => n.content).sort()).toEqual(told);
      expect((await call(broker, "notifications.count", {}, { meta: { caller } })).count).toBe(SENDS + GROUPS);
      delays.push(...found.map((n) => Date.parse(n.updated_at) - Date.parse(n.created_at)));
    }
    const at = (share: number, list: number[]) =>
      Math.round(list.sort((a, b) => a - b)[Math.floor(list.length * share)]!);
    console.log(
      `notifications: ${delays.length} of ${told.length * 2}, each once; delay p50 ${at(0.5, delays)} ms, longest ` +
        `${Math.max(...delays)} ms; healed after ${Date.now() - healed} ms; sends p99 ${at(0.99, slowest)} ms`,
    );
  }, 600_000);
});
