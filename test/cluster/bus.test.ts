/** The bus under trouble: several nodes over a real RabbitMQ, with peers that die, freeze and outages of all kinds. */
import { type BrokerOptions, type Context, ServiceBroker } from "moleculer";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../contracts/errors";
import { readEnv } from "../../contracts/env";
import { brokerOptions } from "../../moleculer.config";
import { canBeTold, onSaid, say } from "../../platform/transporter/terse";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "../support/rabbitmq";
import { eventually } from "../support/eventually";

const suite = hasRabbitmq() ? describe : describe.skip;

suite("the bus over RabbitMQ", () => {
  let rabbit: Rabbitmq;
  let dir: string;
  let caller: ServiceBroker;
  let namespaces = 0;
  let namespace: string;
  const processes: ChildProcess[] = [];
  const brokers: ServiceBroker[] = [];

  const env = (nodeId: string): Record<string, string> => ({
    RABBITMQ_URL: rabbit.url,
    NAMESPACE: namespace,
    NODE_ID: nodeId,
    NODE_ENV: "test",
    LOG_LEVEL: "fatal",
    SERVICES: "api", // of no consequence here: it keeps DATA_DIR unlocked
    DATA_DIR: dir,
  });
  const broker = (nodeId: string, other: BrokerOptions = {}): ServiceBroker => {
    const made = new ServiceBroker({ ...brokerOptions(readEnv(env(nodeId))), ...other });
    brokers.push(made);
    return made;
  };
  const node = async (nodeId: string): Promise<ChildProcess> => {
    const child = fork(join(__dirname, "stub-node.ts"), {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, ...env(nodeId) },
    });
    processes.push(child);
    await once(child, "message");
    return child;
  };
  const nodesSeen = (): string[] =>
    (caller.registry.nodes.list({ onlyAvailable: true }) as { id: string }[]).map(({ id }) => id).sort();
  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "no failure",
      (error: unknown) => codeOf(error),
    );

  beforeAll(async () => {
    rabbit = (await startRabbit()) as Rabbitmq;
    dir = mkdtempSync(join(tmpdir(), "bus-"));
  });
  afterAll(async () => {
    await rabbit.stop();
    rmSync(dir, { recursive: true });
  });
  beforeEach(async () => {
    namespace = `t${namespaces++}`;
    caller = broker("caller");
    await caller.start();
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill("SIGKILL");
    await Promise.all(brokers.splice(0).map((b) => b.stop()));
  });

  test("a killed node is noticed within a second, and calls to its keys go elsewhere without an error", async () => {
    const [first] = await Promise.all([node("n1"), node("n2")]);
    await caller.waitForServices("stub");
    await eventually(() => expect(nodesSeen()).toEqual(["caller", "n1", "n2"]));
    first.kill("SIGKILL");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => caller.call<string, { key: string }>("stub.where", { key: `k${i}` })),
    );
    expect(new Set(answers)).toEqual(new Set(["n2"]));
    await eventually(() => expect(nodesSeen()).toEqual(["caller", "n2"]));
  });

  test("a call under way on a killed node fails at once, not after the timeout", async () => {
    const child = await node("n1");
    await caller.waitForServices("stub");
    const code = failure(caller.call("stub.slow", { ms: 120_000 }, { timeout: 120_000 }));
    await eventually(() => expect(caller.call("stub.running")).resolves.toBe(1));
    const killed = Date.now();
    child.kill("SIGKILL");
    await expect(code).resolves.toBe("UNAVAILABLE");
    expect(Date.now() - killed).toBeLessThan(60_000);
  });

  test("a frozen node is taken for dead after a few seconds and is back as soon as it answers", async () => {
    const child = await node("n1");
    await caller.waitForServices("stub");
    child.kill("SIGSTOP");
    await eventually(() => expect(nodesSeen()).toEqual(["caller"]));
    await expect(failure(caller.call("stub.where", { key: "a" }))).resolves.toBe("UNAVAILABLE");
    child.kill("SIGCONT");
    await eventually(() => expect(nodesSeen()).toEqual(["caller", "n1"]));
    await expect(caller.call("stub.where", { key: "a" })).resolves.toBe("n1");
  });

  test("hundreds of slow calls and calls that call back run side by side", async () => {
    caller.createService({ name: "far", actions: { back: { handler: (ctx) => ctx.call("stub.echo", ctx.params) } } });
    await node("n1");
    await caller.waitForServices("stub");
    const started = Date.now();
    await Promise.all(Array.from({ length: 200 }, () => caller.call("stub.slow", { ms: 500 })));
    expect(Date.now() - started).toBeLessThan(50_000); // one at a time it would be 100 s
    await eventually(() => expect(caller.call("stub.chain", { x: 1 })).resolves.toEqual({ x: 1 }));
  });

  test("what travels arrives as what it was: dates, buffers, long texts, nothing", async () => {
    await node("n1");
    await caller.waitForServices("stub");
    const sent = {
      at: new Date(0),
      bytes: Buffer.from([1, 2]),
      text: "ố".repeat(500_000),
      none: null,
      list: [1.5, -1],
    };
    await expect(caller.call("stub.echo", sent)).resolves.toEqual(sent);
  });

  test("what is asked and what is said without an answer arrive in the order in which they left", async () => {
    const other = broker("other");
    const heard: number[] = [];
    other.createService({ name: "order", actions: { asked: (ctx: Context<number>) => void heard.push(ctx.params) } });
    onSaid(other, "news", (n: number) => heard.push(n));
    await other.start();
    await caller.waitForServices("order", 10_000, 50);
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    await Promise.all(numbers.map((n) => (n % 3 ? say(caller, "other", "news", n) : caller.call("order.asked", n))));
    await eventually(() => expect(heard).toHaveLength(numbers.length));
    expect(heard).toEqual(numbers);
  });

  test("a node of an earlier version is spoken to as it understands", async () => {
    const older = broker("older", { metadata: { bundles: true } });
    older.createService({ name: "older", actions: { echo: (ctx: Context<number>) => ctx.params } });
    await older.start();
    await caller.waitForServices("older", 10_000, 50);
    expect(canBeTold(caller, "older")).toBe(false);
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    expect(await Promise.all(numbers.map((n) => caller.call("older.echo", n)))).toEqual(numbers);
  });

  test("checks with patterns and functions hold on the far side, although they do not travel", async () => {
    await node("n1");
    await caller.waitForServices("stub");
    await expect(failure(caller.call("stub.where", { key: "NOT OK" }))).resolves.toBe("BAD_REQUEST");
    await expect(caller.call("stub.where", { key: "ok" })).resolves.toBe("n1");
  });

  test("two callers send every key to the same node, and a third node takes about a third of the keys", async () => {
    const second = broker("second");
    await second.start();
    await Promise.all([node("n1"), node("n2")]);
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    const places = (from: ServiceBroker): Promise<string[]> =>
      Promise.all(keys.map((key) => from.call<string, { key: string }>("stub.where", { key })));
    for (const b of [caller, second]) await eventually(() => expect(b.registry.nodes.onlineCount()).toBe(4));
    const before = await places(caller);
    expect(await places(second)).toEqual(before);
    await node("n3");
    await eventually(() => expect(nodesSeen()).toContain("n3"));
    const after = await places(caller);
    const moved = after.filter((place, i) => place !== before[i]);
    expect(new Set(moved)).toEqual(new Set(["n3"]));
    expect(moved.length / keys.length).toBeGreaterThan(0.22);
    expect(moved.length / keys.length).toBeLessThan(0.45);
  });

  test("when all connections are closed by force, calls work again within seconds, and keep working", async () => {
    await node("n1");
    await caller.waitForServices("stub");
    for (let round = 0; round < 3; round++) {
      const underWay = Array.from({ length: 20 }, () => failure(caller.call("stub.slow", { ms: 200 })));
      await rabbit.closeAllConnections();
      for (const code of await Promise.all(underWay)) expect(["no failure", "UNAVAILABLE"]).toContain(code);
      await eventually(() => expect(caller.call("stub.echo", { round })).resolves.toEqual({ round }));
    }
  });

  test("while RabbitMQ is down calls answer UNAVAILABLE soon, and afterwards all is well by itself", async () => {
    await node("n1");
    await caller.waitForServices("stub");
    const underWay = failure(caller.call("stub.slow", { ms: 9_000 }));
    await rabbit.stopApp();
    await expect(underWay).resolves.toBe("UNAVAILABLE");
    const asked = Date.now();
    await expect(failure(caller.call("stub.echo", {}))).resolves.toBe("UNAVAILABLE");
    await expect(failure(caller.call("stub.where", { key: "a" }))).resolves.toBe("UNAVAILABLE");
    expect(Date.now() - asked).toBeLessThan(15_000); // each would take ten, were it waited for
    await rabbit.startApp();
    await eventually(() => expect(caller.call("stub.where", { key: "a" })).resolves.toBe("n1"));
  });

  test("while RabbitMQ is blocked by an alarm calls answer UNAVAILABLE, and afterwards all is well by itself", async () => {
    await node("n1");
    await caller.waitForServices("stub");
    const lost: unknown[] = [];
    caller.localBus.on("$node.disconnected", (what: unknown) => lost.push(what));
    await rabbit.block();
    await eventually(() => expect(failure(caller.call("stub.echo", {}))).resolves.toBe("UNAVAILABLE"));
    await rabbit.unblock();
    await eventually(() => expect(caller.call("stub.where", { key: "a" })).resolves.toBe("n1"));
    expect(lost).toEqual([]); // a silent bus says nothing about the peers
  });

  test("a node that starts while RabbitMQ is down waits for it", async () => {
    await rabbit.stopApp();
    const late = broker("late");
    const started = late.start();
    await sleep(1_500);
    await rabbit.startApp();
    await started;
    await eventually(() => expect(nodesSeen()).toContain("late"));
  });

  test("a second process under a NODE_ID in use waits, and leaves the first alone", async () => {
    const first = await node("n1");
    const second = fork(join(__dirname, "stub-node.ts"), {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, ...env("n1") },
    });
    processes.push(second);
    let ready = false;
    second.once("message", () => (ready = true));
    await sleep(4_000);
    expect(ready).toBe(false);
    await expect(caller.call("stub.where", { key: "a" })).resolves.toBe("n1");
    first.kill("SIGKILL");
    await eventually(() => expect(ready).toBe(true));
  });

  test("a node told to stop ends its calls, says farewell, and is gone soon", async () => {
    const child = await node("n1");
    await caller.waitForServices("stub");
    const underWay = caller.call("stub.slow", { ms: 1_000 });
    await eventually(() => expect(caller.call("stub.running")).resolves.toBe(1));
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await expect(underWay).resolves.toBe("n1");
    await expect(exited).resolves.toEqual([0, null]);
    await eventually(() => expect(nodesSeen()).toEqual(["caller"]));
  });
});
