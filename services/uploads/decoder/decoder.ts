/** One process that decodes, seen from outside: asked one image after the other until it ends. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { threadModule } from "../../../platform/threads";
import { type Limits, type Outcome, type Task, TOO_MUCH } from "./protocol";

/** What it may know of our environment: no secret. */
const SHOWN = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"];

const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(SHOWN.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Crashes are the image's fault: nothing else happens in there. */
const CRASHES = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"]);

export class Decoder {
  ended = false;
  private readonly child: ChildProcess;
  private settle: ((outcome: Outcome | Error) => void) | undefined;
  private isLate = false;
  private isWanted = true;

  constructor(private readonly limits: Limits) {
    const { filename, execArgv } = threadModule(join(__dirname, "decoder.worker"));
    this.child = fork(filename, [], {
      execArgv: [...execArgv, "--max-old-space-size=64"],
      env: environment(),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.child.on("message", (outcome: Outcome) => this.settle?.(outcome));
    this.child.on("exit", (code, signal) => this.onExit(code, signal));
    this.child.on("error", (error) => this.onEnd(error));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** @throws when the process ends for another reason than the image */
  ask(task: Task): Promise<Outcome> {
    return new Promise<Outcome>((resolve, reject) => {
      const late = setTimeout(() => {
        this.isLate = true;
        this.end();
      }, this.limits.deadlineMs);
      this.settle = (outcome) => {
        clearTimeout(late);
        this.settle = undefined;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      this.child.send({ ...task, limits: this.limits }, (error) => error && this.onEnd(error));
    });
  }

  /** While it is at rest it keeps no process of ours alive. */
  rest(): void {
    this.child.unref();
    this.child.channel?.unref();
  }

  end(): void {
    this.isWanted = false;
    this.child.kill("SIGKILL");
  }

  private onExit(code: number | null, signal: NodeJS.Signals | null): void {
    // The system kills who has most memory.
    const wasKilled = signal === "SIGKILL" && this.isWanted;
    if (code === TOO_MUCH || this.isLate || wasKilled) return this.onEnd({ refused: "tooMuch" });
    if (signal && CRASHES.has(signal)) return this.onEnd({ refused: "damaged" });
    this.onEnd(new Error(`a decoder ended (${signal ?? code})`));
  }

  private onEnd(outcome: Outcome | Error): void {
    this.ended = true;
    this.settle?.(outcome);
  }
}
