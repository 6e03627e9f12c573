/** `npm run test:socket -- URL`: walks the realtime contract against a running server and prints what held. */
import { setTimeout as sleep } from "node:timers/promises";
import { newWorld, steps, tidyUp, type World } from "./socket-steps";

const url = process.argv[2] ?? process.env.URL ?? "http://localhost:3000";

interface Line {
  readonly name: string;
  readonly passed: boolean;
  readonly ms: number;
  readonly why: string;
}

async function attempt(name: string, work: (world: World) => Promise<void>, world: World): Promise<Line> {
  const began = performance.now();
  const done = (passed: boolean, why: string): Line => ({ name, passed, ms: performance.now() - began, why });
  try {
    await Promise.race([work(world), sleep(20_000).then(() => Promise.reject(new Error("no end within 20 s")))]);
    return done(true, "");
  } catch (error) {
    return done(false, error instanceof Error ? error.message : String(error));
  }
}

function print({ name, passed, ms, why }: Line): void {
  console.log(
    `${passed ? "pass" : "FAIL"}  ${name.padEnd(72)} ${ms.toFixed(0).padStart(6)} ms${why ? `\n      ${why}` : ""}`,
  );
}

async function main(): Promise<void> {
  console.log(`Checking ${url}\n`);
  const world = newWorld(url);
  const lines: Line[] = [];
  for (const [name, work] of Object.entries(steps)) {
    const line = await attempt(name, work, world);
    print(line);
    lines.push(line);
    if (!line.passed && world.vital) break; // nobody to go on with
  }
  await tidyUp(world);
  const failed = lines.filter((line) => !line.passed).length;
  const skipped = Object.keys(steps).length - lines.length;
  console.log(`\n${lines.length - failed} passed, ${failed} failed${skipped ? `, ${skipped} not reached` : ""}`);
  process.exit(failed === 0 ? 0 : 1);
}

void main();
