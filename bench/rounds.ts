/**
 * `npm run bench:rounds -- kill` and `-- disk`: rounds of trouble with the built server on its embedded stores, under load.
 * It is killed with SIGKILL in the middle of it and started again; or the disk of its data runs full and has room again, and
 * it goes on by itself. After each round all that was ever acknowledged is read again, and at the end the stores are checked.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readEnv } from "../contracts/env";
import { check } from "../scripts/backup/check";
import { Answered } from "./answered";
import { ServerProcess } from "./process";
import { createGroup, type Person, productionEnv, registerAll } from "./systems";

const HELP = `npm run bench:rounds -- kill|disk [--rounds 20] [--seconds 2] [--sync process|full] [--disk 160m]`;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "20" },
    seconds: { type: "string", default: "2" },
    sync: { type: "string", default: "process" },
    disk: { type: "string", default: "160m" },
  },
});
const ROUNDS = Number(flags.rounds);
const SECONDS = Number(flags.seconds);
const ROOMS = 4;
const MEMBERS = 5;
/** A server that was refused room is to write again in this time after there is some. */
const RECOVERY_MS = 30_000;
/** A full disk stays so until this many messages were refused, or for so long: files that are there have room of their own. */
const REFUSED = 50;
const STARVED_MS = 20_000;
const BLOCK = Buffer.alloc(64 * 1024, 1);

class Rounds {
  readonly answered = new Answered();
  readonly dir = mkdtempSync(join(tmpdir(), "chat-rounds-"));
  readonly env: Record<string, string> = { ...productionEnv(this.dir), EMBEDDED_SYNC: flags.sync };
  private server: ServerProcess | undefined;
  private people: readonly Person[] = [];
  private rooms: string[] = [];

  get running(): ServerProcess {
    if (!this.server) throw new Error("the server is not running");
    return this.server;
  }

  async start(): Promise<void> {
    this.server = await ServerProcess.start(join(__dirname, "../services/start.js"), this.env, "/health/ready");
  }

  async prepare(): Promise<void> {
    await this.start();
    this.people = await registerAll(this.running, MEMBERS);
    for (let i = 0; i < ROOMS; i++) this.rooms.push(await createGroup(this.running, this.people));
  }

  /** Two senders in each room and one who makes accounts, until it is told to stop. */
  load(stop: () => boolean): Promise<unknown> {
    const { port } = this.running;
    const senders = this.rooms.flatMap((room, i) => [i, i + 1].map((n) => [room, this.people[n]] as const));
    return Promise.all([
      ...senders.map(([room, person]) => this.answered.send(port, person as Person, room, stop)),
      this.answered.register(port, stop),
    ]);
  }

  async verify(what: string): Promise<void> {
    const missing = await this.answered.missing(this.running.port, this.people[0] as Person);
    for (const line of missing.slice(0, 10)) console.log(`  ${line}`);
    if (missing.length > 0) process.exitCode = 1;
    console.log(`${what}: ${this.answered.acknowledged} acknowledged so far, ${missing.length} missing`);
  }

  /** Stops it, and looks into what it left. */
  async end(): Promise<void> {
    await this.running.stop();
    for await (const { ok, line } of check(readEnv(this.env))) {
      if (!ok) process.exitCode = 1;
      console.log(`check: ${ok ? "" : "NOT SOUND: "}${line}`);
    }
    const tally = [...this.answered.tally].map(([what, times]) => `${what} ${times}`).sort();
    console.log(tally.join(", "));
  }
}

async function kill(rounds: Rounds): Promise<void> {
  await rounds.prepare();
  for (let round = 1; round <= ROUNDS; round++) {
    const before = rounds.answered.acknowledged;
    const load = rounds.load(() => false);
    while (rounds.answered.acknowledged === before) await sleep(5);
    await sleep(SECONDS * 1000 * Math.random());
    await rounds.running.kill();
    await load;
    await rounds.start();
    await rounds.verify(`kill -9, round ${round}`);
  }
  await rounds.end();
}

/** Writes until there is no room for more. */
function fillUp(path: string): void {
  const file = openSync(path, "a");
  try {
    for (let size = BLOCK.length; size >= 512;) {
      try {
        writeSync(file, BLOCK, 0, size);
      } catch {
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}

const times = (rounds: Rounds, what: string): number =>
  [...rounds.answered.tally].reduce((sum, [name, n]) => sum + (name.startsWith(what) ? n : 0), 0);

/** Takes all the room there is, again and again, until so many were refused. @returns how many */
async function starved(rounds: Rounds, ballast: string): Promise<number> {
  const refused = (): number => times(rounds, "send: UNAVAILABLE");
  const [before, until] = [refused(), Date.now() + STARVED_MS];
  for (; refused() - before < REFUSED && Date.now() < until; await sleep(20)) fillUp(ballast);
  return refused() - before;
}

/** How long until messages are sent and accounts are made again. */
async function recovered(rounds: Rounds): Promise<number> {
  const began = performance.now();
  const before = ["send: acknowledged", "account: made"].map((what) => [what, times(rounds, what)] as const);
  while (before.some(([what, n]) => times(rounds, what) <= n)) {
    if (performance.now() - began > RECOVERY_MS) {
      process.exitCode = 1;
      console.log(`  NOT written again after ${RECOVERY_MS} ms`);
      break;
    }
    await sleep(20);
  }
  return performance.now() - began;
}

async function disk(rounds: Rounds): Promise<void> {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${flags.disk}`, "chat-rounds", rounds.dir]);
  if (mounted.status !== 0) throw new Error(`needs the right to mount: ${mounted.stderr.toString()}`);
  try {
    await rounds.prepare();
    const { pid } = rounds.running;
    const ballast = join(rounds.dir, "ballast");
    for (let round = 1; round <= ROUNDS; round++) {
      let stop = false;
      const load = rounds.load(() => stop);
      await sleep(SECONDS * 500);
      const during = await starved(rounds, ballast);
      rmSync(ballast);
      const took = await recovered(rounds);
      stop = true;
      await load;
      if (rounds.running.pid !== pid) throw new Error("it is not the same process any more");
      await rounds.verify(`full disk, round ${round}: ${during} refused, written again after ${took.toFixed(0)} ms`);
    }
    await rounds.running.kill();
    await rounds.start();
    await rounds.verify("after kill -9 and a start");
    await rounds.end();
  } finally {
    spawnSync("umount", ["-l", rounds.dir]);
  }
}

const kinds: Readonly<Record<string, (rounds: Rounds) => Promise<void>>> = { kill, disk };
const run = kinds[positionals[0] ?? ""];
if (!run) {
  console.error(HELP);
  process.exit(1);
}
const rounds = new Rounds();
run(rounds)
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    rmSync(rounds.dir, { recursive: true, force: true });
    process.exit(process.exitCode ?? 0); // what still runs is the server of a round that failed: it ends with us
  });
