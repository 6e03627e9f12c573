/** `Documents` on a table of SQLite. */
import { newId } from "../../../platform/id";
import {
  type Change,
  type CountOptions,
  type Document,
  type Documents,
  type Filter,
  type FindOptions,
  type SearchOptions,
  Unmatched,
  type Update,
  type Write,
} from "../types";
import { changed, equalFields, patchOf } from "./change";
import { type Doc, stored } from "./json";
import { type AnyFilter, orderOf, textWith, whereOf } from "./query";
import { type Reader, SMALL } from "./reader";
import { type Row, type Table } from "./table";
import { type Commits } from "./commits";
import { type Writer } from "./writer";

/** Documents that are written at once where that need not be a transaction: about 3 ms; others have their turn after them. */
const AT_ONCE = 50;
/** New rows that an index of words takes in between two turns of the loop. */
const WORDS_AT_ONCE = 100;

const none = -1; // no limit, to SQLite

export class EmbeddedDocuments<D extends Document> implements Documents<D> {
  private readonly name: string;
  constructor(
    private readonly table: Table,
    private readonly writer: Writer,
    private readonly commits: Commits,
    private readonly reader: Reader,
  ) {
    this.name = table.name;
  }

  insert(docs: readonly D[]): Promise<void> {
    return this.inParts(docs, (part) => this.inserted(part));
  }

  /** Each part whole, in their order. */
  private async inParts<T>(all: readonly T[], work: (part: readonly T[]) => void): Promise<void> {
    for (let i = 0; i < all.length; i += AT_ONCE) {
      const part = i === 0 && all.length <= AT_ONCE ? all : all.slice(i, i + AT_ONCE);
      await this.writer.write(() => work(part));
    }
  }

  private inserted(docs: readonly Document[]): void {
    for (const doc of docs) this.table.insert(stored(doc) as unknown as Doc);
  }

  async find(filter: Filter<D>, options: FindOptions<D> = {}): Promise<D[]> {
    const { sort = [], skip = 0, limit, fields, aside, along } = options;
    const { layout } = this.table;
    const { sql, params } = whereOf(layout, filter, along ? sort[0]?.[0] : undefined);
    const unsettled = this.writer.settled();
    if (unsettled) await unsettled;
    if (limit === 0) return [];
    const known = skip === 0 && this.table.known(filter);
    if (known) return this.reader.docs(known, fields) as unknown as D[];
    this.commits.settle(this.table);
    const query = `SELECT _doc FROM ${layout.table} WHERE ${sql}${orderOf(layout, sort)}`;
    const wanted = limit === undefined ? none : skip + limit;
    const found = aside
      ? this.reader.readAside<[string]>(`${query} LIMIT ?`, [...params, wanted])
      : this.reader.rows<[string]>(query, params, wanted, this.table.size);
    const rows = found instanceof Promise ? await found : found;
    return this.reader.docs(skip > 0 ? rows.slice(skip) : rows, fields) as unknown as Promise<D[]>;
  }

  async findOne(filter: Filter<D>, options: FindOptions<D> = {}): Promise<D | undefined> {
    const [doc] = await this.find(filter, { ...options, limit: 1 });
    return doc;
  }

  async count(filter: Filter<D>, { aside }: CountOptions = {}): Promise<number> {
    const { layout } = this.table;
    const { sql, params } = whereOf(layout, filter);
    await this.writer.settled();
    this.commits.settle(this.table);
    const source = `${layout.table} WHERE ${sql}`;
    return aside ? this.reader.countAside(source, params) : this.reader.count(source, params, this.table.size);
  }

  async search(words: readonly string[], filter: Filter<D>, { limit, fields }: SearchOptions<D>): Promise<D[]> {
    const { layout, words: index } = this.table;
    if (!index) throw new Error(`${this.name} has no words`);
    await this.catchUp();
    if (!index.mayHave(words)) return [];
    const { match, rest } = index.narrowed(words, filter);
    const { sql, params } = whereOf(layout, rest);
    const doc = fields ? textWith(fields) : "_doc";
    const query =
      match === undefined
        ? `SELECT ${doc} FROM ${layout.table} WHERE ${sql} ORDER BY _n DESC LIMIT ?`
        : `SELECT ${doc} FROM ${index.table} CROSS JOIN ${layout.table} ON _n = ${index.table}.rowid` +
          ` WHERE ${index.table} MATCH ? AND ${sql} ORDER BY ${index.table}.rowid DESC LIMIT ?`;
    const all = [...(match === undefined ? [] : [match]), ...params, limit];
    return (await this.reader.docsAside(query, all)) as unknown as D[];
  }

