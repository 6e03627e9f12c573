/** What of DATA_DIR belongs into a backup, and under which name. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Env } from "../../contracts/env";
import { projectRoot } from "../../platform/root";
import { FORMAT } from "../../mixins/documents/embedded/database";
import { type Versions } from "./archive";

export const DOCUMENTS = "chat.db";
export const ACCOUNTS = "accounts.tar.gz";
export const UPLOADS = "uploads";

/**
 * Stores, which are copied by their own means; what a start makes anew; and what they were made from (`old`).
 * The rest is files: secrets, dead letters, mails.
 */
const NOT_FILES =
  /^(chat\.db(-wal|-shm|-journal|-turns\.[01])?|pg|pg\.unpacking|lock\.sock|documents|old|accounts-dump-.*|\.restoring)$/;

export const uploadsOf = (env: Env): string => resolve(env.UPLOAD_DIR ?? join(env.DATA_DIR, UPLOADS));

/** Where the bytes of an upload are (see platform/files/local.ts). */
export const fileStoreAt = (env: Env, key: string): string => join(uploadsOf(env), "objects", key.slice(22, 24), key);

async function* filesIn(
  folder: string,
  prefix: string,
  skip: (name: string) => boolean,
): AsyncGenerator<[string, string]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return [];
  });
  for (const entry of entries) {
    if (skip(entry.name)) continue;
    const [path, full] = [prefix + entry.name, join(folder, entry.name)];
    if (entry.isDirectory()) yield* filesIn(full, `${path}/`, () => false);
    else if (entry.isFile()) yield [path, full];
  }
}

/** Names in the archive, and where the files are. */
export async function* filesOf(env: Env): AsyncGenerator<[path: string, from: string]> {
  yield* filesIn(resolve(env.DATA_DIR), "", (name) => NOT_FILES.test(name) || name === UPLOADS);
  if (env.UPLOAD_STORE === "local") yield* filesIn(uploadsOf(env), `${UPLOADS}/`, (name) => name === "unfinished");
}

export function versions(): Versions {
  const { version, dependencies } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
    version: string;
    dependencies: Record<string, string>;
  };
  return { version, pglite: dependencies["@electric-sql/pglite"] ?? "", documents: FORMAT };
}
