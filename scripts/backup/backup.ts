/** `npm run chat -- backup`: the embedded stores and the files of DATA_DIR into one archive, also while a server runs. */
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { type Env } from "../../contracts/env";
import { copyTo } from "../../mixins/documents/embedded/copy";
import { fileOf } from "../../mixins/documents/embedded/files";
import { startEmbedded } from "../../mixins/sql/embedded";
import { DataDirInUse, lockDataDir } from "../../platform/data-dir";
import { type Operator } from "../operators/session";
import { ArchiveWriter } from "./archive";
import { ACCOUNTS, DOCUMENTS, filesOf, versions } from "./places";

type Enter = () => Promise<Operator>;

/** The server that holds DATA_DIR writes the dump into it: nobody else may open that database. */
async function dumpByServer(env: Env, to: string, enter: Enter): Promise<void> {
  const operator = await enter();
  try {
    const { file } = await operator.ask<{ file: string }>("POST", "/admin/backup");
    const from = join(resolve(env.DATA_DIR), file);
    if (!existsSync(from))
      throw new Error(
        `The server that answered has another DATA_DIR than ${resolve(env.DATA_DIR)}. (--url, or CHAT_URL)`,
      );
    await moved(from, to);
  } finally {
    await operator.leave();
  }
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyFile(from, to);
    await rm(from, { force: true });
  }
}

async function dumpAlone(env: Env, to: string): Promise<void> {
  const embedded = await startEmbedded(env.DATA_DIR, (error) => console.error(error.message));
  try {
    await embedded.dump(to);
  } finally {
    await embedded.stop();
  }
}

/** Undefined while a server holds it. */
async function lock(dir: string): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lockDataDir(dir);
  } catch (error) {
    if (error instanceof DataDirInUse) return undefined;
    throw error;
  }
}

function refuseUseless(env: Env, path: string): void {
  const dir = resolve(env.DATA_DIR);
  if (env.MONGODB_URI && env.POSTGRES_URL)
    throw new Error("Nothing is embedded here: MONGODB_URI and POSTGRES_URL are set. Use mongodump and pg_dump.");
  if (existsSync(path)) throw new Error(`${path} is there already.`);
  if (!relative(dir, path).startsWith("..")) throw new Error(`${path} lies in DATA_DIR: a backup belongs elsewhere.`);
  if (!env.MONGODB_URI && !existsSync(fileOf(dir))) throw new Error(`There is no ${fileOf(dir)} to back up.`);
  if (!env.POSTGRES_URL && !existsSync(join(dir, "pg"))) throw new Error(`There is no ${join(dir, "pg")} to back up.`);
}

/**
 * Documents first, then accounts, then files: whom and what a message names is there when it is copied, and so is in the
 * archive.
 */
async function fill(archive: ArchiveWriter, env: Env, work: string, enter: Enter | undefined): Promise<void> {
  if (!env.MONGODB_URI) {
    await copyTo(env.DATA_DIR, join(work, DOCUMENTS), enter !== undefined);
    await archive.take(DOCUMENTS, join(work, DOCUMENTS));
  }
  if (!env.POSTGRES_URL) {
    await (enter ? dumpByServer(env, join(work, ACCOUNTS), enter) : dumpAlone(env, join(work, ACCOUNTS)));
    await archive.take(ACCOUNTS, join(work, ACCOUNTS));
  }
  for await (const [path, from] of filesOf(env)) await archive.add(path, from);
}

/**
 * @param enter into the server, for the case that one runs
 * @returns what was done, for the operator
 */
export async function backUp(env: Env, given: string, enter: Enter): Promise<string> {
  const path = resolve(given);
  refuseUseless(env, path);
  const release = await lock(env.DATA_DIR);
  const work = await mkdtemp(join(dirname(path), ".backup-"));
  const archive = await ArchiveWriter.create(path);
  try {
    await fill(archive, env, work, release ? undefined : enter);
    const { count, bytes } = await archive.end(versions());
    const outside = [
      ...(env.MONGODB_URI ? ["documents (mongodump)"] : []),
      ...(env.POSTGRES_URL ? ["accounts (pg_dump)"] : []),
      ...(env.UPLOAD_STORE === "s3" ? [`files in the bucket ${env.S3_BUCKET}`] : []),
    ];
    const not = outside.length ? ` Not in it: ${outside.join(", ")}.` : "";
    return `${path}: ${count} files, ${(bytes / 2 ** 20).toFixed(1)} MB, ${release ? "no server was running" : "while the server ran"}.${not}`;
  } catch (error) {
    await archive.abandon();
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
    await release?.();
  }
}
