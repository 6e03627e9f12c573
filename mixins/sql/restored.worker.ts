/** The thread that opens an embedded PostgreSQL once, reads all of it, and closes it. */
import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";

export interface Task {
  readonly folder: string;
  readonly dump?: string;
}
export type Outcome = { readonly contents: Contents } | { readonly error: string };

export interface Contents {
  /** Names of the migrations that made it, oldest first. */
  readonly migrations: readonly string[];
  /** Rows by table, each of them read. */
  readonly rows: Readonly<Record<string, number>>;
}

setFlagsFromString("--liftoff-only"); // as in pglite.worker

async function contentsOf(db: PGlite): Promise<Contents> {
  const tables = await db.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables.rows) {
    // To hash a row is to read it, with what lies outside of its page.
    const found = await db.query<{ count: number }>(`SELECT count(hashtext(t::text))::int AS count FROM "${name}" t`);
    rows[name] = found.rows[0]?.count ?? 0;
  }
  if (!("migrations" in rows)) return { migrations: [], rows };
  const names = await db.query<{ name: string }>("SELECT name FROM migrations ORDER BY name");
  return { migrations: names.rows.map(({ name }) => name), rows };
}

async function looked(db: PGlite): Promise<Contents> {
  try {
    return await contentsOf(db);
  } finally {
    await db.close();
  }
}

/** Opens `folder`, made from what `dump` wrote where that is given. */
async function open({ folder, dump }: Task): Promise<PGlite> {
  if (dump === undefined) return PGlite.create({ dataDir: folder });
  const archive = new Blob([new Uint8Array(await readFile(dump))], { type: "application/x-gzip" });
  return PGlite.create({ dataDir: folder, loadDataDir: archive });
}

open(workerData as Task)
  .then(looked)
  .then(
    (contents) => parentPort?.postMessage({ contents } satisfies Outcome),
    (error: unknown) => parentPort?.postMessage({ error: (error as Error).message } satisfies Outcome),
  )
  .finally(() => process.exit(0)); // ends this thread only
