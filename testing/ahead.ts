/** Begins what a first start waits for longest while the program is still being loaded: to be imported before that. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { unpackApart } from "../mixins/sql/prepared";
import { backendData } from "./orders";

const { DATA_DIR, POSTGRES_URL } = backendData().env;
const folder = DATA_DIR === undefined || POSTGRES_URL !== undefined ? undefined : join(DATA_DIR, "pg");

/** Settled before the backend starts: where it failed the backend does it itself, and says why it can't. */
export const databaseUnpacked: Promise<unknown> =
  folder === undefined || existsSync(folder) ? Promise.resolve() : unpackApart(folder).catch(() => undefined);
