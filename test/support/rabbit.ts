/** A RabbitMQ of one's own, on a free port and in a temp dir, that can be stopped and started again. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const BIN = ["/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/usr/local/sbin", "/usr/sbin"].find((dir) =>
  existsSync(join(dir, "rabbitmq-server")),
);

export const hasRabbit = BIN !== undefined;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const opens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(true)));
    socket.once("error", () => resolve(false));
  });

export class Rabbit {
  private process: ChildProcess | undefined;
  private constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  static async start(): Promise<Rabbit> {
    const dir = mkdtempSync(join(tmpdir(), "rabbit-"));
    const [port, dist, epmd] = [await freePort(), await freePort(), await freePort()];
    writeFileSync(join(dir, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${port}\n`);
    writeFileSync(join(dir, "enabled_plugins"), "[].\n");
    const rabbit = new Rabbit(dir, port, {
      PATH: process.env.PATH,
      HOME: dir,
      RABBITMQ_NODENAME: `t${port}@localhost`,
      RABBITMQ_MNESIA_BASE: join(dir, "mnesia"),
      RABBITMQ_LOG_BASE: join(dir, "log"),
      RABBITMQ_CONFIG_FILE: join(dir, "rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, "enabled_plugins"),
      RABBITMQ_PID_FILE: join(dir, "pid"),
      RABBITMQ_DIST_PORT: String(dist),
      ERL_EPMD_PORT: String(epmd),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none",
    });
    await rabbit.up();
    return rabbit;
  }

  async up(): Promise<void> {
    this.process = spawn(join(BIN ?? "", "rabbitmq-server"), { env: this.env, stdio: "ignore", detached: true });
    for (let n = 0; n < 600; n++) {
      if (await opens(this.port)) return;
      await sleep(100);
    }
    throw new Error(`RabbitMQ did not start; see ${this.dir}`);
  }

  /** Ends it at once, with all its connections, as a crash does; what it has confirmed is on its disk. */
  async down(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { process: child } = this;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, signal);
    await ended;
    while (await opens(this.port)) await sleep(50);
  }

  /** rabbitmqctl, rabbitmqadmin's poor cousin. */
  ctl(...args: string[]): string {
    return execFileSync(join(BIN ?? "", "rabbitmqctl"), ["-q", ...args], { env: this.env, encoding: "utf8" });
  }

  async stop(): Promise<void> {
    await this.down();
    try {
      execFileSync("epmd", ["-kill"], { env: this.env, stdio: "ignore" });
    } catch {
      // it ended with the server
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
