/** One index over any number of fields, at most one of them a list: every element of the list has its own key. */
import { type Index } from "../types";
import { allUnder, between, encode, isKey, join, type Range, startingWith } from "./keys";
import { type AnyCondition, type AnyFilter, type Doc, fieldOf, isCondition } from "./match";
import { SortedSet } from "./sorted";

/** More look-ups than this for one query, and a scan is no worse. */
const MOST_LOOKUPS = 10_000;

/** So few keys are counted one by one: a single one may hold a third of all documents. */
const FEW_KEYS = 64;

/** How an index would find the candidates of a filter. */
export interface Path {
  readonly index: OrderedIndex;
  /** Whole keys to look up, where every field has its values, or else ranges of keys. */
  readonly keys?: readonly string[];
  readonly ranges: readonly Range[];
  /** The conditions that the path knows of, by their fields. */
  readonly used: readonly string[];
  /** Of those the leading ones with a single value: of no matter to an order. */
  readonly fixed: number;
}

export class OrderedIndex {
  readonly fields: readonly string[];
  private readonly unique: boolean;
  /** True once a list was seen: a document may then have several keys. */
  private multi = false;
  /** The id of one document or of several for each key: a document that changes elsewhere leaves its keys alone. */
  private readonly holders = new Map<string, string | Set<string>>();
  private readonly order = new SortedSet();
  private readonly sparse: boolean;
  private entries = 0;

  constructor(index: Index<Doc>) {
    this.fields = index.fields;
    this.unique = index.unique ?? false;
    this.sparse = index.sparse ?? false;
  }

  /** None where a sparse index leaves the document out. */
  keysOf(doc: Doc): string[] {
    if (this.sparse && isNothing(fieldOf(doc, this.fields.at(-1) as string))) return [];
    const parts: string[] = [];
    for (let i = 0; i < this.fields.length; i++) {
      const value = fieldOf(doc, this.fields[i] as string);
      if (Array.isArray(value)) return this.keysOfList(doc, value, parts, i);
      parts.push(encode(value));
    }
    return [join(parts)];
  }

  private keysOfList(doc: Doc, list: readonly unknown[], before: readonly string[], at: number): string[] {
    this.multi = true;
    const after = this.fields.slice(at + 1).map((field) => encode(fieldOf(doc, field)));
    const elements = new Set(list.length === 0 ? [encode(null)] : list.map(encode));
    return Array.from(elements, (element) => join([...before, element, ...after]));
  }

  /** True where a document's keys may be others than before; what did not change is the same object in both. */
  touched(old: Doc, doc: Doc): boolean {
    return this.fields.some((field) => fieldOf(old, field) !== fieldOf(doc, field));
  }

  /** True where one of the keys of the document `id` is taken by another one. */
  refuses(keys: readonly string[], id: string): boolean {
    if (!this.unique) return false;
    return keys.some((key) => {
      const holder = this.holders.get(key);
      return holder !== undefined && holder !== id;
    });
  }

  add(id: string, keys: readonly string[]): void {
    for (const key of keys) {
      const holder = this.unique ? undefined : this.holders.get(key); // a unique key was found free by `refuses`
      if (holder === undefined) {
        this.holders.set(key, id);
        this.order.add(key);
      } else if (holder instanceof Set) holder.add(id);
      else this.holders.set(key, new Set([holder, id]));
    }
    this.entries += keys.length;
  }

  remove(id: string, keys: readonly string[]): void {
    for (const key of keys) {
      const holder = this.holders.get(key);
      if (holder instanceof Set && holder.size > 1) holder.delete(id);
      else {
        this.holders.delete(key);
        this.order.delete(key);
      }
    }
    this.entries -= keys.length;
  }

  replace(id: string, old: Doc, keys: readonly string[]): void {
    const [had, has] = [new Set(this.keysOf(old)), new Set(keys)];
    this.remove(
      id,
      [...had].filter((key) => !has.has(key)),
    );
    this.add(
      id,
      keys.filter((key) => !had.has(key)),
    );
  }

  /** Puts new keys in their places now, so that the next walk need not. */
  settle(): void {
    this.order.settle();
  }

