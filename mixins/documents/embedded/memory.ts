/** The documents of one collection in memory: unique keys kept, and filters answered by the cheapest index. No I/O. */
import { DuplicateKey, type Index } from "../types";
import { encode } from "./keys";
import { type AnyFilter, type Doc, fieldOf, isCondition, matches } from "./match";
import { LazyIndexes } from "./lazy-index";
import { OrderedIndex, type Path } from "./ordered-index";

export type Sort = readonly (readonly [string, 1 | -1])[];
export interface Selection {
  readonly sort?: Sort | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
}

export class Memory {
  private docs = new Map<string, Doc>();
  private indexes: OrderedIndex[] = [];
  private lazy = new LazyIndexes([]);

  constructor(
    private readonly collection: string,
    private readonly declared: readonly Index<Doc>[],
  ) {
    this.reset([]);
  }

  reset(docs: readonly Doc[]): void {
    this.docs = new Map();
    this.indexes = this.declared.filter((index) => !index.lazy).map((index) => new OrderedIndex(index));
    this.lazy = new LazyIndexes(this.declared.filter((index) => index.lazy).map((index) => new OrderedIndex(index)));
    for (const doc of docs) this.add(doc);
  }

  /** Work for idle moments; says whether some is left. */
  tidy(most: number): boolean {
    return this.lazy.catchUp(most);
  }

  /** Brings the lazy indexes that a filter needs up to date, a part at a time; says whether there is more to do. */
  prepare(filter: AnyFilter, most: number): boolean {
    return this.lazy.serve(flat(filter)) && this.lazy.catchUp(most);
  }

  get size(): number {
    return this.docs.size;
  }
  get(id: string): Doc | undefined {
    return this.docs.get(id);
  }
  all(): IterableIterator<Doc> {
    return this.docs.values();
  }

  /** @throws DuplicateKey, and nothing was changed */
  add(doc: Doc): void {
    const id = doc._id as string;
    const keys = this.keysIn(this.indexes, id, doc);
    if (this.docs.has(id)) throw new DuplicateKey(this.collection);
    this.docs.set(id, doc);
    this.indexes.forEach((index, i) => index.add(id, keys[i] ?? []));
    this.lazy.add(id, doc);
  }

  remove(doc: Doc): void {
    const id = doc._id as string;
    this.docs.delete(id);
    for (const index of this.indexes) index.remove(id, index.keysOf(doc));
    this.lazy.remove(id, doc);
  }

  /**
   * Most changes touch no index: a conversation that gets a message keeps its members.
   * @throws DuplicateKey, and nothing was changed
   */
  replace(old: Doc, next: Doc): void {
    const id = next._id as string;
    const touched = this.indexes.filter((index) => index.touched(old, next));
    const keys = this.keysIn(touched, id, next);
    this.docs.set(id, next);
    touched.forEach((index, i) => index.replace(id, old, keys[i] ?? []));
    this.lazy.replace(id, old, next);
  }

  private keysIn(indexes: readonly OrderedIndex[], id: string, doc: Doc): string[][] {
    return indexes.map((index) => {
      const keys = index.keysOf(doc);
      if (index.refuses(keys, id)) throw new DuplicateKey(this.collection);
      return keys;
    });
  }

  /** The documents themselves, not copies: who hands them out copies them. */
  select(filter: AnyFilter, { sort = [], skip = 0, limit = Infinity }: Selection = {}): Doc[] {
    if (typeof filter._id === "string" && skip === 0 && limit > 0) return this.one(filter._id, filter);
    const found: Doc[] = [];
    const wanted = skip + limit;
    const [path, ordered] = this.plan(filter, sort, wanted);
    const takesAll = sort.length > 0 && !ordered;
    const visit = (doc: Doc): boolean => {
      if (matches(doc, filter)) found.push(doc);
      return takesAll || found.length < wanted;
    };
    if (wanted <= 0) return [];
    if (path === undefined) this.scan(filter, visit);
    else path.index.walk(path, ordered && backwards(path, sort), (id) => visit(this.docs.get(id) as Doc));
    if (takesAll) arrange(found, sort);
    return skip > 0 || found.length > limit ? found.slice(skip, wanted) : found;
  }

