/** `npm run bench:curves`: what grows with what, as tables and as drawings for docs/benchmarks.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { receipts, sync } from "./curves/crowd";
import { type Curve, type Point } from "./curves/curve";
import { history, idle } from "./curves/grown";
import { joins } from "./curves/joins";
import { members } from "./curves/members";
import { mixed } from "./curves/mixed";
import { plotOf } from "./plot";

const HELP = `npm run bench:curves -- [flags]
  --only a,b      of history, idle, receipts, sync, members, joins, mixed
  --most N        the largest x, 1,000,000 by default; an idle curve ends at 100,000, a crowd at 1,000
  --seconds N     of mixed load, 60 by default
  --out DIR       where the drawings go; docs/images/bench by default`;

const curves: readonly Curve[] = [history, idle, receipts, sync, members, joins, mixed];
const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: curves.map(({ name }) => name).join() },
    most: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "60" },
    out: { type: "string", default: "docs/images/bench" },
    help: { type: "boolean", default: false },
  },
});

const shown = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });

async function measure(curve: Curve): Promise<void> {
  const points: Point[] = [];
  for await (const point of curve.points(Number(curve.time ? flags.seconds : flags.most))) {
    if (points.length === 0) {
      const lines = Object.keys(point.y);
      console.log(`\n${curve.title}\n\n| ${[curve.x, ...lines].join(" | ")} |\n|${" --- |".repeat(lines.length + 1)}`);
    }
    points.push(point);
    console.log(`| ${[point.x, ...Object.values(point.y)].map(shown).join(" | ")} |`);
  }
  mkdirSync(flags.out, { recursive: true });
  writeFileSync(join(resolve(flags.out), `${curve.name}.svg`), plotOf(curve, points));
}

async function main(): Promise<void> {
  if (flags.help) return console.log(HELP);
  for (const curve of curves) if (flags.only.split(",").includes(curve.name)) await measure(curve);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
