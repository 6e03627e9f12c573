/** `Documents` on MongoDB: the driver's own calls through Mongoose's connection, with nothing to hydrate or cast. */
import { type mongo } from "mongoose";
import {
  type Change,
  type Document,
  type Documents,
  type Filter,
  type FindOptions,
  type SearchOptions,
  type Update,
  type Words,
} from "../types";
import { STORE_MS } from "../../../platform/patience";
import { OneByOne } from "./one-by-one";
import { type Plain, toQuery, toUpdate, toUpsert } from "./query";
import { inTime } from "./trouble";

type Row = mongo.Document & { _id: string };

export class MongoDocuments<D extends Document> implements Documents<D> {
  private readonly turns: OneByOne | undefined;

  /** @param tears whether the server loses one of two updates of one document at once */
  constructor(
    private readonly name: string,
    private readonly rows: mongo.Collection<Row>,
    private readonly words: Words<D> | undefined,
    tears: boolean,
  ) {
    if (tears) this.turns = new OneByOne(STORE_MS);
  }

  async insert(docs: readonly D[]): Promise<void> {
    if (docs.length === 0) return;
    await inTime(this.name, this.rows.insertMany(docs as unknown as mongo.OptionalUnlessRequiredId<Row>[]));
  }

  find(filter: Filter<D>, { sort, skip, limit, fields }: FindOptions<D> = {}): Promise<D[]> {
    if (limit === 0) return Promise.resolve([]); // to MongoDB no limit
    const cursor = this.rows.find(toQuery(filter), {
      ...(sort ? { sort: sort.map(([field, order]) => [field, order] as [string, 1 | -1]) } : {}),
      ...(skip === undefined ? {} : { skip }),
      ...(limit === undefined ? {} : { limit }),
      ...(fields ? { projection: Object.fromEntries(fields.map((field) => [field, 1])) } : {}),
    });
    return inTime(this.name, cursor.toArray()) as unknown as Promise<D[]>;
  }

  async findOne(filter: Filter<D>, options: FindOptions<D> = {}): Promise<D | undefined> {
    const [doc] = await this.find(filter, { ...options, limit: 1 });
    return doc;
  }

  /** The longest word is the rarest as a rule, and comes first: some servers look for candidates by the first. */
  search(words: readonly string[], filter: Filter<D>, options: SearchOptions<D>): Promise<D[]> {
    if (!this.words) throw new Error(`${this.name} has no words`);
    const { field, newest } = this.words;
    const prefixes = [...words].sort((a, b) => b.length - a.length).map(($prefix) => ({ [field]: { $prefix } }));
    const wanted = prefixes.length ? { ...filter, $and: [...(filter.$and ?? []), ...prefixes] } : filter;
    return this.find(wanted as Filter<D>, { ...options, sort: [[newest, -1]] });
  }

  count(filter: Filter<D>): Promise<number> {
    return inTime(this.name, this.rows.countDocuments(toQuery(filter)));
  }

  async updateOne(filter: Filter<D>, change: Change<D>, { upsert = false } = {}): Promise<number> {
    const update = upsert ? toUpsert(filter, change as Plain) : toUpdate(change as Plain);
    const work = () => this.rows.updateOne(toQuery(filter), update, { upsert });
    const { matchedCount } = await inTime(this.name, this.inTurn([filter], work));
    return matchedCount;
  }

  async updateMany(filter: Filter<D>, change: Change<D>): Promise<number> {
    const { matchedCount } = await inTime(this.name, this.rows.updateMany(toQuery(filter), toUpdate(change as Plain)));
    return matchedCount;
  }

  async updateEach(updates: readonly Update<D>[]): Promise<number> {
    if (updates.length === 0) return 0;
    const writes = updates.map(({ filter, change }) => ({
      updateOne: { filter: toQuery(filter), update: toUpdate(change as Plain) },
    }));
    const filters = updates.map(({ filter }) => filter);
    const { matchedCount } = await inTime(
      this.name,
      this.inTurn(filters, () => this.rows.bulkWrite(writes)),
    );
    return matchedCount;
  }

  async remove(filter: Filter<D>): Promise<number> {
    const { deletedCount } = await inTime(this.name, this.rows.deleteMany(toQuery(filter)));
    return deletedCount;
  }

  private inTurn<T>(filters: readonly Filter<D>[], work: () => Promise<T>): Promise<T> {
    const { turns } = this;
    if (!turns) return work();
    const ids = filters.flatMap((filter) => ("_id" in filter && typeof filter._id === "string" ? [filter._id] : []));
    return turns.run([...new Set(ids)], work);
  }
}
