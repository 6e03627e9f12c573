/**
 * Indexes that lag behind: documents wait until a filter needs one of them, or for an idle moment. A write then costs
 * next to nothing for questions that are seldom asked, and the answers are as exact as ever.
 */
import { type AnyFilter, type Doc } from "./match";
import { type OrderedIndex, type Path } from "./ordered-index";

/** Only where the filter asks for all of its fields: for less, catching up would cost more than it saves. */
const serves = ({ fields }: OrderedIndex, filter: AnyFilter): boolean =>
  fields.every((field) => filter[field] !== undefined);

export class LazyIndexes {
  /** Documents that none of the indexes has. */
  private readonly waiting = new Map<string, Doc>();

  constructor(private readonly indexes: readonly OrderedIndex[]) {}

  add(id: string, doc: Doc): void {
    if (this.indexes.length > 0) this.waiting.set(id, doc);
  }

  remove(id: string, doc: Doc): void {
    if (this.waiting.delete(id)) return;
    for (const index of this.indexes) index.remove(id, index.keysOf(doc));
  }

  replace(id: string, old: Doc, doc: Doc): void {
    if (this.waiting.has(id)) this.waiting.set(id, doc);
    else if (this.indexes.some((index) => index.touched(old, doc))) {
      this.remove(id, old);
      this.add(id, doc);
    }
  }

  /** Takes in documents that wait, at most this many; says whether some are left. */
  catchUp(most: number): boolean {
    for (const [id, doc] of this.waiting) {
      if (most-- <= 0) break;
      this.waiting.delete(id);
      for (const index of this.indexes) index.add(id, index.keysOf(doc));
    }
    for (const index of this.indexes) index.settle();
    return this.waiting.size > 0;
  }

  /** Does a filter need one of them? */
  serve(filter: AnyFilter): boolean {
    return this.indexes.some((index) => serves(index, filter));
  }

  paths(filter: AnyFilter): Path[] {
    const serving = this.indexes.filter((index) => serves(index, filter));
    if (serving.length > 0) this.catchUp(Infinity);
    return serving.flatMap((index) => index.path(filter) ?? []);
  }
}
