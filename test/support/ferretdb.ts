/**
 * A MongoDB-compatible server that is fast enough for a cluster: FerretDB on a PostgreSQL of its own. On SQLite it reads
 * the whole collection for every query.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { eventually } from "./eventually";
import { freePort } from "./rabbitmq";
import { type Server, startPostgres } from "./servers";

export const hasFerretdb = (): boolean => spawnSync("ferretdb", ["--version"]).status === 0;

export class Ferretdb {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly postgres: Server,
    private readonly dir: string,
  ) {}

  static async start(): Promise<Ferretdb> {
    const postgres = await startPostgres();
    if (!postgres) throw new Error("FerretDB needs PostgreSQL here");
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query("create database ferretdb");
    await client.end();
    const [dir, port] = [mkdtempSync(join(tmpdir(), "ferretdb-")), await freePort()];
    const args = [
      "--handler=postgresql",
      `--postgresql-url=${postgres.url.replace(/\/postgres$/, "/ferretdb")}`,
      `--listen-addr=127.0.0.1:${port}`,
      `--state-dir=${dir}`,
      "--telemetry=disable",
      "--debug-addr=-",
      "--log-level=error",
    ];
    const child = spawn("ferretdb", args, { stdio: "ignore" });
    process.once("exit", () => child.kill("SIGKILL"));
    await eventually(() => answers(port), 60_000);
    return new Ferretdb(`mongodb://127.0.0.1:${port}/chat`, child, postgres, dir);
  }

  pause(): void {
    this.child.kill("SIGSTOP");
  }
  resume(): void {
    this.child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
    await this.postgres.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve()));
    socket.once("error", reject);
  });
}
