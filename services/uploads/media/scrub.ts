/** Writes patches over bytes that pass through. */
import { type Through } from "../../../platform/files";
import { type Patch } from "./source";

export class Scrubber implements Through {
  private at = 0;
  private readonly patches: readonly Patch[];
  private first = 0;

  /** Of patches that begin together the later in the list holds. */
  constructor(patches: readonly Patch[]) {
    // By where they begin; equal ones in their order.
    this.patches = patches.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  }

  take(given: Buffer): Buffer {
    const [start, end] = [this.at, this.at + given.length];
    this.at = end;
    const chunk = this.patches.length ? Buffer.from(given) : given;
    for (let i = this.first; i < this.patches.length; i += 1) {
      const patch = this.patches[i];
      if (!patch || patch.start >= end) break;
      if (patch.end > start) apply(chunk, start, patch);
      if (i === this.first && patch.end <= end) this.first += 1;
    }
    return chunk;
  }

  end(): void {
    // Nothing is left to say.
  }
}

/** @param base where the chunk's first byte stands in the file */
function apply(chunk: Buffer, base: number, { start, end, bytes }: Patch): void {
  const [from, to] = [Math.max(start, base), Math.min(end, base + chunk.length)];
  if (bytes) bytes.copy(chunk, from - base, from - start, to - start);
  else chunk.fill(0, from - base, to - base);
}
