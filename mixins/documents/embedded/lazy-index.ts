/**
 * An index that lags behind: documents wait until a filter needs the index, or for an idle moment. A write then costs
 * nothing for questions that are seldom asked, and the answers are as exact as ever.
 */
import { type AnyFilter, type Doc } from "./match";
import { type OrderedIndex, type Path } from "./ordered-index";

export class LazyIndex {
  private readonly waiting = new Set<Doc>();

  constructor(private readonly index: OrderedIndex) {}

  add(doc: Doc): void {
    this.waiting.add(doc);
  }

  remove(doc: Doc): void {
    if (!this.waiting.delete(doc)) this.index.remove(doc, this.index.keysOf(doc));
  }

  replace(old: Doc, doc: Doc): void {
    this.remove(old);
    this.add(doc);
  }

  /** Takes in documents that wait, at most this many; says whether some are left. */
  catchUp(most: number): boolean {
    for (const doc of this.waiting) {
      if (most-- <= 0) break;
      this.waiting.delete(doc);
      this.index.add(doc, this.index.keysOf(doc));
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
