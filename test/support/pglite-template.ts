/** An empty embedded PostgreSQL, made once per machine and copied: making one takes seconds of a core. */
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../mixins/sql/embedded";
import { dependencies } from "../../package.json";

const template = join(tmpdir(), `chat-test-pglite-${dependencies["@electric-sql/pglite"]}`);

async function build(): Promise<void> {
  const draft = mkdtempSync(`${template}-`);
  const made = await startEmbedded(draft, () => undefined);
  await made.stop();
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
