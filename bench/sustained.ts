/** `npm run bench:sustained`: rooms of 10, 100 and 1,000 at full speed until everything is done, also beside another version. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Room, type Shape } from "./load";
import { type ServerProcess } from "./process";
import { median } from "./stats";
import { sustain, type Sustained } from "./sustain";
import { ours, type System } from "./systems";

const HELP = `npm run bench:sustained -- [flags]
  --seconds N     how long it is sent, 30 by default
  --rounds N      interleaved rounds, 1 by default
  --only a,b      of r10, r100, r1000; r10 and r100 by default
  --beside DIR    another version of this project, built there, to compare with
  --looks         the backlog and the memory over time as well, as JSON`;

const shapes: readonly Shape[] = [
  { name: "r10", members: 10, rooms: 10, window: 16 },
  { name: "r100", members: 100, rooms: 1, window: 16 },
  { name: "r1000", members: 1_000, rooms: 1, window: 16 },
];
const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    rounds: { type: "string", default: "1" },
    only: { type: "string", default: "r10,r100" },
    beside: { type: "string" },
    looks: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const chosen = shapes.filter(({ name }) => flags.only.split(",").includes(name));

interface Side {
  readonly system: System;
  readonly server: ServerProcess;
  readonly rooms: ReadonlyMap<Shape, readonly Room[]>;
}

async function prepare(system: System): Promise<Side> {
  const server = await system.start();
  const people = await system.people(server, Math.max(...chosen.map((s) => s.members * s.rooms)));
  const rooms = new Map<Shape, Room[]>();
  for (const shape of chosen) {
    const made: Room[] = [];
    for (let i = 0; i < shape.rooms; i++) {
      const members = people.slice(i * shape.members, (i + 1) * shape.members);
      made.push({ id: await system.room(server, members), members, reached: 0 });
    }
    rooms.set(shape, made);
  }
  return { system, server, rooms };
}

function report(shape: Shape, { system }: Side, results: readonly Sustained[]): void {
  const of = (pick: (s: Sustained) => number): string => median(results.map(pick)).toFixed(0);
  const highest = (pick: (look: Sustained["looks"][number]) => number): string =>
    Math.max(...results.flatMap(({ looks }) => looks.map(pick))).toFixed(0);
  const faults = results.reduce((sum, s) => sum + s.faults, 0);
  const cells = [
    ...[shape.name, system.name, of((s) => s.rate), of((s) => s.acked), of((s) => s.cpu)],
    ...[highest((l) => l.waiting), highest((l) => l.oldest), highest((l) => l.memory), String(faults)],
  ];
  console.log(`| ${cells.join(" | ")} |`);
  if (flags.looks) console.log(JSON.stringify(results.map(({ looks }) => looks)));
  if (faults > 0) process.exitCode = 1;
}

async function compare(shape: Shape, sides: readonly Side[]): Promise<void> {
  const results = new Map<Side, Sustained[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const side of round % 2 ? [...sides].reverse() : sides) {
      const rooms = side.rooms.get(shape) ?? [];
      results.get(side)?.push(await sustain(side.server, shape, rooms, Number(flags.seconds) * 1000));
    }
  for (const [side, seen] of results) report(shape, side, seen);
  const [own = [], other] = [...results.values()];
  if (!other) return;
  const ratios = own.map(({ rate }, i) => rate / (other[i]?.rate ?? Number.NaN));
  console.log(`${shape.name}: ${median(ratios).toFixed(2)} times the messages a second, everything done`);
}

async function main(): Promise<void> {
  if (flags.help) return console.log(HELP);
  const systems = [ours()];
  if (flags.beside !== undefined) systems.push(ours("beside", resolve(flags.beside, "dist")));
  const sides: Side[] = [];
  try {
    for (const system of systems) sides.push(await prepare(system));
    console.log(
      "| rooms | version | messages/s, all done | acked/s | us CPU each | backlog | its age, s | MB | faults |",
    );
    console.log(`|${" --- |".repeat(9)}`);
    for (const shape of chosen) await compare(shape, sides);
  } finally {
    for (const { server } of sides) await server.stop();
    for (const system of systems) system.clean();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
