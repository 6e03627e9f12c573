/** One process of a tree's own program, as `npm start` there would run it, on a port that it keeps over its lives. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const START_WITHIN = 180_000;

export class Program {
  private child: ChildProcess | undefined;
  /** What it logged until it was told to end. */
  private lived = "";
  private since = 0;

  constructor(
    readonly name: string,
    private readonly port: number,
    private readonly env: NodeJS.ProcessEnv,
    private readonly logFile: string,
  ) {
    process.once("exit", () => this.child?.kill("SIGKILL"));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  private get log(): string {
    return readFileSync(this.logFile, "utf8");
  }
  /** Lines of errors while it served. */
  get troubles(): string[] {
    const lines = (this.lived + this.log.slice(this.since)).split("\n");
    return lines.filter((line) => /"level":"(error|fatal)"/.test(line)).map((line) => `${this.name} logged ${line}`);
  }

  /** @param tree whose program it is from now on */
  async start(tree: string): Promise<void> {
    const log = openSync(this.logFile, "a");
    this.since = this.log.length;
    this.child = spawn(process.execPath, ["--import", "tsx", "services/start.ts"], {
      cwd: tree,
      env: { ...process.env, ...this.env, PORT: String(this.port), HEALTH_PORT: String(this.port) },
      stdio: ["ignore", log, log],
    });
    const until = Date.now() + START_WITHIN;
    for (let health = ""; (health = await this.health()) !== "ready"; await sleep(100)) {
      if (this.child.exitCode === null && Date.now() < until) continue;
      throw new Error(`${this.name} is not ready: ${health}\n${this.log.slice(this.since).slice(-3_000)}`);
    }
  }

  async end(how: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.lived += this.log.slice(this.since);
    const gone = once(child, "exit");
    child.kill(how);
    await gone;
    this.since = this.log.length;
  }

  private async health(): Promise<string> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      return response.ok ? "ready" : await response.text();
    } catch (error) {
      return String(error);
    }
  }
}
