/** Files: their kinds, and the store that a node's environment names (one per broker). */
import { type ServiceBroker } from "moleculer";
import { join } from "node:path";
import { type Env } from "../../contracts/env";
import { envOf } from "../env";
import { LocalStore } from "./local";
import { S3Store } from "./s3";
import { type FileStore } from "./store";

const stores = new WeakMap<ServiceBroker, FileStore>();

const make = (env: Env): FileStore =>
  env.UPLOAD_STORE === "s3" ? new S3Store(env) : new LocalStore(env.UPLOAD_DIR ?? join(env.DATA_DIR, "uploads"));

export function fileStoreOf(broker: ServiceBroker): FileStore {
  let store = stores.get(broker);
  if (!store) stores.set(broker, (store = make(envOf(broker))));
  return store;
}

export { Examiner } from "./examine";
export * from "./kinds";
export { type ByteRange, type FileStore } from "./store";
