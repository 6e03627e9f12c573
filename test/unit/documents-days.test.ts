/** Ranges of time as signs: every time inside has one of them, and those well outside have none. */
import { DatabaseSync } from "@photostructure/sqlite";
import fc from "fast-check";
import { daySigns, rangeSigns } from "../../mixins/documents/embedded/days";

const DAY = 86_400_000;
const database = new DatabaseSync(":memory:");
afterAll(() => database.close());
const statement = database.prepare(`SELECT ${daySigns("?1").join(" || ")} AS signs`);
const signsOf = (at: number | null): string[] => {
  const [row] = statement.all(at) as { signs: string }[];
  return (row as { signs: string }).signs.trim().split(" ");
};
const time = fc.oneof(
  fc.integer({ min: -DAY, max: 200 * 366 * DAY }),
  fc.integer({ min: 0, max: 400 }).map((n) => (20_000 + n) * DAY),
);

test("a document is found by a range exactly where its day is in it, in few signs", () => {
  fc.assert(
    fc.property(time, time, time, (from, to, at) => {
      const signs = rangeSigns(from, to) ?? [];
      expect(signs.length).toBeLessThan(100);
      const day = (ms: number): number => Math.max(Math.floor(ms / DAY), 0);
      const inside = day(from) <= day(at) && day(at) <= day(to);
      if (day(from) <= day(to)) expect(signs.some((sign) => signsOf(at).includes(sign))).toBe(inside);
      else expect(signs.filter((sign) => signsOf(at).includes(sign)).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});

test("a range that leaves nothing out needs no sign, and an open end has few", () => {
  expect(rangeSigns()).toBeUndefined();
  expect(rangeSigns(0)).toBeUndefined();
  expect(rangeSigns(20_000 * DAY)?.length).toBeLessThan(70);
  expect(rangeSigns(undefined, 20_000 * DAY)?.length).toBeLessThan(70);
});

test("a document without a time is of the first day", () => {
  expect(signsOf(null)).toEqual(signsOf(0));
});
