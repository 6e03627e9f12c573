/** Looks at a file while it flows into the store: its size, its SHA-256 and its kind, refused at the first wrong byte. */
import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { badField, fail } from "../../contracts/errors";
import { agree, isText, type Kind } from "./kinds";
import { HEAD_BYTES, sniff, TextCheck } from "./sniff";

export class Examiner extends Transform {
  size = 0;
  private readonly hash = createHash("sha256");
  private readonly text = new TextCheck();
  private head: Buffer | undefined = Buffer.alloc(0);

  /** @param max bytes */
  constructor(
    private readonly promised: Kind,
    private readonly max: number,
  ) {
    super({ highWaterMark: 64 * 1024 });
  }

  /** Of all that flowed through; once it has ended. */
  digest(): string {
    return this.hash.digest("hex");
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.look(chunk);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      if (this.size === 0) throw badField("file", "empty", "The file is empty.");
      this.judge();
      if (isText(this.promised)) agree(this.promised, this.text.end() ? "text" : undefined);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  private look(chunk: Buffer): void {
    this.size += chunk.length;
    const { max } = this;
    if (this.size > max) throw fail("TOO_LARGE", `A file may have at most ${max} bytes.`, { max });
    this.hash.update(chunk);
    if (isText(this.promised) && !this.text.take(chunk)) agree(this.promised, undefined);
    if (!this.head) return;
    this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    if (this.head.length >= HEAD_BYTES) this.judge();
  }

  private judge(): void {
    if (!this.head) return;
    agree(this.promised, sniff(this.head));
    this.head = undefined;
  }
}
