/** Where the bytes of files are kept: one interface, a local folder or an S3-compatible service behind it. */
import { type Readable } from "node:stream";

/** Both ends included, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredObject {
  readonly key: string;
  readonly modified: Date;
}

/** What was stored, as it was counted and hashed on its way. */
export interface Stored {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Looks at bytes on their way, and may change or refuse them: what it throws ends the put, and is what that rejects with. */
export interface Through {
  /** What of these bytes is stored in their place. */
  take(chunk: Buffer): Buffer;
  /** After the last. */
  end(): void;
}

export interface PutOptions {
  readonly through?: Through;
  /** Nobody else uses the source's chunks: their memory may be taken away from this thread. */
  readonly gives?: boolean;
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
  put(key: string, source: Readable, options?: PutOptions): Promise<Stored>;
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
