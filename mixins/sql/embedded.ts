/** PGlite under DATA_DIR, reached like any PostgreSQL: over a unix socket that only this user may open. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { threadModule } from "../threads";
import { type PGliteThread } from "./pglite.worker";

export interface Embedded {
  /** The folder of the socket; `pg` takes it for a host. */
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const PORT = 5432; // names the socket file, as PostgreSQL does

function untilReady(worker: Worker): Promise<void> {
  return new Promise((ready, failed) => {
    worker.once("message", () => ready());
    worker.once("error", failed);
    worker.once("exit", () => failed(new Error("the embedded PostgreSQL ended while it started")));
  });
}

/** The caller holds the lock of `dataDir`: PGlite itself lets a second process in, and both would damage it. */
export async function startEmbedded(dataDir: string, onCrash: (error: Error) => void): Promise<Embedded> {
  const pg = resolve(dataDir, "pg");
  mkdirSync(pg, { recursive: true });
  const host = mkdtempSync(join(tmpdir(), "chat-pg-")); // short enough for a socket path, and 0700
  const { filename, execArgv } = threadModule(join(__dirname, "pglite.worker"));
  const data: PGliteThread = { dataDir: pg, socketPath: join(host, `.s.PGSQL.${PORT}`) };
  const worker = new Worker(filename, { execArgv, workerData: data });
  const gone = new Promise<void>((resolveGone) => worker.once("exit", () => resolveGone()));
  await untilReady(worker);
  worker.on("error", onCrash);
  return {
    host,
    port: PORT,
    async stop() {
      worker.postMessage("stop");
      await gone;
      rmSync(host, { recursive: true, force: true });
    },
  };
}
