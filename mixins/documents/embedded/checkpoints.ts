/**
 * Brings what is in the write-ahead log into the database, in the thread aside, so that the log stays small and no
 * writer of ours ever waits for a disk; and syncs the journal before an answer, where EMBEDDED_SYNC is "full".
 */
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { type Aside } from "./aside";
import { type Database } from "./database";
import { type Journal } from "./journal";

/**
 * Pages of 4 KB in the log: when to begin, when the writer rests so that the log can begin anew, which it does by itself only
 * where nothing was written since it began to be brought in, and when it rests before the end of what is under way, for it
 * writes faster than the disk takes it in: else the log would grow without bound, and every page that is read be looked for in it.
 */
const BEGIN = 1_000;
const REST = 14_000;
const MOST = 16_000;
/** SQLite's code of it: UNAVAILABLE to callers. */
const BUSY = 5;
/** After a rest in which a reader kept the log from beginning anew. */
const NEXT_REST_MS = 5_000;

type Progress = readonly [busy: number, log: number, checkpointed: number];

export class Checkpoints {
  private running: Promise<void> | undefined;
  private wantsRest = false;
  private noRestBefore = 0;
  /** Up to where the log was brought in the last time. */
  private reached = 0;
  /** It got no further: somebody reads from there (a backup does for minutes), and until its end a rest gains nothing. */
  private held = false;
  private log: FileHandle | undefined;
  /** A sync that failed may have dropped what it was to write: until a checkpoint has written it, nothing is safe. */
  private unsafe = false;

  constructor(
    private readonly database: Database,
    private readonly aside: Aside,
    private readonly journal: Journal | undefined,
    private readonly full: boolean,
    private readonly commit: () => void,
    private readonly trouble: (what: string, error: unknown) => void,
  ) {}

  async open(): Promise<void> {
    if (!this.full || !this.journal) return;
    this.log = await open(`${this.database.path}-wal`, "r+");
    const folder = await open(dirname(this.database.path), "r");
    await folder.sync(); // the log's name
    await folder.close();
  }

  before(): Promise<void> | undefined {
    if (!this.wantsRest && !this.unsafe) return undefined;
    return this.rest();
  }

  private async rest(): Promise<void> {
    await this.running;
    this.wantsRest = false;
    this.commit(); // it waits for the end of every transaction
    const [busy, log, done] = await this.aside.ask<Progress>({ checkpoint: "RESTART" });
    if (done >= log) this.isSafe();
    if (this.unsafe) throw Object.assign(new Error("what a failed sync left is not written yet"), { errcode: BUSY });
    if (busy) this.noRestBefore = Date.now() + NEXT_REST_MS;
  }

  private isSafe(): void {
    this.unsafe = false;
    this.journal?.otherIsSafe();
  }

  /** The answers to a group wait for this. */
  after(): Promise<void> | undefined {
    return this.full && this.journal ? this.synced(this.journal.sync()) : undefined;
  }

  private async synced(sync: Promise<void>): Promise<void> {
    try {
      await sync;
    } catch (error) {
      this.unsafe = true;
      throw error;
    }
  }

  /** @param turned the journal's other file is needed until what was committed is as safe as is to be */
  committed(turned: boolean): void {
    if (!this.journal) return;
    if (turned && !this.log) this.journal.otherIsSafe();
    else if (turned && this.log)
      this.synced(this.log.datasync()).then(
        () => this.journal?.otherIsSafe(),
        (error: unknown) => this.trouble("can't sync its log", error),
      );
    this.look();
  }

  /** Asked between two transactions. */
  private progress(): Progress {
    const [progress = [0, 0, 0]] = this.database.all<Progress>("PRAGMA wal_checkpoint(NOOP)");
    return progress;
  }

  private mayRest(): boolean {
    return !this.held && Date.now() >= this.noRestBefore;
  }

  private look(): void {
    const [, pages] = this.progress();
    if (this.running) this.wantsRest ||= pages > MOST && this.mayRest();
    if (this.running || pages < BEGIN) return;
    this.running = this.aside
      .ask<Progress>({ checkpoint: "PASSIVE" })
      .then(
        ([, log, done]) => {
          this.held = done < log && done === this.reached;
          this.reached = done;
          this.wantsRest = log > REST && this.mayRest();
        },
        (error: unknown) => this.trouble("can't bring its log into the database", error),
      )
      .finally(() => (this.running = undefined));
  }

  /** The last of it, so that closing takes no time on the event loop. */
  async close(): Promise<void> {
    await this.running;
    await this.log?.close();
    if (this.database.inMemory || this.progress()[1] < BEGIN) return;
    await this.aside.ask({ checkpoint: "TRUNCATE" }).catch((error: unknown) => this.trouble("keeps a long log", error));
  }
}
