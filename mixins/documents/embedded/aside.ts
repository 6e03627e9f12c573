/** What is done on the database in a thread of its own; the thread is made when it is first needed. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { threadModule } from "../../../platform/threads";
import { type Scalar } from "./json";

export type Task =
  /** Rows, or of documents their texts in packs (see packs.ts). */
  | { readonly read: string; readonly params: readonly Scalar[]; readonly packed?: true }
  /** PASSIVE waits for nobody; RESTART lets the log begin anew, and wants the writer to rest. */
  | { readonly checkpoint: "PASSIVE" | "RESTART" | "TRUNCATE" };
export interface AsideData {
  readonly path: string;
  readonly closed: Int32Array;
}
export interface Asked {
  readonly id: number;
  readonly task: Task;
}
export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly errcode?: number };
}
interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What a thread reads it hands over at once: V8 would let three times as much of it wait for its collector. */
const LIMITS = { maxYoungGenerationSizeMb: 8 } as const;

export class Aside {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  /** Not 0: what waits for the thread is not done any more. */
  private readonly closed = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly path: string) {}

  ask<T>(task: Task): Promise<T> {
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    return new Promise<T>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      worker.ref(); // who waits for an answer is not to find the process gone
      worker.postMessage({ id, task } satisfies Asked);
    });
  }

  private start(): Worker {
    const { filename, execArgv } = threadModule(join(__dirname, "aside.worker"));
    const worker = new Worker(filename, {
      execArgv,
      resourceLimits: LIMITS,
      workerData: { path: this.path, closed: this.closed } satisfies AsideData,
    });
    worker.unref();
    worker.on("message", (answer: Answer) => this.settle(worker, answer));
    worker.on("error", (error) => this.lost(worker, error));
    worker.on("exit", () => this.lost(worker, new Error("the store's thread has ended")));
    return worker;
  }

  private settle(worker: Worker, { id, result, error }: Answer): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (this.pending.size === 0) worker.unref();
    if (error) pending?.reject(Object.assign(new Error(error.message), { errcode: error.errcode }));
    else pending?.resolve(result);
  }

  /** The next task starts another. */
  private lost(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }

  async close(): Promise<void> {
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    this.lost(worker, new Error("the store is closed"));
    // It ends by itself, after the call that it is in: a thread that is ended in one takes the process with it.
    Atomics.store(this.closed, 0, 1);
    worker.postMessage(undefined);
    worker.ref();
    await ended;
  }
}
