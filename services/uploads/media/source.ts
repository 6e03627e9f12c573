/** A stored file as its readers see it: any piece of it, in few and bounded reads. */
import { buffer } from "node:stream/consumers";
import { type FileStore } from "../../../platform/files";

/** Read ahead, since most that is looked at lies close together. */
const WINDOW = 64 * 1024;
/** An honest file has its facts in some dozens of places. */
const MAX_READS = 500;
/** The largest part that is ever held whole: the index of hours of video. */
const MAX_PIECE = 32 * 1024 * 1024;

/** Some bytes to be written over others: `bytes`, or zeros. */
export interface Patch {
  readonly start: number;
  readonly end: number;
  readonly bytes?: Buffer;
}

/** What is found in a file: what of it must go, and how it will look or last. */
export interface Findings {
  readonly patches: readonly Patch[];
  readonly width?: number;
  readonly height?: number;
  /** Seconds. */
  readonly duration?: number;
}

/** The file can't be read to its end as what it claims to be. */
export class Unreadable extends Error {}

export class Source {
  private window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
  private reads = 0;

  constructor(
    private readonly store: FileStore,
    private readonly key: string,
    readonly size: number,
  ) {}

  /**
   * Up to `length` bytes: fewer where the file ends.
   * @throws Unreadable beyond the bounds of any honest file
   */
  async at(start: number, length: number): Promise<Buffer> {
    const end = Math.min(start + length, this.size);
    if (start < 0 || start >= end) return Buffer.alloc(0);
    if (end - start > MAX_PIECE) throw new Unreadable("a part is too large");
    const { at, bytes } = this.window;
    if (start >= at && end <= at + bytes.length) return bytes.subarray(start - at, end - at);
    if (++this.reads > MAX_READS) throw new Unreadable("too many parts");
    const until = Math.min(Math.max(end, start + WINDOW), this.size) - 1;
    const read = await buffer(await this.store.read(this.key, { start, end: until }));
    this.window = { at: start, bytes: read };
    return read.subarray(0, end - start);
  }
}
