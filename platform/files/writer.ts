/** Writes files in a thread, and says of each what its bytes were: the side of those who have the bytes. */
import { join } from "node:path";
import { Writable } from "node:stream";
import { Worker } from "node:worker_threads";
import { threadModule } from "../threads";
import { type PutOptions, type Stored, type Through } from "./store";
import { type Answer, type Order } from "./writer-orders";

type Done = (error?: Error | null) => void;

/** What of one file may be on its way: more gains nothing, less leaves the thread waiting. In bytes. */
const WINDOW = 256 * 1024;
const IDLE_MS = 60_000;

export class Writer {
  private thread: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private readonly files = new Map<number, WrittenFile>();
  private lastId = 0;
  private orders: Order[] = [];
  /** Of this turn's writes, by file. */
  private readonly chunks = new Map<number, ArrayBuffer[]>();

  /** @param temporary where it is until it is whole; on the same file system as `path`, whose folder is made */
  open(temporary: string, path: string, options: PutOptions): WrittenFile {
    const id = ++this.lastId;
    const file = new WrittenFile(this, id, options);
    this.files.set(id, file);
    clearTimeout(this.idle);
    this.tell({ do: "open", id, temporary, path });
    return file;
  }

  write(id: number, chunk: ArrayBuffer): void {
    const same = this.chunks.get(id);
    if (same) return void same.push(chunk);
    const chunks = [chunk];
    this.chunks.set(id, chunks);
    this.tell({ do: "write", id, chunks });
  }

  tell(order: Order): void {
    if (this.orders.length === 0) setImmediate(() => this.send());
    this.orders.push(order);
  }

  /** Nothing is heard of it any more. */
  forget(id: number): void {
    this.files.delete(id);
    if (this.files.size > 0) return;
    this.thread?.unref();
    this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  private send(): void {
    const [orders, moved] = [this.orders, [...this.chunks.values()].flat()];
    this.orders = [];
    this.chunks.clear();
    this.thread ??= this.start();
    this.thread.ref(); // who waits for a file is not to find the process gone
    this.thread.postMessage(orders, moved);
  }

  private start(): Worker {
    const { filename, execArgv } = threadModule(join(__dirname, "writer.worker"));
    const thread = new Worker(filename, { execArgv });
    thread.on("message", (answers: readonly Answer[]) => {
      for (const answer of answers) this.files.get(answer.id)?.hear(answer);
    });
    thread.on("error", (error) => this.lost(thread, error));
    thread.on("exit", () => this.lost(thread, new Error("the thread that writes files has ended")));
    return thread;
  }

  /** The next file starts another. */
  private lost(thread: Worker, error: Error): void {
    if (this.thread !== thread) return;
    this.thread = undefined;
    const failed = { message: error.message, code: "EIO" };
    for (const [id, file] of [...this.files]) file.hear({ id, failed });
  }

  private end(): void {
    const { thread } = this;
    this.thread = undefined;
    void thread?.terminate();
  }
}

/** Its memory may be taken away where nobody else has any of it. */
const isWhole = ({ buffer, byteLength }: Buffer): boolean =>
  buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;

/** Once finished it has its name; destroyed before that it is gone when it closes. */
export class WrittenFile extends Writable {
  private result: Stored | undefined;
  private onWay = 0;
  private goOn: Done | undefined;
  private settle: Done | undefined;
  private isOver = false;
  private readonly through: Through | undefined;
  private readonly gives: boolean;
  readonly whenClosed = new Promise<void>((resolve) => this.once("close", resolve));

  constructor(
    private readonly writer: Writer,
    private readonly id: number,
    { through, gives = false }: PutOptions,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.through = through;
    this.gives = gives;
  }

  /** Once finished. */
  get stored(): Stored {
    if (!this.result) throw new Error("the file is not stored");
    return this.result;
  }

  hear(answer: Answer): void {
    if ("written" in answer) return this.onWritten(answer.written);
    this.isOver = true;
    this.writer.forget(this.id);
    if ("stored" in answer) this.result = answer.stored;
    const { settle } = this;
    const error = "failed" in answer ? Object.assign(new Error(answer.failed.message), answer.failed) : undefined;
    if (settle) settle(error);
    else if (error) this.destroy(error);
  }

  override _write(given: Buffer, _encoding: BufferEncoding, done: Done): void {
    try {
      const chunk = this.through ? this.through.take(given) : given;
      this.onWay += chunk.length;
      const isMoved = this.gives && isWhole(chunk);
      this.writer.write(this.id, (isMoved ? chunk.buffer : new Uint8Array(chunk).buffer) as ArrayBuffer);
    } catch (error) {
      return done(error as Error);
    }
    if (this.onWay < WINDOW) done();
    else this.goOn = done;
  }

  override _final(done: Done): void {
    try {
      this.through?.end();
    } catch (error) {
      return done(error as Error);
    }
    this.settle = done;
    this.writer.tell({ do: "finish", id: this.id });
  }

  override _destroy(error: Error | null, done: Done): void {
    if (this.isOver) return done(error);
    this.settle = () => done(error);
    this.writer.tell({ do: "abandon", id: this.id });
  }

  private onWritten(bytes: number): void {
    this.onWay -= bytes;
    const { goOn } = this;
    if (!goOn || this.onWay >= WINDOW) return;
    this.goOn = undefined;
    goOn();
  }
}
