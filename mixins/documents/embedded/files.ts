/** Where the embedded store keeps what: one database in DATA_DIR, and beside it what it was made from. */
import { join, resolve } from "node:path";

export const fileOf = (dataDir: string): string => join(resolve(dataDir), "chat.db");
/** Files of the format before: one a collection. */
export const oldFolderOf = (dataDir: string): string => join(resolve(dataDir), "documents");
export const keptFolderOf = (dataDir: string): string => join(resolve(dataDir), "old");