  /** The best use of this index for a filter; undefined where it has none. */
  path(filter: AnyFilter): Path | undefined {
    if (this.sparse && !asksForSomething(filter[this.fields.at(-1) as string])) return undefined;
    let prefixes = [""];
    let fixed = 0;
    const used: string[] = [];
    for (const field of this.fields) {
      const wanted = filter[field];
      if (wanted === undefined || Array.isArray(wanted)) break;
      const points = isCondition(wanted) ? wanted.$in : [wanted];
      if (!points) {
        const ranges = this.rangesOf(prefixes, wanted as AnyCondition);
        if (ranges) return { index: this, ranges, used: [...used, field], fixed };
        break;
      }
      if (prefixes.length * points.length > MOST_LOOKUPS || !points.every(isKey)) break;
      const parts = [...new Set(points.map(encode))];
      prefixes = prefixes.flatMap((prefix) => parts.map((part) => join([prefix, part])));
      if (parts.length === 1 && fixed === used.length) fixed++;
      used.push(field);
    }
    if (used.length === 0) return undefined;
    const whole = used.length === this.fields.length;
    return { index: this, ...(whole ? { keys: prefixes } : {}), ranges: prefixes.map(allUnder), used, fixed };
  }

  private rangesOf(prefixes: readonly string[], wanted: AnyCondition): Range[] | undefined {
    const { $prefix, $gt, $gte, $lt, $lte } = wanted;
    if ($prefix !== undefined) return prefixes.map((prefix) => startingWith(prefix, $prefix));
    // Of a list, one element may meet the one bound and another the other: no range of keys says that.
    if (this.multi || [$gt, $gte, $lt, $lte].every((bound) => bound === undefined)) return undefined;
    return prefixes.map((prefix) => between(prefix, wanted));
  }

  /** The whole index, for its order; undefined where it does not hold all documents. */
  whole(): Path | undefined {
    if (this.sparse) return undefined;
    return { index: this, ranges: [allUnder("")], used: [], fixed: 0 };
  }

  /** How many candidates a path leads to, about. */
  sizeOf({ keys, ranges }: Path): number {
    if (keys) return keys.reduce((sum, key) => sum + sizeOf(this.holders.get(key)), 0);
    const found = ranges.reduce((sum, range) => sum + this.order.count(range), 0);
    if (found <= FEW_KEYS && this.entries > this.order.size) return this.holdersIn(ranges);
    return Math.ceil((found * this.entries) / Math.max(1, this.order.size));
  }

  private holdersIn(ranges: readonly Range[]): number {
    let sum = 0;
    for (const range of ranges)
      this.order.walk(range, false, (key) => {
        sum += sizeOf(this.holders.get(key));
        return true;
      });
    return sum;
  }

  /** How many documents fit a path that knows the whole filter; undefined where only looking at them tells. */
  countOf({ keys }: Path): number | undefined {
    return this.multi ? undefined : keys?.reduce((sum, key) => sum + sizeOf(this.holders.get(key)), 0);
  }

  /** True where walking the path meets the documents in the order of `sort`, or in the opposite one. */
  ordered({ ranges, fixed }: Path, sort: readonly (readonly [string, 1 | -1])[]): boolean {
    if (this.multi || ranges.length !== 1) return false;
    const free = sort.filter(([field]) => !this.fields.slice(0, fixed).includes(field));
    const direction = free[0]?.[1];
    // Documents of one key are walked in the order of their ids, and behind an id there is nothing left to order.
    const fields = this.unique ? this.fields : [...this.fields, "_id"];
    return free.every(([field, way], i) => {
      const at = fixed + i;
      return at >= fields.length || (field === fields[at] && way === direction);
    });
  }

  /** Visits the id of each candidate once, until `visit` says false. In the index's order only where `ordered` said so. */
  walk({ keys, ranges }: Path, backwards: boolean, visit: (id: string) => boolean): void {
    const seen = this.multi ? new Set<string>() : undefined;
    const each = (id: string): boolean => {
      if (seen?.has(id)) return true;
      seen?.add(id);
      return visit(id);
    };
    const at = (key: string): boolean => {
      const holder = this.holders.get(key);
      if (holder === undefined) return true;
      if (!(holder instanceof Set)) return each(holder);
      const ids = this.multi ? holder : inOrder(holder, backwards);
      for (const id of ids) if (!each(id)) return false;
      return true;
    };
    if (keys) return void keys.every(at);
    for (const range of ranges) if (!this.order.walk(range, backwards, at)) return;
  }
}

const sizeOf = (holder: string | Set<string> | undefined): number =>
  holder instanceof Set ? holder.size : holder === undefined ? 0 : 1;

function inOrder(ids: Set<string>, backwards: boolean): string[] {
  const sign = backwards ? -1 : 1;
  return [...ids].sort((a, b) => (a < b ? -sign : sign));
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** True where no document could fit that has nothing in the field. */
function asksForSomething(wanted: unknown): boolean {
  if (!isCondition(wanted)) return !isNothing(wanted);
  const { $in, $prefix, $gt, $gte } = wanted;
  return $in ? !$in.includes(null) : [$prefix, $gt, $gte].some((bound) => !isNothing(bound));
}
