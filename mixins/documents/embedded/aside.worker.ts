/** A thread with a connection of its own, for what would hold the event loop: checkpoints and long reads. */
import { parentPort, workerData } from "node:worker_threads";
import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";
import { type Answer, type AsideData, type Asked, type Task } from "./aside";
import { packed } from "./packs";

/** Milliseconds that a lock of another connection is waited for. */
const WAIT = 5_000;
const CHECKPOINT_WAIT = 200;

const { path, closed } = workerData as AsideData;
const database = new DatabaseSync(path);
// Another connection's commit empties the cache of this one: it is for one read.
database.exec(
  `PRAGMA busy_timeout = ${WAIT}; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;`,
);
const prepared = new Map<string, StatementSyncInstance>();
const MOST_PREPARED = 100;

function statement(sql: string): StatementSyncInstance {
  let made = prepared.get(sql);
  if (!made) {
    if (prepared.size >= MOST_PREPARED) prepared.clear();
    made = database.prepare(sql);
    made.setReturnArrays(true);
    prepared.set(sql, made);
  }
  return made;
}

function done(task: Task): unknown {
  if ("read" in task) {
    const rows = statement(task.read).all(...task.params);
    return task.packed ? packed(rows as [string][]) : rows;
  }
  // Somebody else may read for minutes (a backup does): writers wait for a checkpoint, and not for that.
  database.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT}`);
  try {
    const [row] = statement(`PRAGMA wal_checkpoint(${task.checkpoint})`).all() as [number, number, number][];
    return row;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${WAIT}`);
  }
}

parentPort?.on("message", (asked: Asked | undefined) => {
  if (!asked || Atomics.load(closed, 0) !== 0) {
    database.close();
    parentPort?.close();
    return;
  }
  const { id, task } = asked;
  let answer: Answer;
  try {
    answer = { id, result: done(task) };
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    answer = { id, error: { message, ...(errcode === undefined ? {} : { errcode }) } };
  }
  parentPort?.postMessage(answer);
});
