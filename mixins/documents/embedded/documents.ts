/** `Documents` on a table: what comes out is a copy, so that nobody changes the store by changing an answer. */
import { newId } from "../../../platform/id";
import { type Change, type Document, type Documents, type Filter, type FindOptions, type Update } from "../types";
import { changed, equalFields } from "./change";
import { copy, stored } from "./copy";
import { type AnyFilter, type Doc } from "./match";
import { type Memory, type Selection } from "./memory";
import { type Table, type Transaction } from "./table";

const selectionOf = <D>({ sort, skip, limit }: FindOptions<D>): Selection => ({ sort, skip, limit });

function pick(doc: Doc, fields: readonly string[]): Doc {
  const picked: Doc = { _id: doc._id };
  for (const field of fields) if (doc[field] !== undefined) picked[field] = copy(doc[field]);
  return picked;
}

export class EmbeddedDocuments<D extends Document> implements Documents<D> {
  constructor(private readonly table: Table) {}

  insert(docs: readonly D[]): Promise<void> {
    return this.table.write((transaction) => {
      for (const doc of docs) transaction.add(stored(doc) as unknown as Doc);
    });
  }

  find(filter: Filter<D>, options: FindOptions<D> = {}): Promise<D[]> {
    const { fields } = options;
    return this.table.read(filter, (memory) => {
      const docs = memory.select(filter, selectionOf(options));
      return (fields ? docs.map((doc) => pick(doc, fields)) : docs.map(copy)) as unknown as D[];
    });
  }

  async findOne(filter: Filter<D>, options: FindOptions<D> = {}): Promise<D | undefined> {
    const [doc] = await this.find(filter, { ...options, limit: 1 });
    return doc;
  }

  count(filter: Filter<D>): Promise<number> {
    return this.table.read(filter, (memory) => memory.count(filter));
  }

  updateOne(filter: Filter<D>, change: Change<D>, options: { upsert?: boolean } = {}): Promise<number> {
    return this.table.write((transaction, memory) => {
      const fitted = update(transaction, memory, filter, change, 1);
      if (fitted === 0 && options.upsert) {
        const base = { _id: newId(), ...stored(equalFields(filter as AnyFilter)) };
        transaction.add(changed(base, change));
      }
      return fitted;
    });
  }

  updateMany(filter: Filter<D>, change: Change<D>): Promise<number> {
    return this.table.write((transaction, memory) =>
      update(transaction, memory, filter as AnyFilter, change as Change<Doc>, Infinity),
    );
  }

  updateEach(updates: readonly Update<D>[]): Promise<number> {
    return this.table.write((transaction, memory) =>
      updates.reduce(
        (sum, { filter, change }) => sum + update(transaction, memory, filter as AnyFilter, change as Change<Doc>, 1),
        0,
      ),
    );
  }

  remove(filter: Filter<D>): Promise<number> {
    return this.table.write((transaction, memory) => {
      const docs = memory.select(filter);
      for (const doc of docs) transaction.remove(doc);
      return docs.length;
    });
  }
}

function update(
  transaction: Transaction,
  memory: Memory,
  filter: AnyFilter,
  change: Change<Doc>,
  limit: number,
): number {
  const docs = memory.select(filter, { limit });
  for (const doc of docs) transaction.replace(doc, changed(doc, change));
  return docs.length;
}
