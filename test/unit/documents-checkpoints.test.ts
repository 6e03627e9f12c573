/** When the writer rests so that its log is brought into the database: on a disk that a test can make slow. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type Aside, type Task } from "../../mixins/documents/embedded/aside";
import { Checkpoints } from "../../mixins/documents/embedded/checkpoints";
import { type Database } from "../../mixins/documents/embedded/database";
import { type Journal } from "../../mixins/documents/embedded/journal";

type Progress = [busy: number, log: number, done: number];
interface Asked {
  readonly kind: string;
  readonly end: (progress: Progress) => Promise<void>;
}

/** A log of so many pages, and the checkpoints that were asked for, which end when the test says so. */
function disk(): { log: { pages: number }; asked: Asked[]; checkpoints: Checkpoints; write: (pages: number) => void } {
  const log = { pages: 0 };
  const asked: Asked[] = [];
  const ask = (task: Task): Promise<Progress> =>
    new Promise((resolve) => {
      asked.push({
        kind: "checkpoint" in task ? task.checkpoint : "read",
        end: async (progress) => {
          resolve(progress);
          await turnOfTheLoop();
        },
      });
    });
  const database = { inMemory: false, all: () => [[0, log.pages, 0]] } as unknown as Database;
  const journal = { otherIsSafe: () => undefined } as unknown as Journal;
  const trouble = (what: string, error: unknown): never => {
    throw new Error(what, { cause: error });
  };
  const aside = { ask } as unknown as Aside;
  const checkpoints = new Checkpoints(database, aside, journal, false, () => undefined, trouble);
  const write = (pages: number): void => {
    log.pages += pages;
    checkpoints.committed(false);
  };
  return { log, asked, checkpoints, write };
}

test("a short log is left alone, a longer one is brought in while the writer goes on", () => {
  const { asked, checkpoints, write } = disk();
  write(900);
  expect(asked).toEqual([]);
  write(200);
  write(200);
  expect(asked.map(({ kind }) => kind)).toEqual(["PASSIVE"]);
  expect(checkpoints.before()).toBeUndefined();
});

test("a writer that is faster than its disk rests before the log has grown beyond a bound, and once", async () => {
  const { log, asked, checkpoints, write } = disk();
  write(1_100);
  for (let n = 0; n < 10; n++) write(1_400);
  expect(checkpoints.before()).toBeUndefined();
  write(2_000);
  const rest = checkpoints.before();
  await turnOfTheLoop();
  expect(asked.map(({ kind }) => kind)).toEqual(["PASSIVE"]); // the first is still under way
  await asked[0]?.end([0, log.pages, 1_100]);
  expect(asked.map(({ kind }) => kind)).toEqual(["PASSIVE", "RESTART"]);
  await asked[1]?.end([0, log.pages, log.pages]);
  await rest;
  log.pages = 0;
  write(10);
  expect(checkpoints.before()).toBeUndefined();
});

test("where a reader kept the log from beginning anew, the writer doesn't rest again at once", async () => {
  const { log, asked, checkpoints, write } = disk();
  write(1_100);
  write(20_000);
  const rest = checkpoints.before();
  await asked[0]?.end([0, log.pages, 1_100]);
  await asked[1]?.end([1, log.pages, 1_100]);
  await rest;
  write(100);
  write(100);
  expect(asked.map(({ kind }) => kind)).toEqual(["PASSIVE", "RESTART", "PASSIVE"]);
  expect(checkpoints.before()).toBeUndefined();
});

test("a writer that never pauses rests for a log that was brought in as far as it went, for it would not begin anew", async () => {
  const { log, asked, checkpoints, write } = disk();
  for (let n = 0; n < 12; n++) {
    write(1_200);
    await asked[n]?.end([0, log.pages, log.pages]);
    if (n < 11) expect(checkpoints.before()).toBeUndefined();
    log.pages += 10; // of what is written meanwhile
  }
  const rest = checkpoints.before();
  await turnOfTheLoop();
  expect(asked.map(({ kind }) => kind)).toEqual([...Array<string>(12).fill("PASSIVE"), "RESTART"]);
  await asked[12]?.end([0, log.pages, log.pages]);
  await rest;
  log.pages = 0;
  write(10);
  expect(checkpoints.before()).toBeUndefined();
});

test("a writer does not rest while somebody goes on reading what the log begins with, and does when that has ended", async () => {
  const { log, asked, checkpoints, write } = disk();
  write(1_200);
  await asked[0]?.end([0, log.pages, 500]);
  write(19_000);
  await asked[1]?.end([0, log.pages, 500]);
  expect(checkpoints.before()).toBeUndefined();
  write(2_000);
  write(2_000); // beyond the bound, and one is under way
  expect(checkpoints.before()).toBeUndefined();
  await asked[2]?.end([0, log.pages, log.pages]);
  void checkpoints.before();
  await turnOfTheLoop();
  expect(asked.map(({ kind }) => kind)).toEqual(["PASSIVE", "PASSIVE", "PASSIVE", "RESTART"]);
});

test("a writer rests beside readers of whom there is always one, but none for long", async () => {
  const { log, asked, checkpoints, write } = disk();
  for (let n = 0; log.pages < 15_000; n++) {
    write(1_500);
    await asked[n]?.end([0, log.pages, log.pages - 1_000]);
  }
  void checkpoints.before();
  await turnOfTheLoop();
  expect(asked.at(-1)?.kind).toBe("RESTART");
});