  /** From an index alone where one knows all that the filter asks for: a badge is counted with every message. */
  count(filter: AnyFilter): number {
    const fields = Object.keys(filter).length;
    if (fields === 0) return this.docs.size;
    const exact = Object.values(filter).every((w) => !isCondition(w) || Object.keys(w).length === 1);
    const paths = exact ? this.indexes.map((index) => index.path(filter)) : [];
    const path = paths.find((p) => p?.used.length === fields);
    return path?.index.countOf(path) ?? this.select(filter).length;
  }

  private one(id: string, filter: AnyFilter): Doc[] {
    const doc = this.docs.get(id);
    return doc && matches(doc, filter) ? [doc] : [];
  }

  private scan(filter: AnyFilter, visit: (doc: Doc) => boolean): void {
    const ids = idsOf(filter);
    if (!ids) {
      for (const doc of this.docs.values()) if (!visit(doc)) return;
      return;
    }
    for (const id of new Set(ids)) {
      const doc = this.docs.get(id);
      if (doc && !visit(doc)) return;
    }
  }

  /** The path with the fewest documents to look at (none: by id or all of them), and whether it is in order. */
  private plan(filter: AnyFilter, sort: Sort, wanted: number): [Path | undefined, boolean] {
    let best: Path | undefined;
    let cost = idsOf(filter)?.length ?? this.docs.size;
    let inOrder = false;
    const paths = this.paths(filter, sort);
    // What fits all conditions is at most what fits those that one index knows.
    const fits = paths.length > 1 ? Math.min(...paths.map((path) => path.index.sizeOf(path))) : Infinity;
    for (const path of paths) {
      const ordered = sort.length > 0 && path.index.ordered(path, sort);
      if (path.used.length === 0 && !ordered) continue;
      // In order the walk ends early; how early is a guess where the filter asks for more than the index knows.
      const size = path.index.sizeOf(path);
      const guess = ordered ? Math.min(size, Math.max(4 * wanted, (2 * wanted * size) / fits)) : size;
      if (guess < cost || (guess === cost && ordered && !inOrder)) [best, cost, inOrder] = [path, guess, ordered];
    }
    return [best, inOrder];
  }

  /** Without those that know less than another does: to size them up would put their keys in order for nothing. */
  private paths(filter: AnyFilter, sort: Sort): Path[] {
    const conditions = flat(filter);
    const paths = this.indexes.flatMap((index) => index.path(conditions) ?? []).concat(this.lazy.paths(conditions));
    if (sort.length > 0 && paths.length === 0) return this.indexes.flatMap((index) => index.whole() ?? []);
    const inOrder = (path: Path): boolean => sort.length > 0 && path.index.ordered(path, sort);
    const beats = (a: Path, b: Path): boolean =>
      a.used.length > b.used.length && b.used.every((f) => a.used.includes(f)) && (inOrder(a) || !inOrder(b));
    return paths.filter((path) => !paths.some((other) => beats(other, path)));
  }
}

/** The conditions of a filter with those of its `$and`; a field's first one serves to find candidates. */
function flat(filter: AnyFilter): AnyFilter {
  const parts = filter.$and as readonly AnyFilter[] | undefined;
  return parts ? (Object.assign({}, ...[...parts].reverse().map(flat), filter) as AnyFilter) : filter;
}

function idsOf(filter: AnyFilter): readonly string[] | undefined {
  const wanted = filter._id as string | { $in?: readonly string[] } | undefined;
  return typeof wanted === "string" ? [wanted] : wanted?.$in;
}

/** An order by fields that are all fixed has no direction of its own. */
const backwards = ({ index, fixed }: Path, sort: Sort): boolean =>
  sort.find(([field]) => !index.fields.slice(0, fixed).includes(field))?.[1] === -1;

function arrange(docs: Doc[], sort: Sort): void {
  const keyed = docs.map((doc) => ({ doc, keys: sort.map(([field]) => encode(fieldOf(doc, field))) }));
  keyed.sort((a, b) => {
    for (let i = 0; i < sort.length; i++) {
      const [x, y] = [a.keys[i] as string, b.keys[i] as string];
      if (x !== y) return (x < y ? -1 : 1) * (sort[i]?.[1] ?? 1);
    }
    return 0;
  });
  keyed.forEach(({ doc }, i) => (docs[i] = doc));
}
