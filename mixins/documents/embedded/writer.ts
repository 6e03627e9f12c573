/**
 * All writes of a node. Those of one turn of the event loop are a group: each of them is whole or not there, and one that is
 * refused leaves the others alone. They are made in a transaction that stays open, written to the journal together and
 * answered when they will survive what EMBEDDED_SYNC says; many groups share one commit.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { fail } from "../../../contracts/errors";
import { type Changes } from "./changes";
import { type Commits } from "./commits";
import { isTrouble } from "./trouble";

/** Writes that may wait; a full queue answers at once. */
const MOST_WAITING = 50_000;
/** One group takes what it can in this time, so that others get their turn of the loop; then the next begins. */
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
  /** Resolves when what was written is as safe as it is to be; undefined where it is already. */
  readonly after: () => Promise<void> | undefined;
  readonly trouble: (what: string, error: unknown) => void;
}

export class Writer {
  private waiting: Waiting[] = [];
  private working: Promise<void> | undefined;
  /** Written, and not as safe yet as is to be: who reads waits for it. */
  private unsettled: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly commits: Commits,
    private readonly changes: Changes,
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

  /** Always behind the events of this turn of the loop: what they write together shares one record of the journal. */
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
      this.commits.begin();
      const outcomes = this.attempt(jobs);
      this.commits.keep();
      if (outcomes.length < jobs.length) this.waiting = [...jobs.slice(outcomes.length), ...this.waiting];
      this.answer(outcomes);
    } catch (error) {
      this.refuse(jobs, error);
    }
  }

  /** As many as there is time for. @throws what ends the whole group, of which nothing is left then */
  private attempt(jobs: readonly Waiting[]): Outcome[] {
    const end = performance.now() + LONGEST_MS;
    const outcomes: Outcome[] = [];
    for (const job of jobs) {
      outcomes.push({ job, error: this.applied(job) });
      if (performance.now() > end) break;
    }
    return outcomes;
  }

  /** Why this one was refused, with nothing of it left. @throws what ends the whole group */
  private applied(job: Waiting): Error | undefined {
    const before = this.changes.count;
    try {
      job.apply();
      return undefined;
    } catch (error) {
      if (isTrouble(error)) return this.commits.takeBack(error);
      this.commits.undo(before);
      return error as Error;
    }
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
