/**
 * A NeDB datastore with two parts exchanged: its indexes (NeDB scans for all but one equal field) by `Memory`, and one
 * file append per write by one for all writes that wait. What is not in the file yet nobody reads.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import Datastore from "@seald-io/nedb";
import { fail } from "../../../contracts/errors";
import { stored } from "./copy";
import { Log, mendTail } from "./log";
import { type AnyFilter, type Doc } from "./match";
import { type Memory } from "./memory";

/** Writes that may wait for the disk; a full queue answers at once. */
const MOST_WAITING = 50_000;
/** Outdated lines before a file is rewritten, if they also outnumber the documents. */
const OUTDATED = 20_000;

/** How often lazy indexes take in some of what they lack: a few while writes come, more when it is quiet. */
const TIDY_MS = 100;
const TIDY_BUSY = 100;
const TIDY_IDLE = 1_000;

/** Documents that a lazy index takes in at once when a question needs it. */
const PREPARED = 500;

type Job = (transaction: Transaction) => void;
interface Waiting {
  readonly apply: Job;
  readonly done: (error?: Error) => void;
}

const lineOf = (doc: Doc): string => `${JSON.stringify(doc)}\n`;

/** Changes of memory that can be taken back until their lines are in the file. */
export class Transaction {
  private readonly undo: (() => void)[] = [];
  private readonly lines: string[] = [];
  outdated = 0;

  constructor(private readonly memory: Memory) {}

  add(doc: Doc): void {
    const line = lineOf(doc);
    this.memory.add(doc);
    this.undo.push(() => this.memory.remove(doc));
    this.lines.push(line);
  }
  replace(old: Doc, doc: Doc): void {
    const line = lineOf(doc);
    this.memory.replace(old, doc);
    this.undo.push(() => this.memory.replace(doc, old));
    this.lines.push(line);
    this.outdated++;
  }
  remove(doc: Doc): void {
    this.memory.remove(doc);
    this.undo.push(() => this.memory.add(doc));
    this.lines.push(`${JSON.stringify({ $$deleted: true, _id: doc._id })}\n`);
    this.outdated += 2;
  }

  mark(): number {
    return this.undo.length;
  }
  rollBack(mark: number): void {
    for (let i = this.undo.length - 1; i >= mark; i--) this.undo[i]?.();
    this.undo.length = mark;
    this.lines.length = mark;
  }
  text(): string {
    return this.lines.join("");
  }
}

export class Table extends Datastore {
  readonly memory: Memory;
  declare private readonly executor: { pushAsync(task: () => Promise<void>): Promise<void> };
  private readonly file: string;
  private log: Log | undefined;
  private waiting: Waiting[] = [];
  private working: Promise<void> | undefined;
  private flushing: Promise<void> | undefined;
  private compacting: Promise<void> | undefined;
  private outdated = 0;
  private tidying: NodeJS.Timeout | undefined;
  private quiet = true;

  constructor(
    filename: string,
    memory: Memory,
    private readonly onTrouble: (what: string, error: unknown) => void,
  ) {
    super({ filename });
    this.file = filename;
    this.memory = memory;
  }

  override async loadDatabaseAsync(): Promise<void> {
    await mendTail(this.file);
    await super.loadDatabaseAsync();
    this.log = await Log.open(this.file);
  }

  // NeDB's loader and compaction ask these for what is in memory.
  _resetIndexes(docs: Doc[] = []): void {
    this.memory.reset(docs.map(stored));
  }
  override getAllData<T>(): T[] {
    return [...this.memory.all()] as T[];
  }

  /** Reads what is in the file: behind the writes that are on their way there, before those that wait. */
  async read<T>(filter: AnyFilter, ask: (memory: Memory) => T): Promise<T> {
    if (!this.log) throw fail("UNAVAILABLE", "The store is closed.");
    while (this.memory.prepare(filter, PREPARED)) await turnOfTheLoop();
    while (this.flushing) await this.flushing;
    return ask(this.memory);
  }

  /** Resolves when the changes survive the death of this process; rejects when none of them was made. */
  write<T>(change: (transaction: Transaction, memory: Memory) => T): Promise<T> {
    if (!this.log) return Promise.reject(fail("UNAVAILABLE", "The store is closed."));
    if (this.waiting.length >= MOST_WAITING) return Promise.reject(fail("UNAVAILABLE", "Too many writes wait."));
    return new Promise((resolve, reject) => {
      let result: T;
      this.waiting.push({
        apply: (transaction) => {
          result = change(transaction, this.memory);
        },
        done: (error) => (error === undefined ? resolve(result) : reject(error)),
      });
      this.working ??= this.work();
    });
  }

  /** Always behind the events of this turn of the loop: what they write together shares one append. */
  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      await turnOfTheLoop();
      await this.executor.pushAsync(() => this.group());
    }
    this.working = undefined;
  }

  /** All writes that wait, in order, with one append. One that is refused leaves the others alone. */
  private async group(): Promise<void> {
    const transaction = new Transaction(this.memory);
    const applied: Waiting[] = [];
    for (const job of this.waiting.splice(0)) {
      const mark = transaction.mark();
      try {
        job.apply(transaction);
        applied.push(job);
      } catch (error) {
        transaction.rollBack(mark);
        job.done(error as Error);
      }
    }
    this.quiet = false;
    this.tidying ??= setTimeout(() => this.tidy(), TIDY_MS).unref();
    const text = transaction.text();
    const error = text === "" ? undefined : await this.flush(transaction, text);
    for (const job of applied) job.done(error);
  }

  private tidy(): void {
    const more = this.memory.tidy(this.quiet ? TIDY_IDLE : TIDY_BUSY);
    const again = more || !this.quiet;
    this.quiet = true;
    this.tidying = again ? setTimeout(() => this.tidy(), TIDY_MS).unref() : undefined;
  }

  private async flush(transaction: Transaction, text: string): Promise<Error | undefined> {
    let flushed = (): void => undefined;
    this.flushing = new Promise((resolve) => (flushed = resolve));
    try {
      await this.log?.append(text);
      this.outdated += transaction.outdated;
      this.compactIfDue();
      return undefined;
    } catch (error) {
      transaction.rollBack(0);
      this.onTrouble("can't be written", error);
      return fail("UNAVAILABLE", "The store can't be written.");
    } finally {
      this.flushing = undefined;
      flushed();
    }
  }

  private compactIfDue(): void {
    const { log } = this;
    if (!log || log.rewriting || this.outdated < Math.max(OUTDATED, this.memory.size)) return;
    const before = this.outdated;
    const lines = [...this.memory.all()].map((doc) => () => lineOf(doc));
    this.compacting = log
      .rewrite(lines, (task) => this.executor.pushAsync(task))
      .then(
        () => void (this.outdated -= before),
        (error: unknown) => this.onTrouble("can't be compacted", error),
      );
  }

  /** Ends after what was asked for before it. */
  async close(): Promise<void> {
    await this.working;
    await this.compacting;
    clearTimeout(this.tidying);
    const { log } = this;
    this.log = undefined;
    await log?.close();
  }
}
