/** What is read on the event loop: little, however much a question finds. */
import { type Aside, type Task } from "../../mixins/documents/embedded/aside";
import { type Database } from "../../mixins/documents/embedded/database";
import { Reader } from "../../mixins/documents/embedded/reader";

/** A table of so many rows, all of which fit: how many were read here, and how many aside. */
function tableOf(size: number): { reader: Reader; here: number[]; aside: number[] } {
  const [here, aside]: [number[], number[]] = [[], []];
  const rows = (limit: unknown): [string][] =>
    Array.from({ length: Number(limit) < 0 ? size : Math.min(size, Number(limit)) }, () => ["{}"]);
  const reading =
    (read: number[]) =>
    (params: readonly unknown[] = []): [string][] => {
      const found = rows(params.at(-1));
      read.push(found.length);
      return found;
    };
  const database = {
    inMemory: false,
    all: (_sql: string, params: unknown[]) => reading(here)(params),
    plan: () => ["SEARCH t USING INDEX i (a=?)"],
  } as unknown as Database;
  const thread = { ask: (task: Task) => Promise.resolve(reading(aside)("read" in task ? task.params : [])) };
  return { reader: new Reader(database, thread as unknown as Aside, () => undefined), here, aside };
}
const NO_LIMIT = -1;

test.each([
  ["without a limit", NO_LIMIT, 100_000],
  ["with a high one", 50_000, 50_000],
])("of a large answer %s few rows are read here, and all of it aside", async (_, limit, expected) => {
  const { reader, here, aside } = tableOf(100_000);
  expect(await reader.rows("SELECT _doc FROM t", [], limit, 100_000)).toHaveLength(expected);
  expect(Math.max(...here)).toBeLessThanOrEqual(201);
  expect(aside).toEqual([expected]);
});

test.each([
  ["a small answer without a limit", 150, NO_LIMIT, 150],
  ["a page of a large one", 100_000, 50, 50],
])("%s is read here, once", async (_, size, limit, expected) => {
  const { reader, here, aside } = tableOf(size);
  expect(await reader.rows("SELECT _doc FROM t", [], limit, 100_000)).toHaveLength(expected);
  expect([here, aside]).toEqual([[expected], []]);
});
