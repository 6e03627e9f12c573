/**
 * The promises of delivery while parts of a real cluster die: every run sends all the time, and at the end the ledger
 * must find nothing lost, missed, doubled, inverted, left out or leaked.
 */
import { ServiceBroker } from "moleculer";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../contracts/errors";
import { readEnv } from "../../contracts/env";
import { call } from "../../mixins/bus";
import { brokerOptions } from "../../moleculer.config";
import { type Outcome, Verification } from "../../scripts/verify/verification";
import { canCluster, Cluster, small } from "../support/cluster";
import { eventually } from "../support/eventually";

const suite = canCluster() ? describe : describe.skip;
const kept = { lost: 0, missed: 0, duplicated: 0, inverted: 0, gaps: 0, leaks: 0 };

jest.setTimeout(240_000);

suite("a cluster under fire", () => {
  let cluster: Cluster;
  let run: Verification;

  beforeAll(async () => {
    cluster = await Cluster.start(small);
  });
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    for (const node of cluster.nodes.values()) if (node.exit !== undefined) await node.start();
    run = new Verification({ urls: cluster.urls, members: 4, conversations: 6, rate: 8 });
    await run.prepare();
    run.start();
    await acks();
  });
  afterEach(() => run?.close());

  const acked = (): number => run.ledger.verdict().acked;
  /** How long until messages that are sent from now on are acknowledged again. */
  const acks = async (more = 5): Promise<number> => {
    const [since, target] = [Date.now(), acked() + more];
    await eventually(() => expect(acked()).toBeGreaterThan(target), 60_000);
    return Date.now() - since;
  };
  const verdict = async (trouble: string): Promise<Outcome> => {
    await run.stop();
    const outcome = await run.judge();
    console.log(trouble, JSON.stringify(outcome));
    expect([...run.failures]).toEqual([]);
    expect(outcome).toMatchObject(kept);
    return outcome;
  };

  test("a chat node is killed, twice, and comes back", async () => {
    for (let round = 0; round < 2; round++) {
      await cluster.node("chat-1").kill();
      await acks();
      await cluster.node("chat-1").start();
      await acks();
    }
    await verdict("chat node killed");
  });

  test("both chat nodes are killed: UNAVAILABLE soon, sockets stay, and all is well when one is back", async () => {
    await Promise.all([cluster.node("chat-1").kill(), cluster.node("chat-2").kill()]);
    await sleep(3_000);
    expect(run.connected).toBe(4);
    await cluster.node("chat-1").start();
    await acks();
    const { awaySeconds } = await verdict("all chat nodes killed");
    expect(awaySeconds).toBe(0);
  });

  test("an api node is killed: its sockets come back on the other and catch up", async () => {
    await cluster.node("api-1").kill();
    await eventually(() => expect(run.connected).toBe(4), 30_000);
    await acks();
    await verdict("api node killed");
  });

  test("RabbitMQ is down for ten seconds: no process ends, sockets stay and converge", async () => {
    await cluster.rabbit.stopApp();
    await sleep(10_000);
    await cluster.rabbit.startApp();
    console.log("acks again after", await acks(), "ms");
    const { awaySeconds } = await verdict("RabbitMQ down 10 s");
    expect(awaySeconds).toBe(0);
    for (const node of cluster.nodes.values()) expect(node.exit).toBeUndefined();
  });

  test("RabbitMQ is blocked by an alarm for ten seconds", async () => {
    await cluster.rabbit.block();
    await sleep(10_000);
    await cluster.rabbit.unblock();
    console.log("acks again after", await acks(), "ms");
    await verdict("RabbitMQ blocked 10 s");
    for (const node of cluster.nodes.values()) expect(node.memory).toBeLessThan(600);
  });

  test("all connections to RabbitMQ are closed by force, three times", async () => {
    for (let round = 0; round < 3; round++) {
      await cluster.rabbit.closeAllConnections();
      await acks();
    }
    await verdict("connections closed");
  });

  test("a chat node freezes for eight seconds and wakes with what it had in hand", async () => {
    cluster.node("chat-1").signal("SIGSTOP");
    await sleep(8_000);
    cluster.node("chat-1").signal("SIGCONT");
    await acks();
    await verdict("chat node frozen 8 s");
  });

  test("two actors of one conversation that live at once write no gap and no double", async () => {
    const env = {
      NODE_ENV: "test",
      LOG_LEVEL: "fatal",
      SERVICES: "api",
      NODE_ID: "tester",
      RABBITMQ_URL: cluster.rabbit.url,
    };
    const tester = new ServiceBroker(brokerOptions(readEnv({ ...env, DATA_DIR: mkdtempSync(join(tmpdir(), "t-")) })));
    await tester.start();
    await tester.waitForServices("chat");
    const { id, members } = run.groups[0] as (typeof run.groups)[number];
    const caller = { userId: members[0]?.userId ?? 0, sessionId: "tester", roles: ["user" as const] };
    const send = async (i: number): Promise<number> => {
      const params = { conversationId: id, content: `fenced ${i}`, clientId: `fenced-${i}` };
      for (;;) {
        const nodeID = `chat-${1 + (i % 2)}`;
        const sent = await call(tester, "chat.send", params, { nodeID, meta: { caller } }).catch((error: unknown) => {
          if (codeOf(error) !== "UNAVAILABLE") throw error;
        });
        if (sent) return sent.seq;
      }
    };
    const seqs: number[] = [];
    for (let round = 0; round < 10; round++)
      seqs.push(...(await Promise.all(Array.from({ length: 6 }, (_, i) => send(round * 6 + i)))));
    expect(new Set(seqs).size).toBe(60);
    await tester.stop();
    await verdict("two actors at once");
  });

  test("a chat node with a clock two hours ahead: order holds", async () => {
    await cluster.node("chat-2").stop();
    await cluster.node("chat-2").start({ TEST_CLOCK_OFFSET_MS: "7200000" });
    await acks(20);
    await cluster.node("chat-2").stop();
    await cluster.node("chat-2").start();
    await acks(20);
    await verdict("clock two hours ahead");
  });

  test("the document store hangs for eight seconds: what is acknowledged is there", async () => {
    cluster.mongo.pause();
    await sleep(8_000);
    cluster.mongo.resume();
    await acks();
    await verdict("document store hung 8 s");
  });

  test("PostgreSQL hangs for ten seconds: chats go on", async () => {
    cluster.postgres.pause();
    const before = acked();
    await sleep(10_000);
    expect(acked()).toBeGreaterThan(before + 20);
    cluster.postgres.resume();
    await verdict("PostgreSQL hung 10 s");
  });

  test("every node is restarted in turn: nothing that a retry does not hide", async () => {
    for (const node of cluster.nodes.values()) {
      await node.stop();
      expect(node.exit).toBe(0);
      await node.start();
      await acks();
    }
    await verdict("rolling restart");
  });
});
