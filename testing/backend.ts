/**
 * The caller's side of the backend's process: starts it, sends it orders, ends it. A process and no thread: what ends a
 * thread in the middle of a call into SQLite takes the whole process with it, and a kill is only one that nothing survives.
 */
import { type ChildProcess, fork } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadModule } from "../platform/threads";
import { type Answer, BACKEND_DATA, type BackendData, type Order } from "./orders";

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Backend {
  private readonly waiting = new Map<number, Waiting>();
  private readonly gone: Promise<unknown>;
  private ended: Error | undefined;
  private asked = 0;

  private constructor(private readonly process: ChildProcess) {
    this.gone = new Promise((resolve) => process.once("exit", resolve).once("error", resolve));
    process.on("message", (answer: Answer) => this.settle(answer));
    process.on("error", (error) => this.fail(error));
    process.once("exit", () => this.fail(new Error("the backend has ended")));
  }

  /** @returns once its port is open; @throws where it can't start */
  static async start(data: BackendData): Promise<{ backend: Backend; port: number }> {
    const { filename, execArgv } = threadModule(join(__dirname, "backend.process"));
    // From Node.js 22 on, the second backend on a machine finds the program compiled: a fifth of a start.
    const compiled = join(tmpdir(), "node-compile-cache");
    const env = { NODE_COMPILE_CACHE: compiled, ...process.env, [BACKEND_DATA]: JSON.stringify(data) };
    const backend = new Backend(fork(filename, { execArgv, env }));
    try {
      const { port = 0 } = await backend.answer(0);
      return { backend, port };
    } catch (error) {
      await backend.kill();
      throw error;
    }
  }

  async tell(order: Order): Promise<void> {
    if (this.ended) throw this.ended;
    const id = ++this.asked;
    const answer = this.answer(id);
    this.process.send({ id, order }, (error) => error && this.fail(error));
    await answer;
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    // An interrupt from the keyboard reaches it, too, and it may be gone before it has answered.
    if (!this.ended)
      await this.tell({ do: "stop" }).catch((error: Error) => {
        if (error !== this.ended) throw error;
      });
    await this.kill();
  }

  /** As `kill -9` does. */
  async kill(): Promise<void> {
    this.killNow();
    await this.gone;
  }

  /** The same, for where nothing can be waited for. */
  killNow(): void {
    this.process.kill("SIGKILL");
  }

  private answer(id: number): Promise<Answer> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private settle(answer: Answer): void {
    const { id, error } = answer;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(error));
  }

  private fail(error: Error): void {
    this.ended ??= error;
    for (const waiting of this.waiting.values()) waiting.reject(this.ended);
    this.waiting.clear();
  }
}
