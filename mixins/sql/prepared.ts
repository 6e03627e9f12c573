/**
 * The folder of an empty embedded PostgreSQL, made once by `npm run prepare:database` and unpacked at a first start:
 * to make it there would take seconds of a core and 800 MB. Brotli over an index and the files' bytes one after another.
 */
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants, createBrotliDecompress } from "node:zlib";
import { projectRoot } from "../../platform/root";

interface Entry {
  readonly path: string;
  /** Of a file in bytes; a folder has none. */
  readonly size?: number;
}

/** A folder of another version of PGlite can't be opened: the name says which one made it. */
function preparedPath(): string {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return join(projectRoot, "mixins/sql/prepared", `pglite-${dependencies["@electric-sql/pglite"]}.br`);
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const entries = found.map(async (entry): Promise<Entry> => {
    const full = join(entry.parentPath, entry.name);
    const path = full.slice(folder.length + 1);
    return entry.isDirectory() ? { path } : { path, size: (await stat(full)).size };
  });
  return (await Promise.all(entries)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Packs what a closed PGlite left in `folder`. @returns where to */
export async function pack(folder: string, to = preparedPath()): Promise<string> {
  const entries = await entriesOf(folder);
  const index = Buffer.from(`${JSON.stringify(entries)}\n`);
  const files = entries.filter(({ size }) => size !== undefined).map(({ path }) => readFile(join(folder, path)));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, brotliCompressSync(Buffer.concat([index, ...(await Promise.all(files))]), { params }));
  return to;
}

/** Takes bytes as they come, so that the whole is never in memory. */
class Unpacking {
  private head = Buffer.alloc(0);
  private waiting: Entry[] | undefined;
  private file: FileHandle | undefined;
  private left = 0;

  constructor(private readonly folder: string) {}

  async take(bytes: Buffer): Promise<void> {
    let rest = bytes;
    if (!this.waiting) {
      this.head = Buffer.concat([this.head, rest]);
      const end = this.head.indexOf(10);
      if (end < 0) return;
      this.waiting = JSON.parse(this.head.subarray(0, end).toString()) as Entry[];
      rest = this.head.subarray(end + 1);
    }
    while ((this.left > 0 || (await this.next())) && rest.length > 0) {
      const part = rest.subarray(0, this.left);
      await this.file?.write(part);
      this.left -= part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** @throws where the bytes ended too early */
  async end(): Promise<void> {
    if (this.left > 0 || !this.waiting || (await this.next())) throw new Error("the prepared database is incomplete");
    await this.file?.close();
  }

  /** Opens the next file that has bytes. */
  private async next(): Promise<boolean> {
    for (let entry = this.waiting?.shift(); entry; entry = this.waiting?.shift()) {
      const path = join(this.folder, entry.path);
      if (entry.size === undefined) await mkdir(path, { recursive: true, mode: 0o700 });
      else {
        await this.file?.close();
        this.file = await open(path, "w", 0o600);
        this.left = entry.size;
        if (this.left > 0) return true;
      }
    }
    return false;
  }
}

/**
 * Makes `folder` a prepared database, whole or not at all. False where none was prepared for this version of PGlite,
 * which then makes its own.
 */
export async function unpack(folder: string, from = preparedPath()): Promise<boolean> {
  if (!existsSync(from)) return false;
  const draft = `${folder}.unpacking`;
  rmSync(draft, { recursive: true, force: true }); // of a start that was broken off
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const unpacking = new Unpacking(draft);
  for await (const bytes of createReadStream(from).pipe(createBrotliDecompress()))
    await unpacking.take(bytes as Buffer);
  await unpacking.end();
  rmSync(folder, { recursive: true, force: true }); // empty, or what an initdb left that was broken off
  renameSync(draft, folder);
  return true;
}
