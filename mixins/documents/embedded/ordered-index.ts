/** One index over any number of fields, at most one of them a list: every element of the list has its own key. */
import { type Index } from "../types";
import { type AnyCondition, type AnyFilter, type Doc, fieldOf, isCondition } from "./match";
import { allUnder, between, encode, isKey, type Range, startingWith } from "./keys";
import { SortedMap } from "./sorted";

/** More point look-ups than this for one query, and a scan is no worse. */
const MOST_RANGES = 10_000;

/** How an index would find the candidates of a filter. */
export interface Path {
  readonly index: OrderedIndex;
  readonly ranges: readonly Range[];
  /** Fields whose one value is fixed by the ranges: of no matter to an order. */
  readonly fixed: number;
  /** How many candidates there are, about. */
  readonly size: number;
}

export class OrderedIndex {
  readonly fields: readonly string[];
  readonly unique: boolean;
  /** True once a list was seen: a document may then have several keys. */
  multi = false;
  private readonly entries = new SortedMap<Doc>();

  constructor(index: Index<Doc>) {
    this.fields = index.fields;
    this.unique = index.unique ?? false;
  }

  private keysOf(doc: Doc): string[] {
    let keys = [""];
    for (const field of this.fields) {
      const value = fieldOf(doc, field);
      if (Array.isArray(value)) {
        this.multi = true;
        const parts = value.length === 0 ? [encode(null)] : value.map(encode);
        keys = keys.flatMap((key) => parts.map((part) => key + part));
      } else {
        const part = encode(value);
        for (let i = 0; i < keys.length; i++) keys[i] += part;
      }
    }
    // Equal keys of different documents are told apart, and kept in a steady order, by their ids.
    if (!this.unique) for (let i = 0; i < keys.length; i++) keys[i] += String(doc._id);
    return keys;
  }

  /** True where a unique key of `doc` is taken by a document other than `old`. */
  refuses(doc: Doc, old?: Doc): boolean {
    if (!this.unique) return false;
    return this.keysOf(doc).some((key) => {
      const holder = this.entries.get(key);
      return holder !== undefined && holder !== old;
    });
  }
  add(doc: Doc): void {
    for (const key of this.keysOf(doc)) this.entries.set(key, doc);
  }
  remove(doc: Doc): void {
    for (const key of this.keysOf(doc)) this.entries.delete(key);
  }
  /** Keys that stay only change their document. */
  replace(old: Doc, doc: Doc): void {
    const keys = this.keysOf(doc);
    for (const key of this.keysOf(old)) if (!keys.includes(key)) this.entries.delete(key);
    for (const key of keys) this.entries.set(key, doc);
  }

  /** The best use of this index for a filter; undefined where it has none. */
  path(filter: AnyFilter): Path | undefined {
    let prefixes = [""];
    let fixed = 0;
    let used = 0;
    for (const field of this.fields) {
      const wanted = filter[field];
      if (wanted === undefined || Array.isArray(wanted)) break;
      const points = isCondition(wanted) ? wanted.$in : [wanted];
      if (!points) return this.ranged(prefixes, fixed, wanted as AnyCondition) ?? this.under(prefixes, fixed, used);
      if (prefixes.length * points.length > MOST_RANGES || !points.every(isKey)) break;
      const parts = [...new Set(points.map(encode))];
      prefixes = prefixes.flatMap((prefix) => parts.map((part) => prefix + part));
      if (parts.length === 1 && fixed === used) fixed++;
      used++;
    }
    return this.under(prefixes, fixed, used);
  }

  private under(prefixes: readonly string[], fixed: number, used: number): Path | undefined {
    return used === 0 ? undefined : this.pathOf(prefixes.map(allUnder), fixed);
  }

  private ranged(prefixes: readonly string[], fixed: number, wanted: AnyCondition): Path | undefined {
    const { $prefix, $gt, $gte, $lt, $lte } = wanted;
    if ($prefix !== undefined)
      return this.pathOf(
        prefixes.map((p) => startingWith(p, $prefix)),
        fixed,
      );
    // Of a list, one element may meet the one bound and another the other: no range of keys says that.
    if (this.multi || [$gt, $gte, $lt, $lte].every((bound) => bound === undefined)) return undefined;
    return this.pathOf(
      prefixes.map((p) => between(p, wanted)),
      fixed,
    );
  }

  /** The whole index, for its order. */
  whole(): Path {
    return this.pathOf([allUnder("")], 0);
  }

  private pathOf(ranges: readonly Range[], fixed: number): Path {
    const size = ranges.reduce((sum, range) => sum + this.entries.count(range), 0);
    return { index: this, ranges, fixed, size };
  }

  /** True where walking the path meets the documents in the order of `sort`, forwards or (`-1`) backwards. */
  ordered({ ranges, fixed }: Path, sort: readonly (readonly [string, 1 | -1])[]): boolean {
    if (this.multi || ranges.length !== 1) return false;
    const free = sort.filter(([field]) => !this.fields.slice(0, fixed).includes(field));
    const direction = free[0]?.[1];
    // Behind a whole unique key, or an id, there is nothing left to order.
    const fields = this.unique ? this.fields : [...this.fields, "_id"];
    return free.every(([field, way], i) => {
      const at = fixed + i;
      return at >= fields.length || (field === fields[at] && way === direction);
    });
  }

  /** Visits each candidate once, until `visit` says false. */
  walk({ ranges }: Path, backwards: boolean, visit: (doc: Doc) => boolean): void {
    const seen = this.multi || ranges.length > 1 ? new Set<Doc>() : undefined;
    const once = (doc: Doc): boolean => {
      if (seen?.has(doc)) return true;
      seen?.add(doc);
      return visit(doc);
    };
    for (const range of ranges) if (!this.entries.walk(range, backwards, seen ? once : visit)) return;
  }
}
