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

interface Outcome {
  readonly job: Waiting;
  /** Why it was refused. */
  readonly error: Error | undefined;
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
  settled(): Promise<void> | undefined {
    if (this.closed) throw fail("UNAVAILABLE", "The store is closed.");
    return this.unsettled;
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
    try {
      // A savepoint costs as much as the write in it: they are set only where one of these writes has been refused.
      const outcomes = this.attempt(jobs, false) ?? this.attempt(jobs, true) ?? [];
      if (outcomes.length < jobs.length) this.waiting = [...jobs.slice(outcomes.length), ...this.waiting];
      this.answer(outcomes);
    } catch (error) {
      this.takeBack();
      this.refuse(jobs, error);
    }
  }

  /**
   * One transaction of as many as there is time for; undefined, with nothing stored, when one among several was refused
   * and they had no savepoints.
   * @throws what ends the whole group
   */
  private attempt(jobs: readonly Waiting[], apart: boolean): Outcome[] | undefined {
    const end = performance.now() + LONGEST_MS;
    const outcomes: Outcome[] = [];
    this.database.run("BEGIN IMMEDIATE");
    for (const job of jobs) {
      const error = apart ? this.appliedApart(job) : this.applied(job);
      outcomes.push({ job, error });
      if (error && !apart) {
        this.takeBack();
        return jobs.length > 1 ? undefined : outcomes;
      }
      if (performance.now() > end) break;
    }
    this.database.run("COMMIT");
    return outcomes;
  }

  /** Why this one was refused. @throws what ends the whole group */
  private applied(job: Waiting): Error | undefined {
    try {
      job.apply();
      return undefined;
    } catch (error) {
      if (isTrouble(error) || !this.database.inTransaction) throw error;
      return error as Error;
    }
  }

  /** The same, with nothing of it stored. */
  private appliedApart(job: Waiting): Error | undefined {
    this.database.run("SAVEPOINT one");
    const error = this.applied(job);
    if (error) this.database.run("ROLLBACK TO one");
    this.database.run("RELEASE one");
    return error;
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

  private answer(outcomes: readonly Outcome[]): void {
    const all = (): void => outcomes.forEach(({ job, error }) => job.done(error));
    const safe = this.upkeep.after();
    if (!safe) return all();
    const unsafe = (error: unknown): void => {
      outcomes.forEach((outcome) => outcome.error && outcome.job.done(outcome.error));
      this.refuse(
        outcomes.filter((outcome) => !outcome.error).map(({ job }) => job),
        error,
      );
    };
    this.unsettled = safe.then(all, unsafe).finally(() => (this.unsettled = undefined));
  }

  /** Ends after what was asked for before it. */
  async close(): Promise<void> {
    this.closed = true;
    await this.working;
    await this.unsettled;
  }
}
