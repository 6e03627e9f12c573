/** The file of one collection: NeDB's format, a line for each new state of a document, kept open and appended to. */
import { writeSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";

/** Lines written between two turns of the event loop while a file is rewritten. */
const SLICE = 500;

/** Cuts off what a killed process left of its last line: it was never acknowledged, and NeDB might refuse the file. */
export async function mendTail(path: string): Promise<void> {
  const file = await open(path, "a+");
  try {
    const { size } = await file.stat();
    const step = Buffer.alloc(64 * 1024);
    let end = size;
    while (end > 0) {
      const start = Math.max(0, end - step.length);
      const { bytesRead } = await file.read(step, 0, end - start, start);
      const newline = step.subarray(0, bytesRead).lastIndexOf("\n");
      if (newline >= 0) {
        end = start + newline + 1;
        break;
      }
      end = start;
    }
    if (end < size) await file.truncate(end);
  } finally {
    await file.close();
  }
}

export class Log {
  /** What was appended since a rewrite began, and so is missing from its snapshot. */
  private tail: string[] | undefined;
  private torn = false;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private size: number,
  ) {}

  static async open(path: string): Promise<Log> {
    const file = await open(path, "a");
    return new Log(path, file, (await file.stat()).size);
  }

  /** When it resolves the lines survive the death of this process. When it rejects none of them is in the file. */
  async append(lines: string): Promise<void> {
    if (this.torn) await this.cutBack();
    const bytes = Buffer.from(lines);
    try {
      // Into the page cache, in some microseconds: a way through the thread pool costs several times as much.
      for (let at = 0; at < bytes.length;) at += writeSync(this.file.fd, bytes, at);
    } catch (error) {
      this.torn = true;
      await this.cutBack();
      throw error;
    }
    this.size += bytes.length;
    this.tail?.push(lines);
  }

  /** Takes half a write back, now or before the next one. */
  private async cutBack(): Promise<void> {
    await this.file.truncate(this.size);
    this.torn = false;
  }

  get rewriting(): boolean {
    return this.tail !== undefined;
  }

  /**
   * Replaces the file by a snapshot, while appends go on. `alone` runs its task while nothing is appended.
   */
  async rewrite(lines: readonly (() => string)[], alone: (task: () => Promise<void>) => Promise<void>): Promise<void> {
    this.tail = [];
    const path = `${this.path}~`; // where NeDB looks too, after a crash between two renames
    const file = await open(path, "w");
    try {
      for (let i = 0; i < lines.length; i += SLICE)
        await file.appendFile(
          lines
            .slice(i, i + SLICE)
            .map((line) => line())
            .join(""),
        );
      await file.appendFile(this.tail.splice(0).join(""));
      await file.datasync();
      await alone(() => this.exchange(path, file));
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    } finally {
      this.tail = undefined;
    }
  }

  private async exchange(path: string, file: FileHandle): Promise<void> {
    await file.appendFile((this.tail ?? []).join(""));
    await rename(path, this.path);
    const old = this.file;
    this.file = file;
    this.size = (await file.stat()).size;
    await old.close();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
