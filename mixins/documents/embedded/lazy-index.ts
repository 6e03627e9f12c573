/**
 * An index that lags behind: documents wait until a filter needs the index, or for an idle moment. A write then costs
 * nothing for questions that are seldom asked, and the answers are as exact as ever.
 */
import { type AnyFilter, type Doc } from "./match";
import { type OrderedIndex, type Path } from "./ordered-index";

export class LazyIndex {
  private readonly waiting = new Map<string, Doc>();

  constructor(private readonly index: OrderedIndex) {}

  add(id: string, doc: Doc): void {
    this.waiting.set(id, doc);
  }

  remove(id: string, doc: Doc): void {
    if (!this.waiting.delete(id)) this.index.remove(id, this.index.keysOf(doc));
  }

  replace(id: string, old: Doc, doc: Doc): void {
    if (this.waiting.has(id)) this.waiting.set(id, doc);
    else if (this.index.touched(old, doc)) {
      this.remove(id, old);
      this.add(id, doc);
    }
  }

  /** Takes in documents that wait, at most this many; says whether some are left. */
  catchUp(most: number): boolean {
    for (const [id, doc] of this.waiting) {
      if (most-- <= 0) break;
      this.waiting.delete(id);
      this.index.add(id, this.index.keysOf(doc));
    }
    this.index.settle();
    return this.waiting.size > 0;
  }

  /** Only where the filter asks for all of its fields: for less, catching up would cost more than it saves. */
  serves(filter: AnyFilter): boolean {
    return this.index.fields.every((field) => filter[field] !== undefined);
  }

  path(filter: AnyFilter): Path | undefined {
    if (!this.serves(filter)) return undefined;
    this.catchUp(Infinity);
    return this.index.path(filter);
  }
}
