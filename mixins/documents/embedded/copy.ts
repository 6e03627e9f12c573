/** The embedded store from outside: a copy of it as it is at one moment, also while a server has it open. */
import { DatabaseSync } from "@photostructure/sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Collection, type Document } from "../types";
import { fileOf } from "./files";
import { positionIn } from "./commits";
import { Database, FORMAT, NewerDatabase } from "./database";
import { recordsSince } from "./journal";
import { recovered } from "./recovery";
import { type Scalar } from "./json";

/** Within which a server that runs commits what it has answered, unless it can't. */
const COMMITTED_MS = 10_000;

export type Rows = readonly Readonly<Record<string, string | number | null>>[];
export interface ReadOnly {
  readonly all: (sql: string, ...params: Scalar[]) => Rows;
  readonly close: () => void;
}

/** A connection that can change nothing. @throws NewerDatabase */
export function openToRead(path: string): ReadOnly {
  const driver = new DatabaseSync(path, { readOnly: true });
  driver.exec("PRAGMA busy_timeout = 5000");
  const all: ReadOnly["all"] = (sql, ...params) => driver.prepare(sql).all(...params) as Rows;
  const format = Number(all("PRAGMA user_version")[0]?.user_version);
  if (format > FORMAT) {
    driver.close();
    throw new NewerDatabase(path, format);
  }
  return { all, close: () => driver.close() };
}

/** Up to where the journal is in the database: another one after each start of a server. */
export const committedIn = ({ all }: ReadOnly): string =>
  String(all("SELECT value FROM _meta WHERE key = 'journal'")[0]?.value);

/** What the services that opened this store have declared. */
export const declaredIn = ({ all }: ReadOnly): Collection<Document>[] =>
  all("SELECT value FROM _meta WHERE key GLOB 'collection *' ORDER BY key").map(
    ({ value }) => JSON.parse(String(value)) as Collection<Document>,
  );

/** How many records of the journal the database does not have yet. */
export function uncommitted({ all }: ReadOnly, path: string): number {
  if (all("SELECT 1 FROM sqlite_schema WHERE name = '_meta'").length === 0) return 0;
  const meta = (key: string): Scalar | undefined => all(`SELECT value FROM _meta WHERE key = '${key}'`)[0]?.value;
  const from = positionIn({ meta });
  return from ? [...recordsSince(path, from)].length : 0;
}

/** What was answered before this call is in the database: the server that has it commits, or there is none and we do. */
export async function settled(path: string, served: boolean): Promise<void> {
  if (!served) {
    const database = new Database(path);
    const journal = recovered(database, false);
    database.close();
    return journal.close();
  }
  const reading = openToRead(path);
  try {
    const before = committedIn(reading);
    for (
      const until = Date.now() + COMMITTED_MS;
      committedIn(reading) === before && uncommitted(reading, path) > 0;
      await sleep(20)
    )
      if (Date.now() > until) throw new Error("The server can't commit what it has answered: is its disk full?");
  } finally {
    reading.close();
  }
}

/**
 * Writes the store of `dataDir` into a new file; writers go on meanwhile, into their log.
 * @param served a server has it open
 */
export async function copyTo(dataDir: string, path: string, served: boolean): Promise<void> {
  await settled(fileOf(dataDir), served);
  const database = openToRead(fileOf(dataDir));
  try {
    database.all(`VACUUM INTO '${path.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}
