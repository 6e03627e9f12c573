/** This machine: Node, the folder of the stores and who may read it, room on the disk, letters that died. */
import { constants } from "node:fs";
import { access, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Env } from "../../contracts/env";
import { fileOf } from "../../mixins/documents/embedded/files";
import { NO_DIR } from "../../platform/data-dir";
import { doubtful, fine, type Finding, wrong } from "./finding";

const OLDEST_NODE = 20;
const MB = 2 ** 20;

export function nodeVersion(version = process.version): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major < OLDEST_NODE) return wrong(`Node.js ${version} is too old`, `install ${OLDEST_NODE} or newer`);
  if (major % 2 === 1) return doubtful(`Node.js ${version} is no version with long support`, "install an even one");
  return fine(`Node.js ${version}`);
}

/** @param free bytes that this user may write, and of how many */
export function room(folder: string, free: number, all: number): Finding {
  const told = `${Math.floor(free / MB)} MB free of ${Math.floor(all / MB)} on the disk of ${folder}`;
  if (free < 100 * MB) return wrong(told, "make room: nothing can be stored on a full disk");
  if (free < 1024 * MB || free < all * 0.05) return doubtful(told, "make room before it is full");
  return fine(told);
}

async function* folder(dir: string): AsyncGenerator<Finding> {
  const found = await stat(dir).catch(() => undefined);
  if (!found) {
    const parent = dirname(dir);
    const may = await access(parent, constants.W_OK).then(
      () => true,
      () => false,
    );
    yield may
      ? fine(`DATA_DIR ${dir}: made at the first start`)
      : wrong(`DATA_DIR ${dir} is not there, and can't be made`, `make it, and give it to the user of the server`);
    return;
  }
  if (!found.isDirectory()) {
    yield wrong(`DATA_DIR ${dir} is no folder`, "name a folder");
    return;
  }
  const may = await access(dir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!may) yield wrong(`DATA_DIR ${dir} can't be written by this user`, "give it to the user of the server: chown");
  if (found.mode & 0o007)
    yield doubtful(`every user of this machine may look into DATA_DIR ${dir}`, `chmod 700 ${dir}`);
  const { bavail, blocks, bsize } = await statfs(dir);
  yield room(dir, bavail * bsize, blocks * bsize);
}

async function* keys(dir: string): AsyncGenerator<Finding> {
  const path = join(dir, "secrets.json");
  const found = await stat(path).catch(() => undefined);
  if (found && found.mode & 0o077)
    yield wrong(`others may read ${path}: who has it can sign tokens`, `chmod 600 ${path}`);
}

const LONG_LOG = 256 * MB;

async function* log(dir: string): AsyncGenerator<Finding> {
  const found = await stat(`${fileOf(dir)}-wal`).catch(() => undefined);
  if (found && found.size > LONG_LOG)
    yield doubtful(
      `chat.db-wal has ${Math.floor(found.size / MB)} MB: something reads for so long that it can't be taken in`,
      "end a backup or another reader that hangs; it becomes short by itself",
    );
}

async function* letters(dir: string): AsyncGenerator<Finding> {
  const names = await readdir(join(dir, "dead-letters")).catch(() => []);
  const count = names.filter((name) => name.endsWith(".json")).length;
  if (count > 0)
    yield doubtful(
      `${count} facts could not be digested (${join(dir, "dead-letters")})`,
      "read why in them, then replay",
    );
}

export async function* machine(env: Env): AsyncGenerator<Finding> {
  yield nodeVersion();
  if (env.DATA_DIR === NO_DIR) return;
  const dir = resolve(env.DATA_DIR);
  yield* folder(dir);
  yield* keys(dir);
  yield* log(dir);
  yield* letters(dir);
}
