/**
 * `documents(collections)`: a service's collections, in the SQLite database under DATA_DIR or in MongoDB where MONGODB_URI is
 * set. They are open before the service's own `started` runs and closed after its own `stopped`.
 */
import { type Service, type ServiceSchema } from "moleculer";
import { fail } from "../../contracts/errors";
import { envOf } from "../../platform/env";
import { metricsOf } from "../../platform/metrics";
import { EmbeddedStore } from "./embedded/store";
import { measured, measuredTransact } from "./measured";
import type * as mongo from "./mongo/store";
import { type Collection, type Document, type Documents, type Store, type Transact, type Write } from "./types";

export { newId } from "../../platform/id";
export { NewerDatabase } from "./embedded/database";
export * from "./types";

/** `{ messages: { name: "messages", indexes: [...] } as Collection<MessageDoc>, ... }` */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each of them has a document type of its own
export type Collections = Readonly<Record<string, Collection<any>>>;
export type StoresOf<C extends Collections> = {
  readonly [K in keyof C]: C[K] extends Collection<infer D> ? Documents<D> : never;
};

interface Opened {
  readonly store: Store;
  readonly stores: Record<string, Documents<Document>>;
  readonly transact: Transact | undefined;
}
const opened = new WeakMap<Service, Opened>();

function storeFor(service: Service): Store {
  const env = envOf(service.broker);
  if (!env.MONGODB_URI) return new EmbeddedStore(service, env.DATA_DIR, env.EMBEDDED_SYNC);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its libraries weigh much, and most nodes need none
  const { MongoStore } = require("./mongo/store") as typeof mongo;
  return new MongoStore(service, { uri: env.MONGODB_URI, database: env.MONGODB_DATABASE });
}

/** A service names its collections as it knows them, the store as it made them. */
const transactionOn =
  (transact: Transact, inner: ReadonlyMap<unknown, Documents<Document>>): Transact =>
  (writes) =>
    transact(writes.map((write): Write => ({ ...write, in: inner.get(write.in) ?? write.in })));

export function documents(collections: Collections): Partial<ServiceSchema> {
  return {
    async started(this: Service) {
      const store = storeFor(this);
      const stores: Record<string, Documents<Document>> = {};
      const metrics = metricsOf(this.broker);
      const inner = new Map<Documents<Document>, Documents<Document>>();
      const transact =
        store.transaction && measuredTransact(transactionOn(store.transaction.bind(store), inner), metrics);
      opened.set(this, { store, stores, transact });
      for (const [key, collection] of Object.entries(collections)) {
        const documents = (await store.open(collection)) as Documents<Document>;
        stores[key] = measured(documents, metrics);
        inner.set(stores[key], documents);
      }
    },
    async stopped(this: Service) {
      const { store } = opened.get(this) ?? {};
      opened.delete(this);
      await store?.close();
    },
  };
}

/**
 * The collections of a service that has `documents(collections)` among its mixins.
 * @throws UNAVAILABLE before its start and after its stop: a node's services stop together, and one may still ask another
 */
export function storesOf<C extends Collections>(service: Service): StoresOf<C> {
  const stores = opened.get(service)?.stores;
  if (!stores) throw fail("UNAVAILABLE", `The service ${service.name} is not open.`);
  return stores as unknown as StoresOf<C>;
}

/** Several writes at once; undefined where the service's store has no transactions, which does not change while it runs. */
export const transactionOf = (service: Service): Transact | undefined => opened.get(service)?.transact;

/** False where of two updates of one document at once one may be written over the other, though both are told they fitted. */
export const updatesWhole = (service: Service): boolean => opened.get(service)?.store.tears !== true;
