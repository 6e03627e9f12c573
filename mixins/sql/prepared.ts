/**
 * The folder of an empty embedded PostgreSQL, made once by `npm run prepare:database` and unpacked at a first start:
 * to make it there would take seconds of a core and 800 MB. Brotli over an index and the files' bytes one after another.
 */
import { execFile } from "node:child_process";
import {
  closeSync,
  createReadStream,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, constants, createBrotliDecompress } from "node:zlib";
import { projectRoot } from "../../platform/root";
import { threadModule } from "../../platform/threads";

/** Bytes at once, packed and unpacked. */
const CHUNK = 1 << 20;

const PAGE = 4096;
const ZEROS = Buffer.alloc(PAGE);

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

function writeAt(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}

/** Pages of zeros, which two thirds of a new database are, are not written: a file reads so where nothing was. */
function writeSparsely(file: number, bytes: Buffer, at: number): void {
  let from = 0;
  for (let start = 0; start < bytes.length; start += PAGE) {
    const end = Math.min(start + PAGE, bytes.length);
    if (!ZEROS.subarray(0, end - start).equals(bytes.subarray(start, end))) continue;
    writeAt(file, bytes.subarray(from, start), at + from);
    from = end;
  }
  writeAt(file, bytes.subarray(from), at + from);
}

/** Takes bytes as they come, so that the whole is never in memory; hundreds of small files are quicker one by one. */
class Unpacking {
  private head = Buffer.alloc(0);
  private waiting: Entry[] | undefined;
  private file: number | undefined;
  private at = 0;
  private left = 0;

  constructor(private readonly folder: string) {}

  take(bytes: Buffer): void {
    let rest = bytes;
    if (!this.waiting) {
      this.head = Buffer.concat([this.head, rest]);
      const end = this.head.indexOf(10);
      if (end < 0) return;
      this.waiting = JSON.parse(this.head.subarray(0, end).toString()) as Entry[];
      rest = this.head.subarray(end + 1);
    }
    while ((this.left > 0 || this.next()) && rest.length > 0) {
      const piece = rest.subarray(0, this.left);
      writeSparsely(this.file as number, piece, this.at);
      this.at += piece.length;
      this.left -= piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** @throws where the bytes ended too early */
  end(): void {
    const incomplete = this.left > 0 || !this.waiting || this.next();
    this.close();
    if (incomplete) throw new Error("the prepared database is incomplete");
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** Opens the next file that has bytes. */
  private next(): boolean {
    for (let entry = this.waiting?.shift(); entry; entry = this.waiting?.shift()) {
      const path = join(this.folder, entry.path);
      if (entry.size === undefined) mkdirSync(path, { recursive: true, mode: 0o700 });
      else {
        this.close();
        this.file = openSync(path, "w", 0o600);
        ftruncateSync(this.file, entry.size);
        [this.at, this.left] = [0, entry.size];
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
  try {
    const packed = createReadStream(from, { highWaterMark: CHUNK });
    for await (const bytes of packed.pipe(createBrotliDecompress({ chunkSize: CHUNK })))
      unpacking.take(bytes as Buffer);
    unpacking.end();
  } finally {
    unpacking.close();
  }
  rmSync(folder, { recursive: true, force: true }); // empty, or what an initdb left that was broken off
  renameSync(draft, folder);
  return true;
}

/**
 * `unpack` in a process of its own: once it has let go of the large blocks that Brotli takes, an allocator keeps everything
 * up to their size, for ever, and that would be 30 MB of the server's.
 */
export async function unpackApart(folder: string): Promise<boolean> {
  const { filename, execArgv } = threadModule(join(__dirname, "prepared.process"));
  try {
    await promisify(execFile)(process.execPath, [...execArgv, filename, folder], { env: { PATH: process.env.PATH } });
  } catch {
    return unpack(folder); // where no process may be made; else it says what is wrong
  }
  return existsSync(join(folder, "PG_VERSION"));
}
