/** A RabbitMQ of one's own on free ports in a temporary directory, to stop, start and strangle at will. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Debian's wrappers insist on their own user and folders; the scripts behind them do not. */
const home = (): string | undefined =>
  ["/usr/lib/rabbitmq/lib", "/opt/rabbitmq", "/opt/homebrew/opt/rabbitmq", "/usr/local/opt/rabbitmq"]
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => [join(dir, "sbin"), ...readdirSync(dir).map((version) => join(dir, version, "sbin"))])
    .find((dir) => existsSync(join(dir, "rabbitmq-server")));

export const hasRabbitmq = (): boolean => home() !== undefined;

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

export class Rabbitmq {
  private constructor(
    readonly url: string,
    private readonly dir: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Rabbitmq> {
    const sbin = home();
    if (sbin === undefined) throw new Error("rabbitmq-server is not installed");
    const dir = mkdtempSync(join(tmpdir(), "rabbitmq-"));
    const [port, dist, epmd] = [await freePort(), await freePort(), await freePort()];
    for (const name of ["mnesia", "log"]) mkdirSync(join(dir, name));
    writeFileSync(join(dir, "rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console = false\n`);
    writeFileSync(join(dir, "plugins"), "[].\n");
    const env = {
      PATH: `${sbin}:${process.env.PATH}`,
      HOME: dir, // of the Erlang cookie
      ERL_EPMD_PORT: String(epmd),
      RABBITMQ_NODENAME: `test${port}@localhost`,
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_CONFIG_FILE: join(dir, "rabbitmq.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, "plugins"),
      RABBITMQ_MNESIA_BASE: join(dir, "mnesia"),
      RABBITMQ_LOG_BASE: join(dir, "log"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+sbwt none +sbwtdcpu none +sbwtdio none", // no busy waiting on a shared CPU
    };
    const server = spawn(join(sbin, "rabbitmq-server"), { env, stdio: "ignore", detached: true });
    process.once("exit", () => server.exitCode === null && server.pid && process.kill(-server.pid, "SIGKILL"));
    const rabbit = new Rabbitmq(`amqp://127.0.0.1:${port}`, dir, env, server);
    await rabbit.ready();
    return rabbit;
  }

  ctl(...args: string[]): Promise<string> {
    return run("rabbitmqctl", ["-q", ...args], { env: this.env }).then(({ stdout }) => stdout);
  }

  stopApp = (): Promise<string> => this.ctl("stop_app");
  startApp = (): Promise<string> => this.ctl("start_app");
  closeAllConnections = (): Promise<string> => this.ctl("close_all_connections", "test");
  /** The memory alarm: publishers are no longer read from. */
  block = (): Promise<string> => this.ctl("set_vm_memory_high_watermark", "0.000001");
  unblock = (): Promise<string> => this.ctl("set_vm_memory_high_watermark", "0.4");

  async stop(): Promise<void> {
    if (this.server.pid !== undefined && this.server.exitCode === null) {
      const gone = new Promise((resolve) => this.server.once("exit", resolve));
      process.kill(-this.server.pid, "SIGKILL");
      await gone;
    }
    await this.stopPortMapper();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** It refuses while it still believes the server to be alive. */
  private async stopPortMapper(): Promise<void> {
    for (let attempts = 0; attempts < 20; attempts++) {
      const killed = await run("epmd", ["-kill"], { env: this.env }).then(
        ({ stdout }) => /Killed/.test(stdout),
        () => false,
      );
      if (killed) return;
      await sleep(100);
    }
  }

  private async ready(): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      try {
        await this.ctl("await_startup", "--timeout", "60");
        return;
      } catch (error) {
        if (attempts > 120 || this.server.exitCode !== null) throw error;
        await sleep(500);
      }
    }
  }
}
