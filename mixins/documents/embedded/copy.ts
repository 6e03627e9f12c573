/** The embedded store from outside: a copy of it as it is at one moment, also while a server has it open. */
import { DatabaseSync } from "@photostructure/sqlite";
import { fileOf } from "./files";
import { FORMAT, NewerDatabase } from "./database";

export type Rows = readonly Readonly<Record<string, string | number | null>>[];
export interface ReadOnly {
  readonly all: (sql: string) => Rows;
  readonly close: () => void;
}

/** A connection that can change nothing. @throws NewerDatabase */
export function openToRead(path: string): ReadOnly {
  const driver = new DatabaseSync(path, { readOnly: true });
  driver.exec("PRAGMA busy_timeout = 5000");
  const all = (sql: string): Rows => driver.prepare(sql).all() as Rows;
  const format = Number(all("PRAGMA user_version")[0]?.user_version);
  if (format > FORMAT) {
    driver.close();
    throw new NewerDatabase(path, format);
  }
  return { all, close: () => driver.close() };
}

/** Writes the store of `dataDir` into a new file; writers go on meanwhile, into their log. */
export function copyTo(dataDir: string, path: string): void {
  const database = openToRead(fileOf(dataDir));
  try {
    database.all(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}
