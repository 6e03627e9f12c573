/** What one socket sends in a row keeps its order while chat nodes die under it and come back, over a real RabbitMQ. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { placeOf } from "../../platform/placement";
import { tokensOf } from "../../platform/tokens";
import { type Ack, Client } from "../support/client";
import { eventually } from "../support/eventually";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "../support/rabbitmq";
import { startSystem, type System } from "../support/system";

const suite = hasRabbitmq() ? describe : describe.skip;
const nodes = ["n1", "n2"] as const;
/** On the node that dies. */
const conversationId =
  Array.from({ length: 99 }, (_, i) => `${i}`.padStart(24, "0")).find(
    (id) =>
      placeOf(
        id,
        nodes.map((node) => ({ id: node })),
      )?.id === "n1",
  ) ?? "";
type Told = Ack<{ node: string; seq: number }>;

const inOrder = (told: readonly Told[]): void => {
  const seqs = told.map(({ data }) => data.seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
};

suite("sends in a row", () => {
  let rabbit: Rabbitmq;
  let dir: string;
  let gateway: System;
  let client: Client;
  const processes = new Map<string, ChildProcess>();

  const start = async (nodeId: string): Promise<void> => {
    const env = { RABBITMQ_URL: rabbit.url, NODE_ID: nodeId, NODE_ENV: "test", LOG_LEVEL: "fatal", STUB: "chat" };
    const child = fork(join(__dirname, "stub-node.ts"), {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, ...env, SERVICES: "api", DATA_DIR: dir },
    });
    processes.set(nodeId, child);
    await once(child, "message");
  };
  const chatNodes = (): string[] =>
    (gateway.broker.registry.getServiceList({ onlyAvailable: true }) as { name: string; nodeID: string }[])
      .filter(({ name }) => name === "chat")
      .map(({ nodeID }) => nodeID)
      .sort();

  beforeAll(async () => {
    rabbit = (await startRabbit()) as Rabbitmq;
    dir = mkdtempSync(join(tmpdir(), "order-"));
    gateway = await startSystem({ env: { SERVICES: "api", NODE_ID: "gateway", RABBITMQ_URL: rabbit.url } });
    await Promise.all(nodes.map(start));
    await eventually(() => expect(chatNodes()).toEqual([...nodes]));
    const { token } = tokensOf(gateway.broker).signAccess({ userId: 1, sessionId: "s", roles: ["user"] }, Date.now());
    client = await Client.connect(gateway.url, token, { standIns: true });
  });
  afterAll(async () => {
    client.close();
    for (const child of processes.values()) child.kill("SIGKILL");
    await gateway.stop();
    await rabbit.stop();
    rmSync(dir, { recursive: true });
  });

  /** One after the other without waiting for an answer, for so long. */
  async function sending(ms: number, pauseMs = 0): Promise<Told[]> {
    const answers: Promise<Told>[] = [];
    for (const end = performance.now() + ms; performance.now() < end; await (pauseMs ? sleep(pauseMs) : turn()))
      answers.push(client.send("message:send", { conversationId, content: `${answers.length}` }));
    return Promise.all(answers);
  }

  test("keep their order when their node is killed, and none fails", async () => {
    for (let round = 0; round < 5; round++) {
      const sent = sending(800);
      await client.ok("message:send", { conversationId, content: "so it has taken some" });
      processes.get("n1")?.kill("SIGKILL");
      const told = await sent;
      expect(told.filter(({ ok }) => !ok)).toEqual([]);
      const [before, after] = nodes.map((node) => told.filter(({ data }) => data.node === node));
      expect(before?.length).toBeGreaterThan(0);
      expect(told).toEqual([...(before ?? []), ...(after ?? [])]); // none of those that the first one took comes later
      for (const row of [before, after]) inOrder(row ?? []);
      await start("n1");
      await eventually(() => expect(chatNodes()).toEqual([...nodes]));
    }
  });

  test("keep their order when the bus drops all connections under them", async () => {
    for (let round = 0; round < 3; round++) {
      const sent = sending(1_500, 2);
      await sleep(200);
      await rabbit.closeAllConnections();
      const told = (await sent).filter(({ ok }) => ok);
      expect(told.length).toBeGreaterThan(0);
      for (const node of nodes) inOrder(told.filter(({ data }) => data.node === node));
    }
  });

  test("are refused long before their time is up when no chat node is left", async () => {
    for (const child of processes.values()) child.kill("SIGKILL");
    const start = performance.now();
    const told = await sending(100);
    expect(new Set(told.map(({ error }) => error.code))).toEqual(new Set(["UNAVAILABLE"]));
    expect(performance.now() - start).toBeLessThan(9_000); // a call has ten seconds
  });
});
