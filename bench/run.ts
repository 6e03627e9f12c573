/** `npm run bench`: our server against bare Socket.IO, both on this machine, turn by turn, reported as ratios. */
import { parseArgs } from "node:util";
import { connectsPerSecond, idleMemory } from "./connects";
import { type Outcome, type Room, run, type Shape } from "./load";
import { type ServerProcess } from "./process";
import { faultsOf, loadTable, plainTable, type Round } from "./report";
import { bare, ours, type Person, type System } from "./systems";

const HELP = `npm run bench -- [flags]
  --rounds N      interleaved rounds, 5 by default; the table shows their median
  --seconds N     measured time of one run, 3 by default
  --only a,b      of c2, c10, c100, c10-w1, c10-200, connects, idle
  --people N      accounts to make, 200 by default; rooms shrink to fit
  --smoke         one short round with few people: does it run, is nothing lost?
  --processes N   with PROCESSES=N, against itself in one process; xbusiest is what one core each could carry, inverted
  --noise         the bare server against itself: how far this machine's figures swing
  --json          the raw figures of every round as well`;

const shapes: readonly Shape[] = [
  { name: "c2", members: 2, rooms: 20, window: 16 },
  { name: "c10", members: 10, rooms: 10, window: 16 },
  { name: "c100", members: 100, rooms: 2, window: 16 },
  { name: "c10-w1", members: 10, rooms: 10, window: 1 },
  { name: "c10-200", members: 10, rooms: 10, window: 16, rate: 200 },
];

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string" },
    people: { type: "string" },
    smoke: { type: "boolean", default: false },
    processes: { type: "string" },
    noise: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(flags.rounds ?? (flags.smoke ? 1 : 5));
const ms = Number(flags.seconds ?? (flags.smoke ? 1 : 3)) * 1000;
const most = Number(flags.people ?? (flags.smoke ? 20 : 200));
const wanted = (name: string): boolean => flags.only === undefined || flags.only.split(",").includes(name);

/** One system with its server running, its people and its rooms. */
interface Side {
  readonly system: System;
  server: ServerProcess;
  readonly people: readonly Person[];
  readonly rooms: ReadonlyMap<string, readonly Room[]>;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const chosen = shapes.filter((shape) => wanted(shape.name) && shape.members <= most);
/** No more accounts than the scenarios ask for. */
const needed = Math.max(20, ...chosen.map(({ members, rooms: count }) => members * count));
const headcount = Math.min(most, wanted("connects") || wanted("idle") ? most : needed);

async function prepare(system: System): Promise<Side> {
  const server = await system.start();
  const people = await system.people(server, headcount);
  const rooms = new Map<string, Room[]>();
  for (const { name, members, rooms: count } of chosen) {
    const made: Room[] = [];
    for (let i = 0; i < count && (i + 1) * members <= people.length; i++) {
      const of = people.slice(i * members, (i + 1) * members);
      made.push({ id: await system.room(server, of), members: of, reached: 0 });
    }
    rooms.set(name, made);
  }
  say(`${system.name}: ${people.length} people, ${[...rooms.values()].flat().length} rooms`);
  return { system, server, people, rooms };
}

/** Runs `measure` on both sides; who begins changes from round to round. */
async function interleaved<T>(a: Side, b: Side, measure: (side: Side) => Promise<T>): Promise<Round<T>[]> {
  const results: Round<T>[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await measure(a);
      results.push({ ours: first, bare: await measure(b) });
    } else {
      const first = await measure(b);
      results.push({ ours: await measure(a), bare: first });
    }
  }
  return results;
}

/** On servers started afresh: a heap that load has stretched hides what a socket weighs. */
async function weigh(a: Side, b: Side): Promise<Round<number>> {
  const one = async (side: Side): Promise<number> => {
    await side.server.stop();
    side.server = await side.system.start();
    return idleMemory(side.server, side.people, flags.smoke ? 200 : 2000);
  };
  return { ours: await one(a), bare: await one(b) };
}

async function compare(a: Side, b: Side): Promise<boolean> {
  const load = new Map<string, Round<Outcome>[]>();
  for (const shape of chosen) {
    load.set(shape.name, await interleaved(a, b, (s) => run(s.server, shape, s.rooms.get(shape.name) ?? [], ms)));
    say(`${loadTable(new Map([...load].slice(-1)))}\n`); // should a later one fail, these figures are not lost
  }
  const plain = new Map<string, Round<number>[]>();
  if (wanted("connects"))
    plain.set("connects/s", await interleaved(a, b, (s) => connectsPerSecond(s.server, s.people, ms)));
  if (wanted("idle")) plain.set("MB per 1,000 idle sockets", [await weigh(a, b)]);
  const faults = faultsOf(load);
  console.log(`\nmedian of ${rounds} rounds of ${ms / 1000} s; two figures are ${a.system.name} / ${b.system.name}\n`);
  if (load.size > 0) console.log(`${loadTable(load)}\n`);
  if (plain.size > 0) console.log(`${plainTable(plain)}\n`);
  console.log(
    Object.entries(faults)
      .map(([name, count]) => `${name}: ${count}`)
      .join(", "),
  );
  if (flags.json) console.log(JSON.stringify({ load: [...load], plain: [...plain], faults }));
  return Object.values(faults).every((count) => count === 0);
}

async function main(): Promise<void> {
  if (flags.help) return console.log(HELP);
  const { processes: PROCESSES } = flags;
  const spread = PROCESSES === undefined ? undefined : ours(`${PROCESSES} processes`, undefined, { PROCESSES });
  const first = spread ?? (flags.noise ? bare("bare again") : ours());
  const second = spread ? ours("one") : bare();
  const sides: Side[] = [];
  try {
    for (const system of [first, second]) sides.push(await prepare(system));
    const [a, b] = sides;
    if (a && b && !(await compare(a, b))) process.exitCode = 1;
  } finally {
    for (const { server } of sides) await server.stop();
    first.clean();
    second.clean();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
