/** `npm run chat -- restore`: an archive into an empty DATA_DIR, whole or not at all. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { extract } from "tar";
import { type Env } from "../../contracts/env";
import { NewerDatabase } from "../../mixins/documents/embedded/database";
import { openToRead } from "../../mixins/documents/embedded/copy";
import { restoreEmbedded } from "../../mixins/sql/restored";
import { lockDataDir } from "../../platform/data-dir";
import { migrations } from "../../services/users/migrations";
import { BadArchive, type Manifest, MANIFEST, verified } from "./archive";
import { ACCOUNTS, DOCUMENTS, UPLOADS, uploadsOf, versions } from "./places";

const DRAFT = ".restoring";
const LOCK = "lock.sock";

const numbers = (version: string): number[] => version.split(/[.-]/).slice(0, 3).map(Number);
/** Of two versions such as 1.2.3. */
function isNewer(one: string, other: string): boolean {
  const [a, b] = [numbers(one), numbers(other)];
  const i = a.findIndex((n, at) => n !== b[at]);
  return i >= 0 && (a[i] ?? 0) > (b[i] ?? 0);
}

function refuseNewer(path: string, manifest: Manifest): void {
  const own = versions();
  const newer =
    isNewer(manifest.version, own.version) ||
    isNewer(manifest.pglite, own.pglite) ||
    manifest.documents > own.documents;
  if (newer)
    throw new BadArchive(
      `${path} was written by a newer version (${manifest.version}, PGlite ${manifest.pglite}, documents ${manifest.documents}) than this one (${own.version}, ${own.pglite}, ${own.documents}).`,
    );
}

async function refuseFilled(folder: string, name: string): Promise<void> {
  const there = existsSync(folder) ? await readdir(folder) : [];
  const found = there.filter((entry) => entry !== DRAFT && entry !== LOCK);
  if (found.length > 0)
    throw new Error(`${name} ${folder} is not empty (${found.slice(0, 3).join(", ")}): nothing was restored.`);
}

function refuseOutside(env: Env, { files }: Manifest): void {
  for (const [file, name] of [
    [DOCUMENTS, "MONGODB_URI"],
    [ACCOUNTS, "POSTGRES_URL"],
  ] as const)
    if (file in files && env[name]) throw new Error(`${name} is set: what this backup holds of it would not be used.`);
}

/** @throws BadArchive where a newer program has written it */
async function openAccounts(draft: string): Promise<void> {
  const dump = join(draft, ACCOUNTS);
  const { migrations: made } = await restoreEmbedded(join(draft, "pg"), dump);
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = made.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new BadArchive(`The accounts were written by a newer version: this one does not know ${unknown}.`);
  await rm(dump);
}

function openDocuments(path: string): void {
  try {
    openToRead(path).close();
  } catch (error) {
    if (error instanceof NewerDatabase) throw new BadArchive(error.message);
    throw error;
  }
}

async function unpack(path: string, draft: string, { files }: Manifest): Promise<void> {
  await extract({ file: path, cwd: draft, strict: true, filter: (name) => name in files });
  await rm(join(draft, MANIFEST), { force: true });
  if (DOCUMENTS in files) openDocuments(join(draft, DOCUMENTS));
  if (ACCOUNTS in files) await openAccounts(draft);
}

/** The uploads first: a DATA_DIR that a server could start on has all of it. */
async function putInPlace(env: Env, draft: string): Promise<void> {
  const dir = resolve(env.DATA_DIR);
  const names = (await readdir(draft)).filter((name) => name !== UPLOADS);
  if (existsSync(join(draft, UPLOADS))) {
    // UPLOAD_DIR may be another disk.
    await cp(join(draft, UPLOADS), uploadsOf(env), { recursive: true });
  }
  for (const name of names) await rename(join(draft, name), join(dir, name));
}

/** @returns what was done, for the operator */
export async function restore(env: Env, given: string): Promise<string> {
  const path = resolve(given);
  const dir = resolve(env.DATA_DIR);
  await refuseFilled(dir, "DATA_DIR");
  await refuseFilled(uploadsOf(env), "UPLOAD_DIR");
  const manifest = await verified(path);
  refuseNewer(path, manifest);
  refuseOutside(env, manifest);
  const release = await lockDataDir(dir);
  const draft = join(dir, DRAFT);
  try {
    await rm(draft, { recursive: true, force: true }); // of a restore that was broken off
    await mkdir(draft, { mode: 0o700 });
    await unpack(path, draft, manifest);
    await putInPlace(env, draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
    await release();
  }
  return `Restored into ${dir}: ${Object.keys(manifest.files).length} files of ${manifest.created_at}.`;
}
