/** The one SQLite database of a node, DATA_DIR/chat.db: opened by its first collection, closed after its last. */
import { type DatabaseSyncInstance as Driver, DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";
import { NO_DIR } from "../../../platform/data-dir";
import { type Scalar } from "./json";

/** Raised when a program could misread what a newer one wrote. */
export const FORMAT = 3;
/** "chat", so that `file` and others know whose database it is. */
const APPLICATION_ID = 0x63686174;
/** Statements kept prepared; filters have as many shapes as the code asks for, and a few with lists of conditions. */
const MOST_PREPARED = 400;

export class NewerDatabase extends Error {
  constructor(path: string, format: number) {
    super(
      `${path} was written by a newer version of this program (format ${format}, this one knows ${FORMAT}). Start that version, or restore a backup.`,
    );
    this.name = "NewerDatabase";
  }
}

export const IN_MEMORY = NO_DIR; // SQLite's own name for it

/** Of every connection: in WAL mode a commit survives the death of the process, and readers never wait for the writer. */
export const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA temp_store = MEMORY;
  PRAGMA busy_timeout = 5000;
`;

export class Database {
  private readonly driver: Driver;
  private readonly prepared = new Map<string, StatementSyncInstance>();

  /** @throws NewerDatabase */
  constructor(readonly path: string) {
    this.driver = new DatabaseSync(path);
    try {
      this.refuseNewer();
      this.driver.exec(PRAGMAS);
      // Checkpoints are made aside (see aside.ts): here they would hold the event loop. What 8 MB of pages don't have the
      // system's own memory has: with 16 a write costs as much.
      this.driver.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8000;");
      this.driver.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT};`);
      this.driver.exec("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    } catch (error) {
      this.driver.close();
      throw error;
    }
  }

  private refuseNewer(): void {
    const [format] = this.driver.prepare("PRAGMA user_version").all() as { user_version: number }[];
    if (format && format.user_version > FORMAT) throw new NewerDatabase(this.path, format.user_version);
  }

  get inMemory(): boolean {
    return this.path === IN_MEMORY;
  }

  private statement(sql: string): StatementSyncInstance {
    let statement = this.prepared.get(sql);
    if (!statement) {
      const [oldest] = this.prepared.keys();
      if (oldest !== undefined && this.prepared.size >= MOST_PREPARED) this.prepared.delete(oldest);
      statement = this.driver.prepare(sql);
      statement.setReturnArrays(true);
      this.prepared.set(sql, statement);
    }
    return statement;
  }

  /** Each row as the list of its columns. */
  all<R extends readonly unknown[]>(sql: string, params: readonly Scalar[] = []): R[] {
    return this.statement(sql).all(...params) as R[];
  }

  run(sql: string, params: readonly Scalar[] = []): void {
    this.statement(sql).run(...params);
  }

  /** The steps by which SQLite would answer. */
  plan(sql: string): string[] {
    const rows = this.driver.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
    return rows.map(({ detail }) => detail);
  }

  get inTransaction(): boolean {
    return this.driver.isTransaction;
  }

  meta(key: string): Scalar | undefined {
    return this.all<[Scalar]>("SELECT value FROM _meta WHERE key = ?", [key])[0]?.[0];
  }

  setMeta(key: string, value: Scalar): void {
    this.run("INSERT OR REPLACE INTO _meta VALUES (?, ?)", [key, value]);
  }

  /** Makes one change of the file, wholly or not at all. */
  alone<T>(change: () => T): T {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.run("COMMIT");
      return result;
    } catch (error) {
      if (this.inTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.prepared.clear();
    this.driver.close();
  }
}
