/**
 * The thread that writes files and hashes them: the loop that people wait for does not, and what was sent becomes garbage
 * here, where there is next to nothing else for a collector to look at.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writevSync } from "node:fs";
import { dirname } from "node:path";
import { MessageChannel, parentPort } from "node:worker_threads";
import { type Stored } from "./store";
import { type Answer, type Order } from "./writer-orders";

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Folders are made when the first file comes that needs them. */
function inFolderOf<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    return work();
  }
}

class Unfinished {
  private file: number | undefined;
  private readonly hash = createHash("sha256");
  private size = 0;

  constructor(
    private readonly temporary: string,
    private readonly path: string,
  ) {
    this.file = inFolderOf(temporary, () => openSync(temporary, "w"));
  }

  /** @returns bytes */
  write(chunks: readonly Uint8Array[]): number {
    if (this.file === undefined) return 0;
    const before = this.size;
    for (const chunk of chunks) {
      this.hash.update(chunk);
      this.size += chunk.length;
    }
    // A disk that is nearly full takes a part, and refuses the rest by name.
    for (let left = chunks; left.length > 0;) {
      let written = writevSync(this.file, left);
      left = left.flatMap((chunk) => {
        const taken = Math.min(written, chunk.length);
        written -= taken;
        return taken < chunk.length ? [chunk.subarray(taken)] : [];
      });
    }
    return this.size - before;
  }

  finish(): Stored {
    this.close();
    inFolderOf(this.path, () => renameSync(this.temporary, this.path));
    return { size: this.size, sha256: this.hash.digest("hex") };
  }

  abandon(): void {
    try {
      this.close();
    } finally {
      rmSync(this.temporary, { force: true }); // else the store's `clean` finds it
    }
  }

  private close(): void {
    const { file } = this;
    this.file = undefined;
    if (file !== undefined) closeSync(file);
  }
}

const unfinished = new Map<number, Unfinished>();

/** What is sent into a port that is closed is gone at once: V8 would let much of it wait for its collector. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

function written(id: number, chunks: readonly ArrayBuffer[]): Answer[] {
  const bytes = unfinished.get(id)?.write(chunks.map((chunk) => new Uint8Array(chunk)));
  nowhere.postMessage(undefined, chunks);
  return bytes === undefined ? [] : [{ id, written: bytes }];
}

function finished(id: number): Answer[] {
  const file = unfinished.get(id);
  if (!file) return [];
  const stored = file.finish();
  unfinished.delete(id);
  return [{ id, stored }];
}

function abandon(id: number): void {
  const file = unfinished.get(id);
  unfinished.delete(id);
  try {
    file?.abandon();
  } catch {
    // Why it is abandoned tells more.
  }
}

function obey(order: Order): Answer[] {
  const { id } = order;
  switch (order.do) {
    case "open":
      unfinished.set(id, new Unfinished(order.temporary, order.path));
      return [];
    case "write":
      return written(id, order.chunks);
    case "finish":
      return finished(id);
    case "abandon":
      abandon(id);
      return [{ id, abandoned: true }];
  }
}

function answersTo(order: Order): Answer[] {
  try {
    return obey(order);
  } catch (error) {
    abandon(order.id);
    const code = codeOf(error);
    return [{ id: order.id, failed: { message: (error as Error).message, ...(code === undefined ? {} : { code }) } }];
  }
}

parentPort?.on("message", (orders: readonly Order[]) => parentPort?.postMessage(orders.flatMap(answersTo)));
