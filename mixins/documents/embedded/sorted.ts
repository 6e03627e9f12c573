/** A sorted map in chunks: found by two binary searches, and an insert moves one chunk and not the whole list. */
import { type Range } from "./keys";

const CHUNK = 512;
interface Chunk<V> {
  keys: string[];
  values: V[];
}

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

export class SortedMap<V> {
  private readonly chunks: Chunk<V>[] = [];

  /** The chunk that holds `key`, or would. */
  private chunkOf(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.chunks[middle]?.keys[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  get(key: string): V | undefined {
    const chunk = this.chunks[this.chunkOf(key)];
    if (!chunk) return undefined;
    const i = lowerBound(chunk.keys, key);
    return chunk.keys[i] === key ? chunk.values[i] : undefined;
  }

  /** A key that is there already gets the new value. */
  set(key: string, value: V): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (!chunk) return void this.chunks.push({ keys: [key], values: [value] });
    const { keys, values } = chunk;
    const i = lowerBound(keys, key);
    if (keys[i] === key) return void (values[i] = value);
    if (i === keys.length) {
      keys.push(key);
      values.push(value);
    } else {
      keys.splice(i, 0, key);
      values.splice(i, 0, value);
    }
    if (keys.length > CHUNK) this.split(at, chunk, i === keys.length - 1);
  }

  /** Keys that only grow leave full chunks behind, not half full ones. */
  private split(at: number, chunk: Chunk<V>, growing: boolean): void {
    const from = growing ? CHUNK - 1 : CHUNK >>> 1;
    this.chunks.splice(at + 1, 0, { keys: chunk.keys.splice(from), values: chunk.values.splice(from) });
  }

  delete(key: string): void {
    const at = this.chunkOf(key);
    const chunk = this.chunks[at];
    if (!chunk) return;
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] !== key) return;
    chunk.keys.splice(i, 1);
    chunk.values.splice(i, 1);
    if (chunk.keys.length === 0) this.chunks.splice(at, 1);
  }

  /** How many keys a range holds; cheap, it looks at chunks and not at keys. */
  count({ low, high }: Range): number {
    if (this.chunks.length === 0 || low >= high) return 0;
    const [first, last] = [this.chunkOf(low), this.chunkOf(high)];
    const start = lowerBound(this.chunks[first]?.keys ?? [], low);
    const end = lowerBound(this.chunks[last]?.keys ?? [], high);
    let between = end - start;
    for (let i = first; i < last; i++) between += this.chunks[i]?.keys.length ?? 0;
    return between;
  }

  /** Visits the values of a range in order, or from its end; stops when `visit` says false. False where it did. */
  walk({ low, high }: Range, backwards: boolean, visit: (value: V) => boolean): boolean {
    return backwards ? this.down(low, high, visit) : this.up(low, high, visit);
  }

  private up(low: string, high: string, visit: (value: V) => boolean): boolean {
    for (let at = this.chunkOf(low); at < this.chunks.length; at++) {
      const { keys, values } = this.chunks[at] as Chunk<V>;
      for (let i = lowerBound(keys, low); i < keys.length; i++) {
        if ((keys[i] as string) >= high) return true;
        if (!visit(values[i] as V)) return false;
      }
    }
    return true;
  }

  private down(low: string, high: string, visit: (value: V) => boolean): boolean {
    for (let at = Math.min(this.chunkOf(high), this.chunks.length - 1); at >= 0; at--) {
      const { keys, values } = this.chunks[at] as Chunk<V>;
      for (let i = lowerBound(keys, high) - 1; i >= 0; i--) {
        if ((keys[i] as string) < low) return true;
        if (!visit(values[i] as V)) return false;
      }
    }
    return true;
  }
}
