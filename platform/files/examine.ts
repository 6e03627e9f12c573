/** Looks at a file while it flows into the store: its size and its kind, refused at the first wrong byte. */
import { badField, fail } from "../../contracts/errors";
import { agree, isText, type Kind } from "./kinds";
import { HEAD_BYTES, sniff, TextCheck } from "./sniff";
import { type Through } from "./store";

export class Examiner implements Through {
  private size = 0;
  private readonly text = new TextCheck();
  private head: Buffer | undefined = Buffer.alloc(0);

  /** @param max bytes */
  constructor(
    private readonly promised: Kind,
    private readonly max: number,
  ) {}

  take(chunk: Buffer): Buffer {
    this.size += chunk.length;
    const { max } = this;
    if (this.size > max) throw fail("TOO_LARGE", `A file may have at most ${max} bytes.`, { max });
    if (isText(this.promised) && !this.text.take(chunk)) agree(this.promised, undefined);
    if (!this.head) return chunk;
    this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES - this.head.length)]);
    if (this.head.length >= HEAD_BYTES) this.judge();
    return chunk;
  }

  end(): void {
    if (this.size === 0) throw badField("file", "empty", "The file is empty.");
    this.judge();
    if (isText(this.promised)) agree(this.promised, this.text.end() ? "text" : undefined);
  }

  private judge(): void {
    if (!this.head) return;
    agree(this.promised, sniff(this.head));
    this.head = undefined;
  }
}
