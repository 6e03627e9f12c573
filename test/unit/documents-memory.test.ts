/** The planner of the embedded store must never show: any filter and order answers as a plain scan and sort would. */
import fc from "fast-check";
import { between, encode, startingWith } from "../../mixins/documents/embedded/keys";
import { type Doc, matches } from "../../mixins/documents/embedded/match";
import { Memory, type Sort } from "../../mixins/documents/embedded/memory";
import { SortedSet } from "../../mixins/documents/embedded/sorted";
import { DuplicateKey } from "../../mixins/documents/types";

const word = fc.constantFrom("", "a", "ab", "b", "\u0000", "a\u0000", "đ", "z");
const small = fc.integer({ min: -3, max: 3 });
const docOf = fc.record(
  { room: word, seq: small, at: fc.option(small.map((n) => new Date(n))), tags: fc.array(word, { maxLength: 3 }) },
  { requiredKeys: ["room"] },
);
const condition = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    value,
    fc.record({ $in: fc.array(value, { maxLength: 3 }), $ne: value }, { requiredKeys: ["$in"] }),
    fc.record({ $ne: value }),
    fc.record({ $gt: value, $lt: value }, { requiredKeys: [] }),
    fc.record({ $gte: value, $lte: value }, { requiredKeys: [] }),
    fc.record({ $exists: fc.boolean() }),
  );
const filterOf = fc.record(
  {
    room: fc.oneof(condition(word), fc.record({ $prefix: word })),
    seq: condition(small),
    at: fc.oneof(condition(small.map((n) => new Date(n))), fc.constant(null)),
    tags: fc.oneof(word, fc.record({ $prefix: word }), fc.record({ $in: fc.array(word) })),
  },
  { requiredKeys: [] },
);
const sortOf: fc.Arbitrary<Sort> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("room", "seq", "at"), fc.constantFrom<1 | -1>(1, -1)), {
    selector: ([field]) => field,
  })
  .map((sort): Sort => [...sort, ["_id", 1]]);

const indexes = [
  { fields: ["room", "seq"] },
  { fields: ["at"] },
  { fields: ["seq", "room"] },
  { fields: ["tags", "seq"] },
];

const byKeys =
  (sort: Sort) =>
  (a: Doc, b: Doc): number => {
    for (const [field, way] of sort) {
      const [x, y] = [encode(a[field]), encode(b[field])];
      if (x !== y) return x < y ? -way : way;
    }
    return 0;
  };

describe("the embedded store's memory", () => {
  test("answers every filter, order and page as a scan would, after inserts, changes and removals", () => {
    fc.assert(
      fc.property(
        fc.array(docOf, { maxLength: 40 }),
        fc.array(docOf, { maxLength: 10 }),
        filterOf,
        sortOf,
        fc.nat(5),
        fc.nat(5),
        (bodies, changes, filter, sort, skip, limit) => {
          const memory = new Memory("docs", indexes);
          bodies.forEach((body, i) => memory.add({ ...body, _id: String(i).padStart(3, "0") }));
          changes.forEach((body, i) => {
            const old = memory.get(String(i * 2).padStart(3, "0"));
            if (old) memory.replace(old, { ...body, _id: old._id });
            const gone = memory.get(String(i * 2 + 1).padStart(3, "0"));
            if (gone) memory.remove(gone);
          });
          const expected = [...memory.all()].filter((doc) => matches(doc, filter)).sort(byKeys(sort));
          expect(memory.select(filter, { sort })).toEqual(expected);
          expect(memory.select(filter, { sort, skip, limit })).toEqual(expected.slice(skip, skip + limit));
          expect(memory.count(filter)).toBe(expected.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a page of a long history looks at the page and not at the history", () => {
    const memory = new Memory("messages", [{ fields: ["room", "seq"], unique: true }]);
    for (let seq = 1; seq <= 20_000; seq++) memory.add({ _id: String(seq), room: "r", seq });
    let looked = 0;
    const filter = {
      room: "r",
      get seq() {
        looked++;
        return { $lt: 15_000 };
      },
    };
    const page = memory.select(filter, { sort: [["seq", -1]], limit: 20 });
    expect(page.map((doc) => doc.seq)).toEqual(Array.from({ length: 20 }, (_, i) => 14_999 - i));
    expect(looked).toBeLessThan(100);
  });

  test("a taken key refuses an insert and a change, and leaves everything as it was", () => {
    const memory = new Memory("docs", [{ fields: ["room"] }, { fields: ["room", "seq"], unique: true }]);
    const one = { _id: "1", room: "r", seq: 1 };
    const two = { _id: "2", room: "r", seq: 2 };
    memory.add(one);
    memory.add(two);
    expect(() => memory.add({ _id: "3", room: "r", seq: 2 })).toThrow(DuplicateKey);
    expect(() => memory.add({ _id: "1", room: "r", seq: 3 })).toThrow(DuplicateKey);
    expect(() => memory.replace(one, { ...one, seq: 2 })).toThrow(DuplicateKey);
    memory.replace(one, { ...one, text: "x" });
    expect(memory.select({ room: "r" }, { sort: [["seq", 1]] })).toEqual([{ ...one, text: "x" }, two]);
  });

  test("to a unique key two missing fields are the same", () => {
    const memory = new Memory("docs", [{ fields: ["room", "seq"], unique: true }]);
    memory.add({ _id: "1", room: "r" });
    expect(() => memory.add({ _id: "2", room: "r", seq: null })).toThrow(DuplicateKey);
  });
});

describe("index keys", () => {
  test("sort as their values do", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        expect(Math.sign(encode(a) < encode(b) ? -1 : encode(a) > encode(b) ? 1 : 0)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(encode(a) < encode(b)).toBe(a < b);
      }),
    );
  });

  test("of several strings never run into each other", () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        expect(encode(a) + encode(b) === encode(c) + encode(d)).toBe(a === c && b === d);
      }),
    );
  });

  test("a range leaves out values of other types, a prefix other words", () => {
    const range = between("", { $gt: 5 });
    expect(encode("text") < range.high).toBe(false);
    const { low, high } = startingWith("", "ur");
    expect([encode("uq"), encode("ur"), encode("urgent"), encode("us")].map((k) => k >= low && k < high)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test("an object is no key", () => {
    expect(() => encode({})).toThrow(TypeError);
  });
});

describe("the sorted set", () => {
  test("holds its order over many chunks, forwards and backwards, after random inserts and removals", () => {
    const set = new SortedSet();
    const model = new Set<string>();
    const range = { low: "01000", high: "04000" };
    let x = 1;
    for (let i = 0; i < 20_000; i++) {
      x = (x * 16_807) % 2_147_483_647;
      const key = String(x % 5_000).padStart(5, "0");
      if (model.delete(key)) set.delete(key);
      else {
        model.add(key);
        set.add(key);
      }
      if (i % 37 === 0) set.count(range); // what is new takes its place now and then
    }
    const keys = [...model].sort().filter((k) => k >= range.low && k < range.high);
    const seen: string[] = [];
    set.walk(range, false, (key) => seen.push(key) > 0);
    expect(seen).toEqual(keys);
    const back: string[] = [];
    set.walk(range, true, (key) => back.push(key) > 0);
    expect(back).toEqual(seen.reverse());
    expect(set.count(range)).toBe(keys.length);
    expect(set.count({ low: "9", high: "1" })).toBe(0);
    expect(set.size).toBe(model.size);
  });
});
