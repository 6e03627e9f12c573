/** PGlite under DATA_DIR, reached like any PostgreSQL: over a unix socket that only this user may open. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { threadModule } from "../../platform/threads";
import { unpackApart } from "./prepared";
import { type Order, type PGliteThread, type Said } from "./pglite.worker";

export interface Embedded {
  /** The folder of the socket; `pg` takes it for a host. */
  readonly host: string;
  readonly port: number;
  /** Writes the whole database, as it is at one moment, into a file of this path that `restoreEmbedded` takes. */
  dump(path: string): Promise<void>;
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
    worker.postMessage("stop" satisfies Order);
    const late = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await gone;
    clearTimeout(late);
  }

  dump(path: string): Promise<void> {
    const { worker } = this;
    if (!worker || this.stopping) return Promise.reject(new Error("the embedded PostgreSQL is not running"));
    return new Promise((done, failed) => {
      const settle = (error?: string): void => {
        worker.off("message", heard).off("exit", gone);
        if (error === undefined) done();
        else failed(new Error(error));
      };
      const gone = (): void => settle("the embedded PostgreSQL ended while it was dumped");
      const heard = (said: Said): void => {
        if (typeof said === "object" && said.dumped === path) settle(said.error);
      };
      worker.on("message", heard).once("exit", gone);
      worker.postMessage({ dump: path } satisfies Order);
    });
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

/** One process with one connection: PostgreSQL's own defaults are for a server, and keep 128 MB for pages alone. */
const SETTINGS = ["shared_buffers = 2MB"];

/** Also for folders that were made before. */
function settle(dir: string): void {
  const path = join(dir, "postgresql.conf");
  const present = readFileSync(path, "utf8").split("\n");
  const missing = SETTINGS.filter((line) => !present.includes(line));
  if (missing.length > 0) appendFileSync(path, `\n${missing.join("\n")}\n`);
}

/** What PostgreSQL writes last when it makes a folder of its own is not there before the folder can be opened. */
const isMade = (dir: string): boolean =>
  existsSync(join(dir, "PG_VERSION")) && existsSync(join(dir, "postgresql.conf"));

/** The caller holds the lock of `dataDir`: PGlite itself lets a second process in, and both would damage it. */
export async function startEmbedded(
  dataDir: string,
  onCrash: (error: Error) => void,
  say: (line: string) => void = () => undefined,
): Promise<Embedded> {
  const dir = resolve(dataDir, "pg");
  if (!isMade(dir)) {
    say("Preparing the database, once.");
    await unpackApart(dir);
  }
  mkdirSync(dir, { recursive: true });
  if (isMade(dir)) settle(dir);
  const host = mkdtempSync(join(tmpdir(), "chat-pg-")); // short enough for a socket path, and 0700
  const keeper = new Keeper({ dataDir: dir, socketPath: join(host, `.s.PGSQL.${PORT}`) }, onCrash);
  await keeper.start();
  return {
    host,
    port: PORT,
    dump: (path) => keeper.dump(path),
    async stop() {
      await keeper.stop();
      rmSync(host, { recursive: true, force: true });
    },
  };
}
