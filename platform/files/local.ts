/** Files in a local folder: written under a temporary name, visible by one rename. */
import { access, constants, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, fail } from "../../contracts/errors";
import { type ByteRange, type FileStore, type PutOptions, type Stored, type StoredObject } from "./store";
import { Writer } from "./writer";

/** One for the process: the disk is one. */
const writer = new Writer();
const READ_AHEAD = 256 * 1024;

const noRoom = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What the file system says, in our codes; what is ours already stays as it is. */
function translated(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || codeOf(error) !== "INTERNAL") return error;
  if (noRoom.has(code)) return fail("FULL");
  if (code === "ENOENT") return fail("NOTFOUND", "There is no such file.");
  if (!code.startsWith("E") || code.startsWith("ERR_")) return error;
  return fail("UNAVAILABLE", "The file store does not answer.");
}

const withoutMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== "ENOENT") throw error;
};

export class LocalStore implements FileStore {
  private readonly objects: string;
  private readonly unfinished: string;

  constructor(dir: string) {
    this.objects = join(dir, "objects");
    this.unfinished = join(dir, "unfinished");
  }

  async put(key: string, source: Readable, options: PutOptions = {}): Promise<Stored> {
    const file = writer.open(join(this.unfinished, key), this.pathOf(key), options);
    try {
      await pipeline(source, file);
      return file.stored;
    } catch (error) {
      source.destroy();
      await file.whenClosed;
      throw translated(error);
    }
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const handle = await open(this.pathOf(key));
      const length = range ? range.end - range.start + 1 : READ_AHEAD;
      return handle.createReadStream({ ...range, highWaterMark: Math.min(length, READ_AHEAD) });
    } catch (error) {
      throw translated(error);
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    const removed = await Promise.allSettled(keys.map((key) => rm(this.pathOf(key), { force: true })));
    const failed = removed.find((r) => r.status === "rejected");
    if (failed) throw translated(failed.reason);
  }

  async *list(): AsyncGenerator<StoredObject> {
    for (const folder of (await readdir(this.objects).catch(withoutMissing)) ?? [])
      for (const key of (await readdir(join(this.objects, folder)).catch(withoutMissing)) ?? []) {
        const found = await stat(this.pathOf(key)).catch(withoutMissing);
        if (found) yield { key, modified: found.mtime };
      }
  }

  async clean(before: Date): Promise<number> {
    let removed = 0;
    for (const name of (await readdir(this.unfinished).catch(withoutMissing)) ?? []) {
      const path = join(this.unfinished, name);
      const found = await stat(path).catch(withoutMissing);
      if (!found || found.mtime >= before) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  presign(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async check(): Promise<void> {
    await mkdir(this.unfinished, { recursive: true });
    await access(this.unfinished, constants.W_OK);
  }

  /** The last digits of an id are a counter: they spread evenly over 256 folders, the first ones are the time. */
  private folderOf(key: string): string {
    return join(this.objects, key.slice(22, 24));
  }

  private pathOf(key: string): string {
    return join(this.folderOf(key), key);
  }
}
