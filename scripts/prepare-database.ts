/** `npm run prepare:database`: makes the folder that a first start unpacks, for the PGlite of package.json. */
import { PGlite } from "@electric-sql/pglite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "../mixins/sql/prepared";

async function main(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "chat-prepare-"));
  try {
    const folder = join(work, "pg");
    const db = await PGlite.create({ dataDir: folder });
    await db.close();
    console.log(`written ${await pack(folder)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
