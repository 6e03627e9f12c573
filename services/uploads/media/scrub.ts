/** Writes patches over bytes that pass through, and hashes what comes out. */
import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { type Patch } from "./source";

export class Scrubber extends Transform {
  private at = 0;
  private readonly hash = createHash("sha256");
  private readonly patches: readonly Patch[];
  private first = 0;

  /** Of patches that begin together the later in the list holds. */
  constructor(patches: readonly Patch[]) {
    super();
    // By where they begin; equal ones in their order.
    this.patches = patches.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  }

  digest(): string {
    return this.hash.digest("hex");
  }

  override _transform(given: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const [start, end] = [this.at, this.at + given.length];
    this.at = end;
    const chunk = this.patches.length ? Buffer.from(given) : given;
    for (let i = this.first; i < this.patches.length; i += 1) {
      const patch = this.patches[i];
      if (!patch || patch.start >= end) break;
      if (patch.end > start) apply(chunk, start, patch);
      if (i === this.first && patch.end <= end) this.first += 1;
    }
    this.hash.update(chunk);
    done(null, chunk);
  }
}

/** @param base where the chunk's first byte stands in the file */
function apply(chunk: Buffer, base: number, { start, end, bytes }: Patch): void {
  const [from, to] = [Math.max(start, base), Math.min(end, base + chunk.length)];
  if (bytes) bytes.copy(chunk, from - base, from - start, to - start);
  else chunk.fill(0, from - base, to - base);
}
