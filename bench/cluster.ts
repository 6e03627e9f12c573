/**
 * `npm run bench:cluster`: one process with everything in it against clusters with three, two and one chat nodes, on the
 * same stores and the same machine, turn by turn. MONGODB_URI names the document store, else FerretDB is started.
 * Notifications are left out on both sides: small stores carry them worse than messages, and would be what is measured.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { type Health } from "../platform/health";
import { Cluster, type NodeProcess } from "../test/support/cluster";
import { type Outcome, type Room, run, type Shape } from "./load";
import { cpuOf, quiet, type Served } from "./process";
import { median } from "./stats";
import { createGroup, registerAll, serverEnv } from "./systems";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "3" } },
});
const [ROUNDS, MS] = [Number(flags.rounds), Number(flags.seconds) * 1_000];
const CHAT_NODES = 3;
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
    return cpuOf(this.nodes.filter(({ exit }) => exit === undefined).map(({ pid }) => pid));
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

async function main(): Promise<void> {
  const chats = Array.from({ length: CHAT_NODES }, (_, i) => ({ name: `chat-${i + 1}`, services: ["chat"] as const }));
  const rest = { name: "rest", services: ["users", "uploads"] as const };
  const cluster = await Cluster.start([rest, ...chats, { name: "api-1", services: ["api"] }], env);
  try {
    const many = new Side(cluster.node("api-1"), [...cluster.nodes.values()]);
    const one = await single(cluster);
    for (const side of [one, many]) await side.open();
    console.log(
      "| chat nodes | scenario | x acked/s | x CPU per message | acked/s | us CPU per message | ack p50 ms | lost, doubled, reordered, refused |",
    );
    console.log(`|${" --- |".repeat(8)}`);
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