  /** Takes all rows into the index of words, a few at a time. */
  async catchUp(): Promise<void> {
    await this.writer.settled();
    while (await this.takeWords(WORDS_AT_ONCE));
  }

  /** Rows whose words are not taken in yet, at most. */
  get wordless(): number {
    const { words, last } = this.table;
    return words ? last - words.upTo : 0;
  }

  /** Says whether there are more. */
  async takeWords(most: number): Promise<boolean> {
    const { words } = this.table;
    if (!words || this.wordless <= 0) return false;
    return this.writer.write(() => words.take(most));
  }

  /** Words that none has any more leave the index, at most this many; says whether there may be more. */
  async dropWords(most: number): Promise<boolean> {
    const { words } = this.table;
    if (!words?.hasLost) return false;
    return this.writer.write(() => words.tidy(most));
  }

  updateOne(filter: Filter<D>, change: Change<D>, options: { upsert?: boolean } = {}): Promise<number> {
    return this.writer.write(() => {
      const fitted = this.updated(filter, change, 1);
      if (fitted === 0 && options.upsert) {
        const base = { _id: newId(), ...stored(equalFields(filter as AnyFilter)) };
        this.table.insert(changed(base, change));
      }
      return fitted;
    });
  }

  updateMany(filter: Filter<D>, change: Change<D>): Promise<number> {
    return this.forAll(filter, (row) => this.replaced(row, change));
  }

  async updateEach(updates: readonly Update<D>[]): Promise<number> {
    let fitted = 0;
    await this.inParts(updates, (part) => void (fitted += this.updatedEach(part)));
    return fitted;
  }

  private updatedEach(updates: readonly Update<D>[]): number {
    return updates.reduce((sum, { filter, change }) => sum + this.updated(filter, change, 1), 0);
  }

  private updated(filter: AnyFilter, change: Change<D>, most: number): number {
    const rows = this.table.matching(filter, most);
    for (const row of rows) this.replaced(row, change);
    return rows.length;
  }

  private replaced(row: Row, change: Change<D>): void {
    const doc = changed(row.doc, change);
    this.table.replace(row, doc, patchOf(change, doc));
  }

  remove(filter: Filter<D>): Promise<number> {
    return this.forAll(filter, (row) => this.table.remove(row));
  }

  /** A few at once, or many in parts: each part whole, and others' turns between them. */
  private async forAll(filter: AnyFilter, change: (row: Row) => void): Promise<number> {
    const few = await this.writer.write(() => {
      if (this.table.size > SMALL && filter._id === undefined) return undefined; // to look for them may take long
      const rows = this.table.matching(filter, AT_ONCE + 1);
      if (rows.length > AT_ONCE) return undefined;
      rows.forEach(change);
      return rows.length;
    });
    if (few !== undefined) return few;
    const { sql, params } = whereOf(this.table.layout, filter);
    // Of a million documents even the ids would hold the loop, and the memory: they come as texts of some hundred each.
    const query = `SELECT json_quote(_id) FROM ${this.table.layout.table} WHERE ${sql}`;
    let count = 0;
    for (const pack of await this.reader.packsAside(query, params)) {
      const ids = JSON.parse(pack) as string[];
      for (let i = 0; i < ids.length; i += AT_ONCE)
        count += await this.changedOf(ids.slice(i, i + AT_ONCE), filter, change);
    }
    return count;
  }

  private changedOf(ids: readonly string[], filter: AnyFilter, change: (row: Row) => void): Promise<number> {
    return this.writer.write(() => {
      const rows = this.table.matching({ $and: [{ _id: { $in: ids } }, filter] }, none);
      rows.forEach(change);
      return rows.length;
    });
  }

  /** One of several writes of a transaction, inside it. @throws DuplicateKey, Unmatched */
  apply(write: Write): void {
    if ("insert" in write) this.inserted(write.insert);
    else if ("update" in write) this.updatedEach(write.update as readonly Update<D>[]);
    else {
      const { filter, change } = ("expect" in write ? write.expect : write.updateMany) as Update<D>;
      const fitted = this.updated(filter, change, "expect" in write ? 1 : none);
      if ("expect" in write && fitted === 0) throw new Unmatched(this.name);
    }
  }
}
