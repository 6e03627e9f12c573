/** A server under test: a child process, what it costs, and its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux

/** CPU seconds by a `stat` of /proc; nought of what has ended meanwhile. */
function seconds(path: string): number {
  try {
    const line = readFileSync(path, "utf8");
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function withChildren(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    const children = list === "" ? [] : list.split(" ").map(Number);
    return [pid, ...children.flatMap(withChildren)];
  } catch {
    return [pid]; // it has ended meanwhile
  }
}

/** CPU seconds of processes, by their ids. */
export type Parts = ReadonlyMap<number, { readonly all: number; readonly main: number }>;

/** What is measured: where it is reached, and what it has cost so far. */
export interface Served {
  readonly port: number;
  /** CPU seconds so far, of all its threads and child processes. */
  cpu(): number;
  /** The same for each of its processes: of all its threads, and of the one with the event loop. */
  parts(): Parts;
  /** Waits until what the load left behind is done, so that it neither escapes the bill nor weighs on the next run. */
  quiet(): Promise<void>;
}

/** CPU seconds of these processes and their children. */
export const cpuOf = (pids: readonly number[]): number =>
  pids.flatMap(withChildren).reduce((sum, pid) => sum + seconds(`/proc/${pid}/stat`), 0);

export const partsOf = (pids: readonly number[]): Parts =>
  new Map(
    pids
      .flatMap(withChildren)
      .map((pid) => [pid, { all: seconds(`/proc/${pid}/stat`), main: seconds(`/proc/${pid}/task/${pid}/stat`) }]),
  );

export async function quiet(cpu: () => number, longest = 10_000): Promise<void> {
  const until = Date.now() + longest;
  for (let before = cpu(); Date.now() < until;) {
    await sleep(300);
    const now = cpu();
    if (now - before < 0.04) return;
    before = now;
  }
}

export interface StartOptions {
  /** Options of Node.js. */
  readonly args?: readonly string[];
  readonly behind?: (port: number) => Promise<number>;
}

/** What a server has still to do for messages long answered takes no longer than that, or something is wrong. */
const BACKLOG_MS = 1_800_000;

export class ServerProcess implements Served {
  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    readonly port: number,
    private readonly behind: (port: number) => Promise<number>,
  ) {}

  /**
   * Starts `node <script>` with PORT set, and waits until `path` answers 200.
   * @param behind asks the server on that port how many messages have not caused yet all that they are to cause
   */
  static async start(
    script: string,
    env: Record<string, string>,
    path: string,
    { args = [], behind = () => Promise.resolve(0) }: StartOptions = {},
  ): Promise<ServerProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [...args, script], {
      env: { PATH: process.env.PATH ?? "", ...env, PORT: String(port) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)));
    if (child.pid === undefined) throw new Error(`${script} did not start`);
    const server = new ServerProcess(child, child.pid, port, behind);
    process.once("exit", () => child.kill("SIGKILL"));
    for (let tries = 0; tries < 300; tries++) {
      if (child.exitCode !== null) throw new Error(`${script} ended at once: ${complaints}`);
      if (await answers(`http://127.0.0.1:${port}${path}`)) return server;
      await sleep(200);
    }
    await server.stop();
    throw new Error(`${script} was not ready within a minute: ${complaints}`);
  }

  cpu(): number {
    return cpuOf([this.pid]);
  }

  parts(): Parts {
    return partsOf([this.pid]);
  }

  /** Resident memory in MB, child processes included. */
  memory(): number {
    return withChildren(this.pid).reduce((sum, pid) => {
      const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      return sum + Number(kb ?? 0) / 1024;
    }, 0);
  }

  /** In the backlog it may rest for a moment, so it is asked, too: but only when it rests, for asking costs. */
  async quiet(): Promise<void> {
    for (const end = Date.now() + BACKLOG_MS; ;) {
      await quiet(() => this.cpu());
      const left = await this.behind(this.port);
      if (left === 0) return;
      if (Date.now() > end) throw new Error(`${left} messages still wait for what they are to cause`);
    }
  }

  async kill(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // not listening yet
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
