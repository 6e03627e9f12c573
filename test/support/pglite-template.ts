/** An embedded PostgreSQL with nobody in it, made once per machine and copied: making one takes seconds of a core. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../mixins/sql/embedded";
import { dependencies } from "../../package.json";
import { projectRoot } from "../../platform/root";

/** What it is made from: of another one, the tests of another tree may have left theirs here. */
const prepared = join(projectRoot, "mixins/sql/prepared", `pglite-${dependencies["@electric-sql/pglite"]}.br`);
const made = createHash("sha256").update(readFileSync(prepared)).digest("hex").slice(0, 16);
const template = join(tmpdir(), `chat-test-pglite-${made}`);

async function build(): Promise<void> {
  const draft = mkdtempSync(`${template}-`);
  const database = await startEmbedded(draft, () => undefined);
  await database.stop();
  try {
    renameSync(draft, template);
  } catch (error) {
    if (!existsSync(template)) throw error; // else another test file was first
    rmSync(draft, { recursive: true });
  }
}

/** A fresh DATA_DIR whose embedded PostgreSQL need not be made first. */
export async function readyDataDir(): Promise<string> {
  if (!existsSync(template)) await build();
  const dir = mkdtempSync(join(tmpdir(), "chat-data-"));
  cpSync(template, dir, { recursive: true });
  return dir;
}
