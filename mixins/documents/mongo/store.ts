/** The store on MongoDB: collections of the broker's one connection, through moleculer-db's Mongoose adapter. */
import { type Service } from "moleculer";
import MongooseAdapter from "moleculer-db-adapter-mongoose";
import { type Connection, type Document as MongooseDocument, type Model, type mongo, Schema } from "mongoose";
import { type Collection, type Document, type Documents, type Index, type Store } from "../types";
import { acquire, type Place, release, type SharedConnection } from "./connection";
import { MongoDocuments } from "./documents";

/** The adapter's own `connect` takes Mongoose's global connection: one stopped service would close it for all. */
class Adapter extends MongooseAdapter<MongooseDocument> {
  constructor(
    private readonly connection: Connection,
    private readonly collection: string,
  ) {
    super("");
  }
  override connect(): Promise<void> {
    const schema = new Schema({ _id: String }, { strict: false, versionKey: false, collection: this.collection });
    this.model = (this.connection.models[this.collection] ??
      this.connection.model(this.collection, schema)) as unknown as Model<MongooseDocument>;
    return Promise.resolve();
  }
}

/** As MongoDB is asked for it. */
export const keysOf = <D>({ fields, order, within }: Index<D>): Record<string, 1 | -1> => ({
  ...(within === undefined ? {} : { [within]: 1 }),
  ...Object.fromEntries(fields.map((field, i) => [field, order?.[i] ?? 1])),
});

export async function makeIndexes<D>(rows: mongo.Collection<never>, indexes: readonly Index<D>[]): Promise<void> {
  for (const index of indexes) await rows.createIndex(keysOf(index), { unique: index.unique ?? false });
}

export class MongoStore implements Store {
  private readonly shared: SharedConnection;

  constructor(
    private readonly service: Service,
    place: Place,
  ) {
    this.shared = acquire(service.broker, place);
  }

  get tears(): boolean {
    return this.shared.tears;
  }

  async open<D extends Document>({ name, indexes, words }: Collection<D>): Promise<Documents<D>> {
    await this.shared.opened();
    const adapter = new Adapter(this.shared.connection, name);
    await adapter.connect();
    const rows = adapter.model.collection as unknown as mongo.Collection<mongo.Document & { _id: string }>;
    await this.shared.patiently(() => makeIndexes(rows as never, indexes));
    return new MongoDocuments<D>(name, rows, words, this.tears);
  }

  close(): Promise<void> {
    return release(this.service.broker);
  }
}
