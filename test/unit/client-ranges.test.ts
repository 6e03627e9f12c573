/** Which messages are known, as runs: against a set that says the same number by number. */
import fc from "fast-check";
import { Ranges } from "../../client/src/ranges";

const stretch = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 }));
const step = fc.tuple(fc.constantFrom("add", "cut"), stretch);

test("adding and forgetting stretches leaves what a set would have, in runs that are as long as can be", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const ranges = new Ranges();
      const known = new Set<number>();
      for (const [what, [from, length]] of steps) {
        ranges[what](from, from + length);
        for (let n = from; n <= from + length; n++) known[what === "add" ? "add" : "delete"](n);
      }
      for (let n = 0; n <= 60; n++) {
        const run = ranges.around(n);
        expect([n, run !== undefined]).toEqual([n, known.has(n)]);
        if (run) expect([known.has(run[0] - 1), known.has(run[1] + 1)]).toEqual([false, false]);
      }
    }),
  );
});

test("a stretch that ends before it begins is none", () => {
  const ranges = new Ranges([[1, 9]]);
  ranges.cut(6, 5);
  expect(ranges.around(5)).toEqual([1, 9]);
});
