/** moleculer-db's adapter for a collection of the embedded store: what its mixin and its tools ask for, on `Documents`. */
import { type Service, type ServiceBroker } from "moleculer";
import { type DbAdapter } from "moleculer-db";
import { newId } from "../../../platform/id";
import { type Document, type Documents, type Filter, type FindOptions } from "../types";

interface Asked {
  readonly query?: object;
  readonly sort?: string | readonly string[];
  readonly limit?: number;
  readonly offset?: number;
}

/** `["-created_at", "name"]`, or the same with commas or spaces between. */
function sortOf(sort: Asked["sort"]): [string, 1 | -1][] {
  const fields = typeof sort === "string" ? sort.split(/[, ]+/) : (sort ?? []);
  return fields.map((field) => (field.startsWith("-") ? [field.slice(1), -1] : [field, 1]));
}

export class EmbeddedAdapter<D extends Document> implements DbAdapter {
  private opened: Documents<D> | undefined;
  broker: ServiceBroker | undefined;
  service: Service | undefined;

  constructor(private readonly open: () => Promise<Documents<D>>) {}

  get documents(): Documents<D> {
    if (!this.opened) throw new Error("the adapter is not connected");
    return this.opened;
  }

  init(broker: ServiceBroker, service: Service): void {
    this.broker = broker;
    this.service = service;
  }
  async connect(): Promise<void> {
    this.opened = await this.open();
  }
  disconnect(): Promise<void> {
    this.opened = undefined;
    return Promise.resolve();
  }

  find({ query = {}, sort, limit, offset }: Asked): Promise<D[]> {
    const options = {
      sort: sortOf(sort),
      ...(limit === undefined ? {} : { limit }),
      ...(offset === undefined ? {} : { skip: offset }),
    };
    return this.documents.find(query, options as FindOptions<D>);
  }
  async findOne(query: object): Promise<D> {
    return (await this.documents.findOne(query)) as D;
  }
  findById(_id: string): Promise<D> {
    return this.findOne({ _id });
  }
  findByIds(ids: readonly (string | number)[]): Promise<D[]> {
    return this.find({ query: { _id: { $in: ids } } });
  }
  count({ query = {} }: { query?: object } = {}): Promise<number> {
    return this.documents.count(query);
  }
  async insert(entity: object): Promise<D> {
    const doc = { _id: newId(), ...entity } as unknown as D;
    await this.documents.insert([doc]);
    return doc;
  }
  async insertMany(...entities: object[]): Promise<D[]> {
    const docs = entities.flat().map((entity) => ({ _id: newId(), ...entity }) as unknown as D);
    await this.documents.insert(docs);
    return docs;
  }
  updateMany(query: object, update: object): Promise<number> {
    return this.documents.updateMany(query, update);
  }
  async updateById(_id: string, update: object): Promise<D> {
    await this.documents.updateOne({ _id } as Filter<D>, update);
    return this.findById(_id);
  }
  removeMany(query: object): Promise<number> {
    return this.documents.remove(query);
  }
  async removeById(_id: string): Promise<D> {
    const doc = await this.findById(_id);
    await this.documents.remove({ _id } as Filter<D>);
    return doc;
  }
  async clear(): Promise<void> {
    await this.documents.remove({});
  }
  entityToObject(entity: object): object {
    return entity;
  }
  createCursor(params: object): Promise<D[]> {
    return this.find(params);
  }
  beforeSaveTransformID(entity: object): object {
    return entity;
  }
  afterRetrieveTransformID(entity: object): object {
    return entity;
  }
}
