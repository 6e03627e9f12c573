/** SQLite's planner must never show: any filter and order answers as a plain look at every document would. */
import fc from "fast-check";
import { Database } from "../../mixins/documents/embedded/database";
import { type Doc, docOf, scalar, stored } from "../../mixins/documents/embedded/json";
import { Layout } from "../../mixins/documents/embedded/layout";
import { type AnyFilter, orderOf, type Sort, whereOf } from "../../mixins/documents/embedded/query";
import { Table } from "../../mixins/documents/embedded/table";
import { DuplicateKey, type Index } from "../../mixins/documents/types";
import { matches } from "../support/match";

const word = fc.constantFrom("", "a", "ab", "b", "a'\"", "đ", "z", "\u{1f600}");
const small = fc.integer({ min: -3, max: 3 });
const aDate = small.map((n) => new Date(n));
/** Each kind of value once in a field with an index and once in one without. */
const bodyOf = fc.record(
  {
    room: word,
    name: word,
    seq: small,
    size: fc.oneof(
      small,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    ), // JSON knows no -0
    at: fc.option(aDate),
    gone: fc.option(aDate),
    open: fc.boolean(),
    tags: fc.array(word, { maxLength: 3 }),
    marks: fc.array(small, { maxLength: 3 }),
    sent: fc.dictionary(fc.constantFrom("1", "22"), small),
  },
  { requiredKeys: ["room"] },
);
const condition = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    value,
    fc.constant(null),
    fc.record({ $in: fc.array(value, { maxLength: 3 }), $ne: value }, { requiredKeys: ["$in"] }),
    fc.record({ $nin: fc.array(value, { maxLength: 3 }) }),
    fc.record({ $ne: fc.oneof(value, fc.constant(null)) }),
    fc.record({ $gt: value, $lt: value }, { requiredKeys: ["$gt"] }),
    fc.record({ $gte: value, $lte: value }, { requiredKeys: ["$lte"] }),
    fc.record({ $exists: fc.boolean() }),
  );
const text = fc.oneof(condition(word), fc.record({ $prefix: word }));
const list = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    value,
    fc.record({ $in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ $nin: fc.array(value, { maxLength: 3 }) }),
    fc.record({ $ne: value }),
    fc.record({ $exists: fc.boolean() }),
  );
const plainFilter = fc.record(
  {
    room: text,
    name: text,
    seq: condition(small),
    size: condition(small),
    at: condition(aDate),
    gone: condition(aDate),
    open: fc.oneof(fc.boolean(), fc.record({ $ne: fc.boolean() })),
    tags: fc.oneof(list(word), fc.record({ $prefix: word })),
    marks: list(small),
    "sent.22": condition(small),
  },
  { requiredKeys: [] },
);
const filterOf = fc.oneof(
  plainFilter,
  fc.record({ $or: fc.array(plainFilter, { minLength: 1, maxLength: 3 }), seq: condition(small) }),
  fc.record({ $and: fc.array(plainFilter, { maxLength: 2 }), room: text }),
);
const sortOf: fc.Arbitrary<Sort> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("room", "name", "seq", "at", "gone"), fc.constantFrom<1 | -1>(1, -1)), {
    selector: ([field]) => field,
  })
  .map((sort): Sort => [...sort, ["_id", 1]]);

const indexes: Index<Doc>[] = [
  { fields: ["room", "seq"] },
  { fields: ["seq", "at"], order: [-1, 1], sparse: true },
  { fields: ["open", "_id"] },
  { fields: ["tags"], list: true },
];

function tableOf(more: readonly Index<Doc>[]): { database: Database; table: Table } {
  const database = new Database(":memory:");
  const layout = new Layout({ name: "docs", indexes: more });
  layout.makeTables(database);
  layout.makeIndexes(database);
  return { database, table: new Table(database, layout, undefined) };
}

function found({ database, table }: ReturnType<typeof tableOf>, filter: AnyFilter, sort: Sort): Doc[] {
  const { sql, params } = whereOf(table.layout, filter);
  const order = orderOf(table.layout, sort);
  return database.all<[string]>(`SELECT _doc FROM docs WHERE ${sql}${order}`, params).map(([t]) => docOf(t));
}

/** Texts by their bytes, as both stores order them. */
function compare(x: ReturnType<typeof scalar>, y: ReturnType<typeof scalar>): number {
  if (x === y) return 0;
  if (x === null || y === null) return x === null ? -1 : 1;
  if (typeof x === "string" && typeof y === "string") return Buffer.compare(Buffer.from(x), Buffer.from(y));
  return x < y ? -1 : 1;
}
const byKeys =
  (sort: Sort) =>
  (a: Doc, b: Doc): number =>
    sort.map(([field, way]) => way * compare(scalar(a[field]), scalar(b[field]))).find((sign) => sign !== 0) ?? 0;

