/** Where the bytes of files are kept: one interface, a local folder or an S3-compatible service behind it. */
import { type Readable, type Transform } from "node:stream";

/** Both ends included, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredObject {
  readonly key: string;
  readonly modified: Date;
}

/** How a download is to be named and typed when the store itself hands it out. */
export interface Presentation {
  readonly mime: string;
  readonly disposition: string;
}

/**
 * Keys are names that we made (24 hex digits, and a suffix): never a client's. Methods reject with FULL where there is
 * no room, NOTFOUND where there is no such object, UNAVAILABLE where the store does not answer.
 */
export interface FileStore {
  /** All of it or nothing: readers never see a part, and what breaks off leaves nothing but what `clean` removes. */
  put(key: string, source: Readable, through?: Transform): Promise<void>;
  read(key: string, range?: ByteRange): Promise<Readable>;
  /** Objects that don't exist are no error. */
  remove(keys: readonly string[]): Promise<void>;
  list(): AsyncIterable<StoredObject>;
  /** Removes what puts that broke off before this time left behind; says how many. */
  clean(before: Date): Promise<number>;
  /** A URL of the store's own that opens this object for a minute; undefined where the store has none to give. */
  presign(key: string, as: Presentation): Promise<string | undefined>;
  /** Resolves when files could be stored now. */
  check(): Promise<void>;
}
