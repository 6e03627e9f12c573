/** Real servers for tests: started from the binaries of this machine, on free ports, in folders of their own. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface Server {
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** As a power cut would; its data stays for `start`. */
  kill(): Promise<void>;
  /** Freezes it: it holds its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Again, on the same port with the same data. */
  start(): Promise<void>;
}

const START_WITHIN = 120_000;
const root = process.getuid?.() === 0;

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });

/** The first of `folders` (PATH too) that holds this program. */
function find(program: string, folders: readonly string[] = []): string | undefined {
  const paths = [...folders, ...(process.env.PATH ?? "").split(delimiter)];
  return paths.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

interface Plan {
  readonly url: string;
  readonly data: string;
  spawn(): ChildProcess;
  ready(): Promise<boolean>;
  /** Ends what the program left running on its own account. */
  tidy?(): void;
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
/** The whole group: some of these programs are a shell with the server under it. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, name);
}

async function run(plan: Plan): Promise<Server> {
  let child: ChildProcess;
  const endWithUs = (): void => {
    signal(child, "SIGKILL");
    plan.tidy?.();
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
      plan.tidy?.();
      process.off("exit", endWithUs);
      rmSync(plan.data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const folder = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-test-`));
const launch = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, uid?: number): ChildProcess =>
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

/** A fresh RabbitMQ with a node name and an Erlang port mapper of its own; undefined where there is none to start. */
export async function startRabbit(): Promise<Server | undefined> {
  const program = find("rabbitmq-server", ["/usr/lib/rabbitmq/bin", "/usr/sbin"]);
  if (!program) return undefined;
  const data = folder("rabbitmq");
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const config = join(data, "rabbitmq.conf");
  writeFileSync(config, `listeners.tcp.1 = 127.0.0.1:${port}\nloopback_users = none\nlog.console = false\n`);
  const plugins = join(data, "enabled_plugins");
  writeFileSync(plugins, "[].\n");
  chmodSync(data, 0o777);
  const env = {
    HOME: data,
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(mapper),
    RABBITMQ_BASE: data,
    RABBITMQ_MNESIA_BASE: join(data, "mnesia"),
    RABBITMQ_LOG_BASE: join(data, "log"),
    RABBITMQ_SCHEMA_DIR: join(data, "schema"),
    RABBITMQ_GENERATED_CONFIG_DIR: join(data, "schema"),
    RABBITMQ_PID_FILE: join(data, "pid"),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none +sbwtdcpu none +sbwtdio none",
  };
  // In the foreground and ours to end: the server would leave one behind as a daemon.
  const portMapper = launch("epmd", ["-port", String(mapper)]);
  return run({
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    data,
    spawn: () => launch(program, [], env),
    ready: () => answers(port),
    tidy: () => signal(portMapper, "SIGKILL"),
  });
}

/** A fresh FerretDB on SQLite, which speaks MongoDB's protocol; undefined where there is none to start. */
export async function startMongo(): Promise<Server | undefined> {
  const program = find("ferretdb");
  if (!program || spawnSync(program, ["--version"]).status !== 0) return undefined;
  const data = folder("ferretdb");
  const port = await freePort();
  const args = [
    "--handler=sqlite",
    `--sqlite-url=file:${data}/`,
    `--listen-addr=127.0.0.1:${port}`,
    `--state-dir=${data}`,
    "--telemetry=disable",
    "--debug-addr=-",
    "--log-level=error",
  ];
  return run({
    url: `mongodb://127.0.0.1:${port}/chat`,
    data,
    spawn: () => launch(program, args),
    ready: () => answers(port),
  });
}
