/**
 * The journal: what was written since SQLite's last commit, in order, so that an answer waits for one short write and
 * not for a commit. Two files take turns: one is written over when SQLite has all of it. A record counts when its checksum
 * says so, which the store and the generation of the file are part of: what an earlier one left there is none of ours.
 */
import { closeSync, existsSync, fdatasync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { checksum } from "./checksum";

/** Up to where SQLite has it all: `offset` in the file of this generation. */
export interface Position {
  readonly store: number;
  readonly generation: number;
  readonly offset: number;
}

/** Length of what follows, checksum of all behind it, store, generation. */
const HEADER = 16;
const CHECKED = 8;
/** A file that is longer gives way to the other. */
const TURN_BYTES = 4 * 2 ** 20;
const KEPT_BUFFER = 2 ** 20;

const sync = promisify(fdatasync);

export const journalPath = (database: string, generation: number): string => `${database}-turns.${generation % 2}`;
const headerOf = (bytes: Buffer, at: number): [length: number, sum: number, store: number, generation: number] => [
  bytes.readUInt32LE(at),
  bytes.readUInt32LE(at + 4),
  bytes.readUInt32LE(at + 8),
  bytes.readUInt32LE(at + 12),
];

/** The records of one file from a position on, and where each ends: up to the first that is none, or is not whole. */
function* recordsIn(path: string, store: number, generation: number, from: number): Generator<[string, number]> {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  for (let at = from; at + HEADER <= bytes.length;) {
    const [length, sum, itsStore, itsGeneration] = headerOf(bytes, at);
    const end = at + HEADER + length;
    if (itsStore !== store || itsGeneration !== generation || end > bytes.length) return;
    if (checksum(bytes.subarray(at + CHECKED, end)) !== sum) return;
    yield [bytes.toString("utf8", at + HEADER, end), end];
    at = end;
  }
}

/** How a file begins: with the end of the one before it, without all of which it says nothing. */
const opening = (end: number): string => `from\t${end}\n`;

/** All that was written after a position, oldest first, and where it ends. */
export function* recordsSince(database: string, from: Position): Generator<[string, Position]> {
  const { store, generation } = from;
  let reached = from.offset;
  for (const [text, offset] of recordsIn(journalPath(database, generation), store, generation, reached)) {
    reached = offset;
    yield [text, { store, generation, offset }];
  }
  const next = generation + 1;
  let follows = false;
  for (const [text, offset] of recordsIn(journalPath(database, next), store, next, 0)) {
    follows ||= text.startsWith(opening(reached));
    if (!follows) return;
    yield [text, { store, generation: next, offset }];
  }
}

export class Journal {
  private readonly files: readonly [number, number];
  private buffer = Buffer.allocUnsafe(2 ** 16);
  /** Bytes of the file that is written. */
  private length = 0;
  private opening = "";
  /** True while what the other file has is not safe elsewhere. */
  private otherNeeded = false;

  /** @param generation that no file has yet */
  constructor(
    private readonly database: string,
    readonly store: number,
    private generation: number,
  ) {
    const opened = (n: number): number =>
      openSync(journalPath(database, n), existsSync(journalPath(database, n)) ? "r+" : "wx+");
    this.files = [opened(0), opened(1)];
    const folder = openSync(dirname(database), "r");
    fsyncSync(folder); // the files' names
    closeSync(folder);
  }

  get position(): Position {
    return { store: this.store, generation: this.generation, offset: this.length };
  }

  private get file(): number {
    return this.files[(this.generation % 2) as 0 | 1];
  }

  /** It survives the process from here on. @throws where the disk takes no more, and then it counts as not written */
  append(lines: string): void {
    const text = this.opening + lines;
    const end = HEADER + Buffer.byteLength(text);
    if (this.buffer.length < end) this.buffer = Buffer.allocUnsafe(end * 2);
    const bytes = this.buffer.subarray(0, end);
    bytes.writeUInt32LE(end - HEADER, 0);
    bytes.writeUInt32LE(this.store, 8);
    bytes.writeUInt32LE(this.generation, 12);
    bytes.write(text, HEADER, "utf8");
    bytes.writeUInt32LE(checksum(bytes.subarray(CHECKED)), 4);
    for (let done = 0; done < end;) done += writeSync(this.file, bytes, done, end - done, this.length + done);
    this.length += end;
    this.opening = "";
    if (this.buffer.length > KEPT_BUFFER) this.buffer = Buffer.allocUnsafe(2 ** 16);
  }

  /** It survives a power cut from then on. */
  sync(): Promise<void> {
    return sync(this.file);
  }

  /** Where the next commit is to say that the journal goes on: here, or at the beginning of the other file. */
  get next(): Position {
    if (this.length < TURN_BYTES || this.otherNeeded) return this.position;
    return { store: this.store, generation: this.generation + 1, offset: 0 };
  }

  /** After the commit that said so. @returns whether the file that was left waits for `otherIsSafe` */
  goOn({ generation, offset }: Position): boolean {
    const turns = generation !== this.generation;
    if (turns) this.opening = opening(this.length);
    this.generation = generation;
    this.length = offset;
    this.otherNeeded ||= turns;
    return turns;
  }

  otherIsSafe(): void {
    this.otherNeeded = false;
  }

  /** All that SQLite does not have. */
  *since(position: Position): Generator<string> {
    for (const [text] of recordsSince(this.database, position)) yield text;
  }

  /** After the database. Its files go where SQLite has all of it in the database itself. */
  close(): void {
    this.files.forEach((file) => closeSync(file));
    if (existsSync(`${this.database}-wal`)) return;
    for (const n of [0, 1]) rmSync(journalPath(this.database, n), { force: true });
  }
}
