/** Real servers for tests: started from the binaries of this machine, on free ports, in folders of their own. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface Server {
  readonly url: string;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
  /** As a power cut would; its data stays for `start`. */
  readonly kill: () => Promise<void>;
  /** Freezes it: it holds its connections and answers nothing. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Again, on the same port with the same data. */
  readonly start: () => Promise<void>;
}

const START_WITHIN = 120_000;
const root = process.getuid?.() === 0;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/**
 * To be taken later, by a server that starts: hence below the ports that systems give out by themselves (from 32,768 on
 * Linux, 49,152 elsewhere), which somebody else may have been given until then.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
}

export const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });

/** The first of `folders` (PATH too) that holds this program. */
export function find(program: string, folders: readonly string[] = []): string | undefined {
  const paths = [...folders, ...(process.env.PATH ?? "").split(delimiter)];
  return paths.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

export interface Plan {
  readonly url: string;
  readonly data: string;
  spawn(): ChildProcess;
  ready(): Promise<boolean>;
  /** Ends what else belongs to it. */
  tidy?(): void | Promise<void>;
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
/** The whole group: some of these programs are a shell with the server under it. */
export function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, name);
}

export async function run(plan: Plan): Promise<Server> {
  let child: ChildProcess;
  const endWithUs = (): void => {
    signal(child, "SIGKILL");
    void plan.tidy?.();
  };
  const start = async (): Promise<void> => {
    child = plan.spawn();
    const until = Date.now() + START_WITHIN;
    while (!(await plan.ready())) {
      if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
      if (Date.now() > until) throw new Error(`${child.spawnfile} did not start within ${START_WITHIN} ms`);
      await wait(100);
    }
  };
  const end = async (how: NodeJS.Signals): Promise<void> => {
    signal(child, "SIGCONT");
    signal(child, how);
    await exited(child);
  };
  process.once("exit", endWithUs);
  await start();
  return {
    url: plan.url,
    start,
    kill: () => end("SIGKILL"),
    pause: () => signal(child, "SIGSTOP"),
    resume: () => signal(child, "SIGCONT"),
    async stop() {
      await end("SIGKILL");
      await plan.tidy?.();
      process.off("exit", endWithUs);
      rmSync(plan.data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const folder = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-test-`));
export const launch = (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  uid?: number,
): ChildProcess =>
  spawn(command, args, {
    stdio: "ignore",
    detached: true,
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });

/** PostgreSQL refuses to run as root. */
function someUser(): number | undefined {
  if (!root) return undefined;
  const { stdout, status } = spawnSync("id", ["-u", "postgres"], { encoding: "utf8" });
  return status === 0 ? Number(stdout) : 65_534;
}

/** A fresh PostgreSQL; undefined where there is none to start. */
export async function startPostgres(): Promise<Server | undefined> {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions) ? readdirSync(versions).map((v) => join(versions, v, "bin")) : [];
  const [initdb, postgres] = [find("initdb", folders.reverse()), find("postgres", folders)];
  if (!initdb || !postgres) return undefined;
  const data = folder("postgres");
  const uid = someUser();
  if (uid !== undefined) chownSync(data, uid, uid);
  const init = launch(initdb, ["-D", join(data, "db"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"], {}, uid);
  await exited(init);
  if (init.exitCode !== 0) throw new Error(`initdb ended with ${init.exitCode}`);
  const port = await freePort();
  const args = ["-D", join(data, "db"), "-p", String(port), "-h", "127.0.0.1", "-k", data, "-c", "fsync=off"];
  const accepting = find("pg_isready", folders);
  return run({
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    data,
    spawn: () => launch(postgres, args, {}, uid),
    ready: () =>
      accepting
        ? new Promise((resolve) =>
            execFile(accepting, ["-h", "127.0.0.1", "-p", String(port)], (error) => resolve(!error)),
          )
        : answers(port),
  });
}
