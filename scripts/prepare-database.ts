/**
 * `npm run prepare:database`: makes the folder that a first start unpacks, for the PGlite of package.json, with the
 * migrations there are. Later ones are applied to it at the first start.
 */
import { PGlite } from "@electric-sql/pglite";
import { Sequelize } from "sequelize";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../mixins/sql/embedded";
import { migrateUp } from "../mixins/sql/migrations";
import { pack } from "../mixins/sql/prepared";
import { migrations } from "../services/users/migrations";

async function migrate(dataDir: string): Promise<void> {
  const embedded = await startEmbedded(dataDir, (error) => console.error(error));
  const { host, port } = embedded;
  const sequelize = new Sequelize("postgres", "postgres", "", { dialect: "postgres", logging: false, host, port });
  try {
    console.log(`migrated: ${(await migrateUp(sequelize, migrations)).join(", ")}`);
  } finally {
    await sequelize.close();
    await embedded.stop();
  }
}

/** Two thirds of the files are databases that others are copied from, and nobody makes another one here. */
async function withoutWhatMadeIt(dataDir: string): Promise<void> {
  const db = await PGlite.create({ dataDir });
  await db.exec("UPDATE pg_database SET datistemplate = false");
  for (const name of ["template0", "template1"]) await db.exec(`DROP DATABASE ${name}`);
  // What made it is in its pages: a log of 16 MB that begins anew is next to nothing but zeros, which nobody has to write.
  await db.exec("SET wal_recycle = off");
  await db.exec("SELECT pg_switch_wal()");
  await db.exec("CHECKPOINT");
  await db.close();
}

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "chat-prepare-"));
  try {
    const folder = join(work, "pg");
    await (await PGlite.create({ dataDir: folder })).close();
    await migrate(work);
    await withoutWhatMadeIt(folder);
    console.log(`written ${await pack(folder)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
