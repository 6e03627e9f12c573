/** The caller's side of the backend's thread: starts it, sends it orders, ends it. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { threadModule } from "../platform/threads";
import { type Answer, type BackendData, type Order } from "./orders";

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Backend {
  private readonly waiting = new Map<number, Waiting>();
  private readonly gone: Promise<unknown>;
  private ended: Error | undefined;
  private asked = 0;

  private constructor(private readonly worker: Worker) {
    this.gone = new Promise((resolve) => worker.once("exit", resolve));
    worker.on("message", (answer: Answer) => this.settle(answer));
    worker.on("error", (error) => this.fail(error));
    worker.once("exit", () => this.fail(new Error("the backend has ended")));
  }

  /** @returns once its port is open; @throws where it can't start */
  static async start(data: BackendData, tmpDir: string): Promise<{ backend: Backend; port: number }> {
    const { filename, execArgv } = threadModule(join(__dirname, "backend.worker"));
    // What a backend that was ended by force leaves in its temporary folder goes with that of the test.
    const backend = new Backend(
      new Worker(filename, { execArgv, workerData: data, env: { ...process.env, TMPDIR: tmpDir } }),
    );
    const { port = 0 } = await backend.answer(0);
    return { backend, port };
  }

  async tell(order: Order): Promise<void> {
    if (this.ended) throw this.ended;
    const id = ++this.asked;
    this.worker.postMessage({ id, order });
    await this.answer(id);
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    if (!this.ended) await this.tell({ do: "stop" });
    await this.kill();
  }

  /** As `kill -9` does. */
  async kill(): Promise<void> {
    await this.worker.terminate();
    await this.gone;
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
