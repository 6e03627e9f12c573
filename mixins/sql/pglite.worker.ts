/** The thread of the embedded PostgreSQL: its queries never hold up the event loop that serves sockets. */
import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { parentPort, workerData } from "node:worker_threads";

export interface PGliteThread {
  readonly dataDir: string;
  readonly socketPath: string;
}

// Half of its memory would be machine code that V8 optimises in the background; it has to be said before it compiles.
setFlagsFromString("--liftoff-only");

async function main(): Promise<void> {
  const { dataDir, socketPath } = workerData as PGliteThread;
  const db = await PGlite.create({ dataDir });
  // Room for the pool of migrations to leave while the pool of the service comes; each is one connection.
  const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 2 });
  await server.start();
  parentPort?.once("message", () => {
    void (async () => {
      await server.stop();
      await db.close();
      process.exit(0); // ends this thread only
    })();
  });
  parentPort?.postMessage("ready");
}

void main();
