/**
 * `npm run bench:cluster`: one process with everything in it against clusters with three, two and one chat nodes, on the
 * same stores and the same machine, turn by turn; `--nodes 2 --bus tcp` for fewer of them, without a broker. MONGODB_URI names the document store, else FerretDB is started.
 * Notifications are left out on both sides: small stores carry them worse than messages, and would be what is measured.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { type Health } from "../platform/health";
import { Cluster, type NodeProcess } from "../test/support/cluster";
import { freePort } from "../test/support/servers";
import { type Outcome, type Room, run, type Shape } from "./load";
import { cpuOf, type Parts, partsOf, quiet, type Served } from "./process";
import { median } from "./stats";
import { createGroup, registerAll, serverEnv } from "./systems";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    nodes: { type: "string", default: "3" },
    bus: { type: "string", default: "rabbitmq" },
  },
});
const [ROUNDS, MS] = [Number(flags.rounds), Number(flags.seconds) * 1_000];
/** The most chat nodes; measured with as many, then with one less, down to one. */
const CHAT_NODES = Number(flags.nodes);
const env = { LOG_LEVEL: "error", EVENT_RATE_LIMIT: "1000000", ...serverEnv };
const shapes: readonly Shape[] = [
  { name: "c10", members: 10, rooms: 10, window: 16 },
  { name: "c10-w1", members: 10, rooms: 10, window: 1 },
];

class Side implements Served {
  readonly rooms: Room[] = [];

  constructor(
    private readonly door: NodeProcess,
    readonly nodes: readonly NodeProcess[],
  ) {}

  get port(): number {
    return Number(new URL(this.door.url).port);
  }
  cpu(): number {
    return cpuOf(this.running);
  }
  parts(): Parts {
    return partsOf(this.running);
  }
  private get running(): number[] {
    return this.nodes.filter(({ exit }) => exit === undefined).map(({ pid }) => pid);
  }
  quiet(): Promise<void> {
    return quiet(() => this.cpu());
  }
  private async complete(): Promise<boolean> {
    const { data } = (await (await fetch(`${this.door.url}/health`)).json()) as { data: Pick<Health, "dependencies"> };
    return ["users", "chat"].every((service) => data.dependencies[service]?.state === "up");
  }
  /** Makes its people and rooms, as soon as its nodes know each other. */
  async open(): Promise<void> {
    while (!(await this.complete())) await sleep(200);
    const { members, rooms } = shapes[0] as Shape;
    const people = await registerAll(this, members * rooms);
    for (let i = 0; i < rooms; i++) {
      const of = people.slice(i * members, (i + 1) * members);
      this.rooms.push({ id: await createGroup(this, of), members: of, reached: 0 });
    }
  }
}

interface Pair {
  readonly one: Outcome;
  readonly many: Outcome;
}
const digits = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

function report(chatNodes: number, shape: Shape, pairs: readonly Pair[]): void {
  const ratio = (of: (o: Outcome) => number): string => {
    const ratios = pairs.map(({ one, many }) => of(many) / of(one));
    return `${digits(median(ratios))} (${digits(Math.min(...ratios))}-${digits(Math.max(...ratios))})`;
  };
  const both = (of: (o: Outcome) => number): string =>
    `${digits(median(pairs.map((p) => of(p.many))))} / ${digits(median(pairs.map((p) => of(p.one))))}`;
  const perMessage = (o: Outcome): number => o.cpu * shape.members;
  const outcomes = pairs.flatMap(({ one, many }) => [one, many]);
  const faults = (["lost", "doubled", "reordered", "refused"] as const).map((fault) =>
    outcomes.reduce((sum, o) => sum + o[fault], 0),
  );
  const cells = [
    String(chatNodes),
    shape.name,
    ratio((o) => o.acked),
    ratio(perMessage),
    both((o) => o.acked),
    both(perMessage),
    ratio((o) => o.busiest.main),
    both((o) => o.p50),
    faults.join(", "),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  if (faults.some((count) => count > 0)) process.exitCode = 1;
}

async function measure(one: Side, many: Side, chatNodes: number): Promise<void> {
  for (const shape of shapes) {
    const pairs: Pair[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const first = round % 2 === 0 ? await run(one, shape, one.rooms, MS) : undefined;
      const other = await run(many, shape, many.rooms, MS);
      pairs.push({ one: first ?? (await run(one, shape, one.rooms, MS)), many: other });
    }
    report(chatNodes, shape, pairs);
  }
}

/** With databases of its own on the cluster's servers: two systems never share one. */
async function single(cluster: Cluster): Promise<Side> {
  const client = new Client({ connectionString: cluster.postgres.url });
  await client.connect();
  await client.query("create database single");
  await client.end();
  const node = cluster.add(
    { name: "single", services: ["api", "chat", "users", "uploads"] },
    {
      ...env,
      RABBITMQ_URL: "",
      POSTGRES_URL: cluster.postgres.url.replace(/\/postgres$/, "/single"),
      MONGODB_URI: cluster.mongo.url.replace(/\/[^/]*$/, "/single"),
    },
  );
  await node.start();
  return new Side(node, [node]);
}

/** `--bus tcp`: nodes that know each other's addresses, in place of RabbitMQ. */
async function busOf(names: readonly string[]): Promise<Record<string, string>> {
  if (flags.bus !== "tcp") return {};
  const addresses: string[] = [];
  for (const name of names) addresses.push(`tcp://127.0.0.1:${await freePort()}/${name}`);
  return { RABBITMQ_URL: "", TRANSPORTER: addresses.join(",") };
}

async function main(): Promise<void> {
  const chats = Array.from({ length: CHAT_NODES }, (_, i) => ({ name: `chat-${i + 1}`, services: ["chat"] as const }));
  const rest = { name: "rest", services: ["users", "uploads"] as const };
  const members = [rest, ...chats, { name: "api-1", services: ["api"] as const }];
  const cluster = await Cluster.start(members, { ...env, ...(await busOf(members.map(({ name }) => name))) });
  try {
    const many = new Side(cluster.node("api-1"), [...cluster.nodes.values()]);
    const one = await single(cluster);
    for (const side of [one, many]) await side.open();
    console.log(
      "| chat nodes | scenario | x acked/s | x CPU per message | acked/s | us CPU per message | x busiest event loop | ack p50 ms | lost, doubled, reordered, refused |",
    );
    console.log(`|${" --- |".repeat(9)}`);
    for (let nodes = CHAT_NODES; nodes > 0; nodes--) {
      await measure(one, many, nodes);
      await cluster.node(`chat-${nodes}`).stop();
    }
  } finally {
    await cluster.stop();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1)); // ends the servers, too
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
