/** Files: their kinds, and the store that a node's environment names (one per broker). */
import { type ServiceBroker } from "moleculer";
import { join } from "node:path";
import { type Env } from "../../contracts/env";
import { envOf } from "../env";
import { LocalStore } from "./local";
import type * as s3 from "./s3";
import { type FileStore } from "./store";

const stores = new WeakMap<ServiceBroker, FileStore>();

function make(env: Env): FileStore {
  if (env.UPLOAD_STORE === "local") return new LocalStore(env.UPLOAD_DIR ?? join(env.DATA_DIR, "uploads"));
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- its libraries weigh much, and most nodes need none
  const { S3Store } = require("./s3") as typeof s3;
  return new S3Store(env);
}

export function fileStoreOf(broker: ServiceBroker): FileStore {
  let store = stores.get(broker);
  if (!store) stores.set(broker, (store = make(envOf(broker))));
  return store;
}

export { Examiner } from "./examine";
export * from "./kinds";
export { type ByteRange, type FileStore, type Stored, type Through } from "./store";
