/** The archive: a plain tar with a manifest last, written and checked in streams, so that any tar can open it, too. */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { Header, list, Pax, type ReadEntry } from "tar";

export const MANIFEST = "manifest.json";
/** Raised when an older program could not restore what a newer one writes. */
export const FORMAT = 1;
const KIND = "moleculer-chat backup";
const BLOCK = 512;
const CHUNK = 1 << 20;

export interface Versions {
  /** Of the program. */
  readonly version: string;
  readonly pglite: string;
  /** Of chat.db. */
  readonly documents: number;
}
export interface Manifest extends Versions {
  readonly kind: typeof KIND;
  readonly format: number;
  readonly created_at: string;
  readonly files: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
}

/** What an archive is refused for; the message is for the operator. */
export class BadArchive extends Error {}

/** Each is overwritten by the next. @throws where the file ends before */
async function* partsOf(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(Math.min(CHUNK, to - from));
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(to - at, buffer.length), at);
    if (bytesRead === 0) throw new Error("a file became shorter while it was read");
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

export class ArchiveWriter {
  private readonly files: Record<string, { size: number; sha256: string }> = {};
  /** Where it goes on. */
  private at = 0;
  private constructor(
    private readonly path: string,
    private readonly out: FileHandle,
  ) {}

  /** It has its name when it is whole. */
  static async create(path: string): Promise<ArchiveWriter> {
    await rm(`${path}.partial`, { force: true });
    return new ArchiveWriter(path, await open(`${path}.partial`, "wx+", 0o600));
  }

  private async put(data: Uint8Array, at = this.at): Promise<void> {
    for (let done = 0; done < data.length;)
      done += (await this.out.write(data, done, data.length - done, at + done)).bytesWritten;
    this.at = Math.max(this.at, at + data.length);
  }

  private async header(path: string, size: number): Promise<void> {
    const data = { path, size, mode: 0o600, mtime: new Date(), type: "File" } as const;
    const header = new Header(data);
    header.encode();
    if (header.needPax) await this.put(new Pax(data).encode());
    await this.put(header.block as Buffer);
  }

  private async pad(size: number): Promise<void> {
    if (size % BLOCK > 0) await this.put(Buffer.alloc(BLOCK - (size % BLOCK)));
  }

  private async noted(path: string, size: number, hash: Hash): Promise<void> {
    await this.pad(size);
    this.files[path] = { size, sha256: hash.digest("hex") };
  }

  /** @returns false where the file is gone meanwhile */
  async add(path: string, from: string): Promise<boolean> {
    const source = await open(from).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    });
    if (!source) return false;
    try {
      const { size } = await source.stat();
      await this.header(path, size);
      const hash = createHash("sha256");
      for await (const part of partsOf(source, 0, size)) {
        hash.update(part);
        await this.put(part);
      }
      await this.noted(path, size, hash);
      return true;
    } finally {
      await source.close();
    }
  }

  /** The file is consumed, from its end to its beginning: disks need not have room for it twice. */
  async take(path: string, from: string): Promise<void> {
    const source = await open(from, "r+");
    try {
      const { size } = await source.stat();
      await this.header(path, size);
      const start = this.at;
      for (let left = size; left > 0;) {
        const at = Math.max(0, left - CHUNK);
        for await (const part of partsOf(source, at, left)) await this.put(part, start + at);
        await source.truncate(at);
        left = at;
      }
      const hash = createHash("sha256");
      for await (const part of partsOf(this.out, start, start + size)) hash.update(part);
      await this.noted(path, size, hash);
    } finally {
      await source.close();
    }
  }

  /** @returns how many files are in it, and their bytes */
  async end(versions: Versions): Promise<{ count: number; bytes: number }> {
    const { files } = this;
    const manifest = { kind: KIND, format: FORMAT, created_at: new Date().toISOString(), ...versions, files };
    const text = Buffer.from(JSON.stringify(manifest, null, 1));
    await this.header(MANIFEST, text.length);
    await this.put(text);
    await this.pad(text.length);
    await this.put(Buffer.alloc(2 * BLOCK));
    await this.out.sync();
    await this.out.close();
    await rename(`${this.path}.partial`, this.path);
    const sizes = Object.values(files).map(({ size }) => size);
    return { count: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  async abandon(): Promise<void> {
    await this.out.close();
    await rm(`${this.path}.partial`, { force: true });
  }
}

function manifestOf(text: string | undefined, path: string): Manifest {
  const no = new BadArchive(`${path} is no backup of this program, or not a whole one: it has no ${MANIFEST}.`);
  if (text === undefined) throw no;
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(text) as Partial<Manifest>;
  } catch {
    throw no;
  }
  if (manifest.kind !== KIND || typeof manifest.format !== "number" || !manifest.files) throw no;
  if (manifest.format > FORMAT)
    throw new BadArchive(`${path} was written by a newer version (${manifest.version}). Restore it with that one.`);
  return manifest as Manifest;
}

/** Reads all of it. @throws BadArchive where it is damaged, incomplete or of a newer format */
export async function verified(path: string): Promise<Manifest> {
  const found = new Map<string, { size: number; sha256: string }>();
  let text: string | undefined;
  const onReadEntry = (entry: ReadEntry): void => {
    if (entry.type === "Directory") return void entry.resume(); // of one that was packed again by hand
    const hash = createHash("sha256");
    const kept: Buffer[] = [];
    let size = 0;
    entry.on("data", (data: Buffer) => {
      size += data.length;
      if (entry.path === MANIFEST) kept.push(Buffer.from(data));
      else hash.update(data);
    });
    entry.on("end", () => {
      if (entry.path === MANIFEST) text = Buffer.concat(kept).toString();
      else found.set(entry.path, { size, sha256: hash.digest("hex") });
    });
  };
  try {
    await list({ file: path, onReadEntry, strict: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith("E")) throw error;
    throw new BadArchive(`${path} is damaged, or no backup: ${(error as Error).message}`);
  }
  const manifest = manifestOf(text, path);
  for (const [name, { size, sha256 }] of Object.entries(manifest.files)) {
    const here = found.get(name);
    if (!here) throw new BadArchive(`${path} is incomplete: ${name} is missing.`);
    if (here.size !== size || here.sha256 !== sha256)
      throw new BadArchive(`${path} is damaged: ${name} is not what was backed up.`);
    found.delete(name);
  }
  const [more] = found.keys();
  if (more !== undefined) throw new BadArchive(`${path} was changed: ${more} is not in its manifest.`);
  return manifest;
}
