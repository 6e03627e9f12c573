import fc from "fast-check";
import { Memory } from "../../mixins/documents/embedded/memory";
import { type Index } from "../../mixins/documents/types";

type Doc = Record<string, unknown> & { _id: string };
const plain: Index<Doc>[] = [{ fields: ["k"] }, { fields: ["terms"] }];
const saving: Index<Doc>[] = [
  { fields: ["k"], sparse: true },
  { fields: ["terms"], lazy: true },
];
const filters = [
  { k: 1 },
  { k: { $gt: 0 } },
  { k: null },
  { terms: "a" },
  { terms: { $prefix: "a" } },
  { k: { $in: [1, null] } },
];

const step = fc.record({
  what: fc.constantFrom("add", "replace", "remove", "ask", "tidy", "prepare"),
  id: fc.nat(5),
  k: fc.option(fc.nat(2)),
  terms: fc.uniqueArray(fc.constantFrom("a", "ab", "b"), { maxLength: 3 }),
});

describe("lazy and sparse indexes", () => {
  it("answer as others do, whatever was written, changed, removed and asked before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const both = [new Memory("plain", plain as never), new Memory("saving", saving as never)];
        for (const { what, id, k, terms } of steps) {
          for (const memory of both) {
            const old = memory.get(`${id}`);
            const doc = { _id: `${id}`, terms, ...(k === null ? {} : { k }) };
            if (what === "add" && !old) memory.add(doc);
            if (what === "replace" && old) memory.replace(old, doc);
            if (what === "remove" && old) memory.remove(old);
            if (what === "tidy") memory.tidy(1);
            if (what === "prepare") memory.prepare({ terms: "a" }, 1);
          }
          if (what !== "ask") continue;
          const filter = filters[id % filters.length] as never;
          const ids = both.map((memory) =>
            memory
              .select(filter)
              .map((doc) => doc._id as string)
              .sort(),
          );
          expect(ids[1]).toEqual(ids[0]);
        }
      }),
    );
  });
});
