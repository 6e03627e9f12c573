/** `PROCESSES=n npm start` in a folder of its own: its processes by their place, to be killed one by one. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually";
import { freePort } from "./servers";

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended
  }
};
const childrenOf = (pid: number): number[] =>
  read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);

export const isAlive = (pid: number): boolean =>
  !["", "Z"].includes(/^State:\t(\w)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? "");

export class GroupOfProcesses {
  output = "";

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (this.output += String(text)));
  }

  static async start(vars: Record<string, string>): Promise<GroupOfProcesses> {
    const port = await freePort();
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, ["--import", "tsx", "services/start.ts"], {
      cwd: join(__dirname, "../.."),
      env: { PATH, HOME, NODE_ENV: "test", PASSWORD_COST: "4", LOG_LEVEL: "warn", PORT: String(port), ...vars },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const group = new GroupOfProcesses(child, `http://127.0.0.1:${port}`);
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`it ended:\n${group.output}`);
      expect(group.output).toContain("Chat is ready");
    }, 100_000);
    return group;
  }

  get exit(): number | NodeJS.Signals | undefined {
    return this.child.exitCode ?? this.child.signalCode ?? undefined;
  }

  /** Of the process that holds the stores (0) or of a gateway; undefined while there is none. */
  pid(index: number): number | undefined {
    const argument = `"index":${index}}`;
    return childrenOf(this.child.pid ?? 0).find((pid) => read(`/proc/${pid}/cmdline`).includes(argument));
  }

  /** All of them that run, the one that watches over the others first. */
  pids(): number[] {
    const own = this.child.pid ?? 0;
    return [own, ...childrenOf(own).filter((pid) => read(`/proc/${pid}/cmdline`).includes('"index":'))];
  }

  /** Settles when it is gone. */
  async kill(index: number): Promise<void> {
    const pid = this.pid(index);
    if (pid === undefined) throw new Error(`there is no process ${index}`);
    process.kill(pid, "SIGKILL");
    await eventually(() => expect(isAlive(pid)).toBe(false));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async end(): Promise<void> {
    if (this.exit !== undefined) return;
    const gone = once(this.child, "exit");
    this.signal("SIGTERM");
    await gone;
  }
}
