/** PGlite under DATA_DIR, reached like any PostgreSQL: over a unix socket that only this user may open. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { threadModule } from "../../platform/threads";
import { type PGliteThread } from "./pglite.worker";

export interface Embedded {
  /** The folder of the socket; `pg` takes it for a host. */
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const PORT = 5432; // names the socket file, as PostgreSQL does
const RESTART_MS = 100;
const LONGEST_MS = 5_000;
/** What is committed is on disk: a thread that does not close in time is ended. */
const CLOSE_MS = 5_000;

function untilReady(worker: Worker): Promise<void> {
  return new Promise((ready, failed) => {
    worker.once("message", () => ready());
    worker.once("error", failed);
    worker.once("exit", () => failed(new Error("the embedded PostgreSQL ended while it started")));
  });
}

/**
 * Keeps the thread running. What it stored is on disk, so a new thread takes up where a crashed one was; calls that
 * come in between are UNAVAILABLE.
 */
class Keeper {
  private worker: Worker | undefined;
  private stopping = false;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly data: PGliteThread,
    private readonly onCrash: (error: Error) => void,
  ) {}

  async start(): Promise<void> {
    rmSync(this.data.socketPath, { force: true }); // of one that crashed
    const { filename, execArgv } = threadModule(join(__dirname, "pglite.worker"));
    const worker = new Worker(filename, { execArgv, workerData: this.data });
    await untilReady(worker);
    this.worker = worker;
    let why = new Error("the thread of the embedded PostgreSQL ended");
    worker.on("error", (error) => (why = error));
    worker.once("exit", () => {
      this.worker = undefined;
      if (!this.stopping) this.restarting = this.startAgain(why);
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    const { worker } = this;
    if (!worker) return;
    const gone = new Promise<void>((resolveGone) => worker.once("exit", () => resolveGone()));
    worker.postMessage("stop");
    const late = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await gone;
    clearTimeout(late);
  }

  private async startAgain(why: Error): Promise<void> {
    let error = why;
    for (let wait = RESTART_MS; !this.stopping; wait = Math.min(wait * 2, LONGEST_MS)) {
      this.onCrash(error);
      try {
        await this.start();
        return;
      } catch (failure) {
        error = failure as Error;
      }
      await sleep(wait);
    }
  }
}

/** The caller holds the lock of `dataDir`: PGlite itself lets a second process in, and both would damage it. */
export async function startEmbedded(dataDir: string, onCrash: (error: Error) => void): Promise<Embedded> {
  const dir = resolve(dataDir, "pg");
  mkdirSync(dir, { recursive: true });
  const host = mkdtempSync(join(tmpdir(), "chat-pg-")); // short enough for a socket path, and 0700
  const keeper = new Keeper({ dataDir: dir, socketPath: join(host, `.s.PGSQL.${PORT}`) }, onCrash);
  await keeper.start();
  return {
    host,
    port: PORT,
    async stop() {
      await keeper.stop();
      rmSync(host, { recursive: true, force: true });
    },
  };
}
