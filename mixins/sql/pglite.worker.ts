/** The thread of the embedded PostgreSQL: its queries never hold up the event loop that serves sockets. */
import { writeFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { parentPort, workerData } from "node:worker_threads";

export interface PGliteThread {
  readonly dataDir: string;
  readonly socketPath: string;
}
/** What the thread is asked for. */
export type Order = "stop" | { readonly dump: string };
/** What it says: that it can be asked, or how a dump went. */
export type Said = "ready" | { readonly dumped: string; readonly error?: string };

/** The whole folder as it is at one moment; no query runs meanwhile. */
async function dump(db: PGlite, path: string): Promise<Said> {
  try {
    const archive = await db.dumpDataDir("gzip");
    await writeFile(path, Buffer.from(await archive.arrayBuffer()), { mode: 0o600 });
    return { dumped: path };
  } catch (error) {
    return { dumped: path, error: (error as Error).message };
  }
}

// Half of its memory would be machine code that V8 optimises in the background; it has to be said before it compiles.
setFlagsFromString("--liftoff-only");
// Most of it is never called, and none of it is anybody else's: what is called is checked then.
setFlagsFromString("--wasm-lazy-validation");

async function main(): Promise<void> {
  const { dataDir, socketPath } = workerData as PGliteThread;
  const db = await PGlite.create({ dataDir });
  // Room for the pool of migrations to leave while the pool of the service comes; each is one connection.
  const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 2 });
  await server.start();
  const stop = async (): Promise<void> => {
    await server.stop();
    await db.close();
    process.exit(0); // ends this thread only
  };
  parentPort?.on("message", (order: Order) => {
    if (order === "stop") void stop();
    else void dump(db, order.dump).then((said) => parentPort?.postMessage(said));
  });
  parentPort?.postMessage("ready");
}

void main();
