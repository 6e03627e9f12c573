/**
 * All writes of a node, one transaction for those of one turn of the event loop. Each of them is whole or not there;
 * one that is refused leaves the others alone. They are answered when they will survive what EMBEDDED_SYNC says.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { fail } from "../../../contracts/errors";
import { type Database } from "./database";
import { isTrouble } from "./trouble";

/** Writes that may wait; a full queue answers at once. */
const MOST_WAITING = 50_000;
/** One transaction takes what it can in this time, so that others get their turn of the loop; then the next begins. */
const LONGEST_MS = 5;

interface Waiting {
  readonly apply: () => void;
  readonly done: (error?: Error) => void;
}

export interface Upkeep {
  /** Before a group, with nothing under way: the time for what needs the writer to rest. */
  readonly before: () => Promise<void> | undefined;
  /** Resolves when what was committed is as safe as it is to be; undefined where it is already. */
  readonly after: () => Promise<void> | undefined;
  /** A group was taken back. */
  readonly takenBack: () => void;
  readonly trouble: (what: string, error: unknown) => void;
}

export class Writer {
  private waiting: Waiting[] = [];
  private working: Promise<void> | undefined;
  /** Committed, and not as safe yet as is to be: who reads waits for it. */
  private unsettled: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly upkeep: Upkeep,
  ) {}

  /** Rejects when nothing of the change was made. */
  write<T>(change: () => T): Promise<T> {
    if (this.closed) return Promise.reject(fail("UNAVAILABLE", "The store is closed."));
    if (this.waiting.length >= MOST_WAITING) return Promise.reject(fail("UNAVAILABLE", "Too many writes wait."));
    return new Promise((resolve, reject) => {
      let result: T;
      this.waiting.push({
        apply: () => {
          result = change();
        },
        done: (error) => (error === undefined ? resolve(result) : reject(error)),
      });
      this.working ??= this.work();
    });
  }

  /** What is read after this is as safe as an answer to a write. */
  async settled(): Promise<void> {
    if (this.closed) throw fail("UNAVAILABLE", "The store is closed.");
    while (this.unsettled) await this.unsettled;
  }

  /** Always behind the events of this turn of the loop: what they write together shares one transaction. */
  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      await turnOfTheLoop();
      try {
        await this.upkeep.before();
      } catch (error) {
        this.refuse(this.waiting.splice(0), error);
        continue;
      }
      this.group();
      await this.unsettled;
    }
    this.working = undefined;
  }

  private group(): void {
    const jobs = this.waiting;
    this.waiting = [];
    const applied: Waiting[] = [];
    const refused: (() => void)[] = [];
    const end = performance.now() + LONGEST_MS;
    let next = 0;
    try {
      this.database.run("BEGIN IMMEDIATE");
      while (next < jobs.length && (next === 0 || performance.now() < end)) {
        const job = jobs[next++] as Waiting;
        const error = this.applied(job);
        if (error) refused.push(() => job.done(error));
        else applied.push(job);
      }
      this.database.run("COMMIT");
    } catch (error) {
      this.takeBack();
      this.refuse(jobs, error);
      return;
    }
    if (next < jobs.length) this.waiting = [...jobs.slice(next), ...this.waiting];
    for (const answer of refused) answer();
    this.answer(applied);
  }

  /** Why this one was refused, with nothing of it stored. @throws what ends the whole group */
  private applied(job: Waiting): Error | undefined {
    this.database.run("SAVEPOINT one");
    try {
      job.apply();
      this.database.run("RELEASE one");
      return undefined;
    } catch (error) {
      if (isTrouble(error) || !this.database.inTransaction) throw error;
      this.database.run("ROLLBACK TO one");
      this.database.run("RELEASE one");
      return error as Error;
    }
  }

  private takeBack(): void {
    if (this.database.inTransaction) this.database.run("ROLLBACK");
    this.upkeep.takenBack();
  }

  private refuse(jobs: readonly Waiting[], error: unknown): void {
    this.upkeep.trouble("can't be written", error);
    const answer = fail("UNAVAILABLE", "The store can't be written.");
    for (const job of jobs) job.done(answer);
  }

  private answer(jobs: readonly Waiting[]): void {
    const safe = this.upkeep.after();
    if (!safe) {
      for (const job of jobs) job.done();
      return;
    }
    this.unsettled = safe
      .then(
        () => jobs.forEach((job) => job.done()),
        (error: unknown) => this.refuse(jobs, error),
      )
      .finally(() => (this.unsettled = undefined));
  }

  /** Ends after what was asked for before it. */
  async close(): Promise<void> {
    this.closed = true;
    await this.working;
    await this.unsettled;
  }
}