test("every filter and order is answered as by looking at every document, after inserts, changes and removals", () => {
  const made = tableOf(indexes);
  const { database, table } = made;
  fc.assert(
    fc.property(
      fc.array(bodyOf, { maxLength: 30 }),
      fc.array(bodyOf, { maxLength: 8 }),
      filterOf,
      sortOf,
      (bodies, changes, filter, sort) => {
        const all = new Map(bodies.map((body, i) => [String(i).padStart(3, "0"), body as Doc]));
        database.alone(() => {
          table.clear();
          for (const [_id, body] of all) table.insert(stored({ ...body, _id }));
          changes.forEach((body, i) => {
            const [row] = table.matching({ _id: String(i * 2).padStart(3, "0") }, 1);
            if (row) table.replace(row, stored({ ...body, _id: row.doc._id }));
            if (row) all.set(row.doc._id as string, body);
            const [gone] = table.matching({ _id: String(i * 2 + 1).padStart(3, "0") }, 1);
            if (gone) table.remove(gone);
            if (gone) all.delete(gone.doc._id as string);
          });
        });
        const expected = [...all].map(([_id, body]): Doc => ({ ...body, _id })).filter((doc) => matches(doc, filter));
        expect(found(made, filter, sort)).toEqual(expected.sort(byKeys(sort)));
        for (const side of table.layout.lists) {
          const rows = `SELECT count(*) FROM ${table.layout.sideOf(side)} WHERE _n NOT IN (SELECT _n FROM docs)`;
          expect(database.all(rows)).toEqual([[0]]);
        }
      },
    ),
    { numRuns: 400 },
  );
  database.close();
});

test("a taken key refuses an insert and a change, and leaves everything as it was", () => {
  const made = tableOf([{ fields: ["room"] }, { fields: ["room", "seq"], unique: true }]);
  const { table } = made;
  table.insert({ _id: "1", room: "r", seq: 1 });
  table.insert({ _id: "2", room: "r", seq: 2 });
  expect(() => table.insert({ _id: "3", room: "r", seq: 2 })).toThrow(DuplicateKey);
  expect(() => table.insert({ _id: "1", room: "r", seq: 3 })).toThrow(DuplicateKey);
  const [one] = table.matching({ _id: "1" }, 1);
  expect(() => table.replace(one as never, { _id: "1", room: "r", seq: 2 })).toThrow(DuplicateKey);
  expect(found(made, { room: "r" }, [["seq", 1]])).toEqual([
    { _id: "1", room: "r", seq: 1 },
    { _id: "2", room: "r", seq: 2 },
  ]);
});

test("to a unique key two missing fields are the same, and nothing is no empty text", () => {
  const { table } = tableOf([{ fields: ["room", "seq"], unique: true }]);
  table.insert({ _id: "1", room: "r" });
  expect(() => table.insert({ _id: "2", room: "r", seq: null })).toThrow(DuplicateKey);
  table.insert({ _id: "3", room: "r", seq: "" });
  table.insert({ _id: "4", room: "s" });
});

test("what can't be indexed or asked for is refused, not stored as something else", () => {
  const made = tableOf([{ fields: ["room"] }]);
  expect(() => made.table.insert({ _id: "1", room: ["a"] })).toThrow(TypeError);
  expect(() => found(made, { 'x" OR 1': 1 }, [])).toThrow(TypeError);
  expect(() => found(made, { room: { $near: 1 } }, [])).toThrow("no operator");
  expect(() => stored({ "a.b": 1 })).toThrow(TypeError);
});

test("an index that is declared later finds what was there before it, and one that is not any more is dropped", () => {
  const { database, table } = tableOf([{ fields: ["room"] }]);
  table.insert(stored({ _id: "1", room: "r", at: new Date(5), tags: ["x", "y"] }));
  const later = new Layout({ name: "docs", indexes: [{ fields: ["at"] }, { fields: ["tags"], list: true }] });
  later.makeTables(database);
  later.makeIndexes(database);
  const made = { database, table: new Table(database, later, undefined) };
  expect(found(made, { at: new Date(5), tags: "y", room: "r" }, [])).toHaveLength(1);
  const names = database.all("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
  expect(names).toEqual([["docs:at"]]);
});
