/**
 * A sorted set of strings in chunks: an insert moves one chunk and not the whole list. New keys are put in their places
 * only when somebody asks for the order, so that an index nobody walks costs its writers nothing.
 */
import { type Range } from "./keys";

const CHUNK = 512;

/** The first position whose key is not lower than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class SortedSet {
  private chunks: string[][] = [];
  private placed = 0;
  private fresh: string[] = [];

  get size(): number {
    return this.placed + this.fresh.length;
  }

  /** A key that is not in the set yet. */
  add(key: string): void {
    this.fresh.push(key);
  }

  /** A key that is in the set. */
  delete(key: string): void {
    this.settle();
    const at = this.chunkOf(key);
    const chunk = this.chunks[at] ?? [];
    chunk.splice(lowerBound(chunk, key), 1);
    this.placed--;
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  /** How many keys a range holds; looks at chunks and not at keys. */
  count({ low, high }: Range): number {
    this.settle();
    if (this.placed === 0 || low >= high) return 0;
    const [first, last] = [this.chunkOf(low), this.chunkOf(high)];
    let between = lowerBound(this.chunks[last] ?? [], high) - lowerBound(this.chunks[first] ?? [], low);
    for (let i = first; i < last; i++) between += this.chunks[i]?.length ?? 0;
    return between;
  }

  /** Visits the keys of a range in order, or from its end; stops when `visit` says false. False where it did. */
  walk({ low, high }: Range, backwards: boolean, visit: (key: string) => boolean): boolean {
    this.settle();
    return backwards ? this.down(low, high, visit) : this.up(low, high, visit);
  }

  private up(low: string, high: string, visit: (key: string) => boolean): boolean {
    for (let at = this.chunkOf(low); at < this.chunks.length; at++) {
      const keys = this.chunks[at] ?? [];
      for (let i = lowerBound(keys, low); i < keys.length; i++) {
        const key = keys[i] as string;
        if (key >= high) return true;
        if (!visit(key)) return false;
      }
    }
    return true;
  }

  private down(low: string, high: string, visit: (key: string) => boolean): boolean {
    for (let at = Math.min(this.chunkOf(high), this.chunks.length - 1); at >= 0; at--) {
      const keys = this.chunks[at] ?? [];
      for (let i = lowerBound(keys, high) - 1; i >= 0; i--) {
        const key = keys[i] as string;
        if (key < low) return true;
        if (!visit(key)) return false;
      }
    }
    return true;
  }

  /** The chunk that holds `key`, or would. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.chunks[middle]?.[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  settle(): void {
    if (this.fresh.length === 0) return;
    if (this.fresh.length > this.placed / 4) this.rebuild();
    else for (const key of this.fresh) this.place(key);
    this.placed += this.fresh.length;
    this.fresh = [];
  }

  private rebuild(): void {
    const keys = [...this.chunks.flat(), ...this.fresh].sort((a, b) => (a < b ? -1 : 1));
    this.chunks = [];
    for (let i = 0; i < keys.length; i += CHUNK) this.chunks.push(keys.slice(i, i + CHUNK));
  }

  private place(key: string): void {
    const at = this.chunkOf(key);
    const keys = this.chunks[at] as string[];
    const i = lowerBound(keys, key);
    if (i === keys.length) keys.push(key);
    else keys.splice(i, 0, key);
    // Keys that only grow leave full chunks behind, not half full ones.
    if (keys.length > CHUNK) this.chunks.splice(at + 1, 0, keys.splice(i === CHUNK ? CHUNK - 1 : CHUNK >>> 1));
  }
}
