/** Where the worker's script is: beside this one, wherever a bundler puts them; in the form that bundlers know. */
import { type SharedWorkerLike } from "./environment";
import { WORKER_NAME } from "./shared-protocol";

export const startWorker = (): SharedWorkerLike =>
  new SharedWorker(new URL("./shared-worker.js", import.meta.url), { name: WORKER_NAME });
