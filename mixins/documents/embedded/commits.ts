/**
 * The transaction that groups of writes share, the journal that has what is in it, and the commit that ends it: after a
 * moment, when it has grown, and before another connection is to see it. Where it comes to nothing it is made anew from
 * the journal.
 */
import { fail } from "../../../contracts/errors";
import { type Changes, linesOf } from "./changes";
import { type Database } from "./database";
import { type Journal, type Position } from "./journal";
import { type Table } from "./table";

/** How long, and of how many rows, a transaction may be: a commit is to hold the event loop for a few milliseconds. */
const LONGEST_MS = 500;
const MOST_ROWS = 1_000;
/** Where many rows take longer than that (a large database, whose keys lie far apart), fewer are committed at once. */
const HOLD_MS = 6;
const FEWEST_ROWS = 100;
/** Between two attempts where there is no room: each makes the transaction anew. */
const REST_MS = 50;
const COMMITTED = "journal";

export const positionIn = (database: Pick<Database, "meta">): Position | undefined => {
  const [store, generation, offset] = String(database.meta(COMMITTED) ?? "").split(":");
  return offset === undefined
    ? undefined
    : { store: Number(store), generation: Number(generation), offset: Number(offset) };
};
export const writePosition = (database: Database, { store, generation, offset }: Position): void =>
  database.setMeta(COMMITTED, `${store}:${generation}:${offset}`);

export interface Committed {
  /** @param turned the journal went on in its other file: the first is needed until the commit is as safe as is to be */
  (turned: boolean): void;
}

export class Commits {
  private committed: Position | undefined;
  private rows = 0;
  /** As many as lately took about `HOLD_MS`. */
  private most = MOST_ROWS;
  private due: NodeJS.Timeout | undefined;
  /** What was answered and is in the journal alone; nothing can be written or read until it is made anew. */
  private lost = false;
  /** A commit has failed: nothing is written until one comes through. */
  private blocked = false;
  private restUntil = 0;

  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    /** By name. */
    private readonly tables: ReadonlyMap<string, Table>,
    /** Undefined in memory. */
    private readonly journal: Journal | undefined,
    private readonly onCommit: Committed,
  ) {
    this.committed = journal?.position;
  }

  /** @throws UNAVAILABLE */
  begin(): void {
    if (this.blocked || this.lost) this.commit();
    if (!this.database.inTransaction) {
      this.database.run("BEGIN IMMEDIATE");
      this.due = setTimeout(() => this.commitDue(), LONGEST_MS).unref();
    }
    this.changes.recording = true;
  }

  /** What was changed since `begin` is in the journal from here on. @throws with nothing of it left */
  keep(): void {
    const { changes, journal } = this;
    this.rows += changes.count;
    try {
      const lines = changes.lines();
      if (lines !== "") journal?.append(lines);
      changes.end();
    } catch (error) {
      this.undo(0);
      changes.end();
      throw error;
    }
    if (!journal || this.rows >= this.most) this.commitDue();
  }

  /** What one write has changed since there were so many changes. */
  undo(since: number): void {
    try {
      if (!this.database.inTransaction) throw new Error("SQLite has taken the transaction back");
      this.changes.undo(since);
    } catch (error) {
      this.takeBack(error);
    }
  }

  /** Everything since the last commit, and makes anew what is in the journal of it. @throws what it was told */
  takeBack(error: unknown): never {
    this.changes.end();
    if (!this.lost) this.redo();
    throw error as Error;
  }

  /** Before a table is read here. @throws UNAVAILABLE */
  settle(table: Table): void {
    if (this.lost) this.commit();
    try {
      table.settle();
    } catch (error) {
      this.redo();
      throw unavailable(error);
    }
  }

  /** Other connections see all that was written. @throws UNAVAILABLE */
  commit(): void {
    if (!this.database.inTransaction && !this.lost) return;
    if ((this.blocked || this.lost) && Date.now() < this.restUntil) throw unavailable();
    if (this.lost) this.redo();
    if (this.lost) throw unavailable();
    const began = performance.now();
    try {
      const next = this.journal?.next;
      for (const table of this.tables.values()) table.complete();
      if (next) writePosition(this.database, next);
      this.database.run("COMMIT");
      this.paced(performance.now() - began);
      this.ended(next);
    } catch (error) {
      this.blocked = true;
      this.restUntil = Date.now() + REST_MS;
      this.redo();
      throw unavailable(error);
    }
  }

  /** Half as many after one that was long; of a short one that was not small, a few more. */
  private paced(took: number): void {
    if (took <= HOLD_MS) {
      if (this.rows >= this.most / 2) this.most = Math.min(MOST_ROWS, this.most + FEWEST_ROWS);
    } else if (this.rows > FEWEST_ROWS) this.most = Math.max(FEWEST_ROWS, Math.min(this.most, this.rows) >> 1);
  }

  private ended(next: Position | undefined): void {
    clearTimeout(this.due);
    this.rows = 0;
    this.blocked = false;
    this.committed = next;
    this.onCommit(next !== undefined && this.journal !== undefined && this.journal.goOn(next));
  }

  /** Nobody waits for it: where it fails the next write or read says so. */
  private commitDue(): void {
    try {
      this.commit();
    } catch {
      this.due = setTimeout(() => this.commitDue(), REST_MS).unref();
    }
  }

  /** The open transaction as the journal has it. */
  private redo(): void {
    const { database, journal, committed } = this;
    try {
      if (database.inTransaction) database.run("ROLLBACK");
      for (const table of this.tables.values()) table.forget();
      database.run("BEGIN IMMEDIATE");
      if (journal && committed)
        for (const record of journal.since(committed)) {
          for (const [name, n, text] of linesOf(record)) this.tables.get(name)?.replay(n, text);
        }
      this.lost = false;
    } catch {
      this.lost = true;
      this.restUntil = Date.now() + REST_MS;
    }
  }

  /** The last of it. @throws UNAVAILABLE: the next start has it from the journal */
  close(): void {
    clearTimeout(this.due);
    try {
      this.commit();
    } finally {
      clearTimeout(this.due);
      if (this.database.inTransaction) this.database.run("ROLLBACK");
    }
  }
}

const unavailable = (cause?: unknown): Error =>
  Object.assign(fail("UNAVAILABLE", "The store can't be written."), cause === undefined ? {} : { cause });
