/** Durable facts over a real RabbitMQ; each fault measured in @moleculer/channels' own AMQP adapter has its test. */
import { connect } from "amqplib";
import { type ServiceBroker } from "moleculer";
import { setTimeout as sleep } from "node:timers/promises";
import { deadLetters, publishFact } from "../../platform/facts";
import { broadcast, factsBroker, type Listener, publishAtLast, tempDir, until } from "../support/facts";
import { factsContract } from "../support/facts-contract";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "../support/rabbitmq";

const suite = hasRabbitmq() ? describe : describe.skip;

suite("facts over RabbitMQ", () => {
  let rabbit: Rabbitmq;
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  beforeAll(async () => {
    rabbit = (await startRabbit()) as Rabbitmq;
    process.on("unhandledRejection", onRejection);
  });
  afterAll(async () => {
    process.off("unhandledRejection", onRejection);
    await rabbit?.stop();
  });

  describe("the contract", () => factsContract(() => rabbit.url));

  let broker: ServiceBroker | undefined;
  let runs = 0;
  let namespace: string;
  beforeEach(() => {
    namespace = `r${runs++}`;
    rejections.length = 0;
  });
  afterEach(async () => {
    await broker?.stop();
    broker = undefined;
    expect(rejections).toEqual([]);
  });
  const start = async (...listeners: Listener[]): Promise<ServiceBroker> =>
    (broker = await factsBroker({ dataDir: tempDir(), rabbit: rabbit.url, namespace }, listeners));
  const queue = (): string => `${namespace}.system.broadcast.one`;
  const lines = async (...args: string[]): Promise<string[]> => (await rabbit.ctl(...args)).split("\n");
  const messagesIn = async (name: string): Promise<number | undefined> => {
    const line = (await lines("list_queues", "name", "messages")).find((l) => l.startsWith(`${name}\t`));
    return line === undefined ? undefined : Number(line.split("\t")[1]);
  };

  test("publishing to an exchange that nobody declared harms nothing that comes after it", async () => {
    const heard: string[] = [];
    const b = await start();
    await expect(publishFact(b, "system.broadcast", broadcast("early"))).rejects.toMatchObject({ type: "UNAVAILABLE" });
    await b.stop();
    const c = await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    await publishFact(c, "system.broadcast", broadcast("later"));
    await until(() => heard.includes("later"));
  });

  test("more than the write buffer holds is published without an error and without a double", async () => {
    const heard: string[] = [];
    const b = await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    const big = "x".repeat(300_000);
    await Promise.all(Array.from({ length: 60 }, (_, n) => publishFact(b, "system.broadcast", broadcast(`${n}`, big))));
    await until(() => heard.length >= 60);
    await sleep(100);
    expect(heard).toHaveLength(60);
  });

  test("a service may publish while it starts", async () => {
    const heard: string[] = [];
    await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    const env = { dataDir: tempDir(), rabbit: rabbit.url, namespace };
    const second = await factsBroker(env, [], {
      name: "early",
      async started(this: { broker: ServiceBroker }) {
        await publishFact(this.broker, "system.broadcast", broadcast("from started"));
      },
    });
    await until(() => heard.includes("from started"));
    await second.stop();
  });

  test("a broker that dies with a handler at work: the fact comes again, the consumer lives", async () => {
    const heard: string[] = [];
    const b = await start({
      group: "one",
      hear: async (f) => {
        heard.push(f.factId);
        if (f.factId === "at work" && heard.length === 1) await sleep(1_500);
      },
    });
    await publishFact(b, "system.broadcast", broadcast("at work"));
    await until(() => heard.length === 1);
    await rabbit.kill();
    await expect(publishFact(b, "system.broadcast", broadcast("while down"))).rejects.toMatchObject({
      type: "UNAVAILABLE",
    });
    await rabbit.start();
    await publishAtLast(b, broadcast("after"));
    await until(() => heard.includes("after") && heard.filter((id) => id === "at work").length === 2);
    expect(heard).not.toContain("while down");
    await until(async () => (await messagesIn(queue())) === 0);
  });

  test("dead letters outlive the broker, and their queue keeps its name after a reconnect", async () => {
    const b = await start({
      group: "one",
      delays: [],
      hear: () => {
        throw new Error("no");
      },
    });
    await publishFact(b, "system.broadcast", broadcast("a"));
    await until(async () => (await messagesIn(`${queue()}.dead`)) === 1);
    await rabbit.kill();
    await rabbit.start();
    await publishAtLast(b, broadcast("b"));
    // More than 2 where the crash forgot that the first had been acknowledged: it came again, and died again.
    await until(async () => Number(await messagesIn(`${queue()}.dead`)) >= 2);
    const own = (await lines("list_queues", "name")).filter((name) => name.startsWith(`${namespace}.`));
    expect(own.sort()).toEqual([queue(), `${queue()}.dead`]);
    const ids = (await deadLetters(b, 10)).map((l) => (l.payload as { factId: string }).factId);
    expect([...new Set(ids)].sort()).toEqual(["a", "b"]);
  });

  test("a connection cut by the operator is made again", async () => {
    const heard: string[] = [];
    const b = await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    await rabbit.ctl("close_all_connections", "maintenance");
    await publishAtLast(b, broadcast("after"));
    await until(() => heard.includes("after"));
  });

  test("a queue deleted under its consumer is declared anew", async () => {
    const heard: string[] = [];
    const b = await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    await rabbit.ctl("delete_queue", queue());
    await publishAtLast(b, broadcast("after"));
    await until(() => heard.includes("after"));
  });

  test("what is no JSON goes to the dead letters at once, and the consumer lives", async () => {
    const heard: string[] = [];
    const b = await start({ group: "one", hear: (f) => void heard.push(f.factId) });
    const stranger = await connect(rabbit.url);
    const channel = await stranger.createConfirmChannel();
    channel.sendToQueue(queue(), Buffer.from("{not json"), { persistent: true });
    await channel.waitForConfirms();
    await stranger.close();
    await publishFact(b, "system.broadcast", broadcast("fine"));
    await until(() => heard.includes("fine"));
    await until(async () => (await deadLetters(b, 10)).length === 1);
    expect(await deadLetters(b, 10)).toMatchObject([{ payload: "{not json" }]);
  });

  test("a node that dies loses nothing: its sibling gets what it had not acknowledged", async () => {
    const heard: string[] = [];
    const deaf = await start({ group: "one", delays: [60_000], hear: () => Promise.reject(new Error("sick")) });
    for (let n = 0; n < 20; n++) await publishFact(deaf, "system.broadcast", broadcast(`${n}`));
    const env = { dataDir: tempDir(), rabbit: rabbit.url, namespace };
    const sibling = await factsBroker(env, [{ group: "one", hear: (f) => void heard.push(f.factId) }]);
    await deaf.stop();
    await until(() => heard.length >= 20);
    expect(new Set(heard).size).toBe(20);
    await sibling.stop();
  });
});
