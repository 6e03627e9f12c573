/** Documents that go from a thread to another: all of them, in order, in packs of a bounded size. */
import { Database } from "../../mixins/documents/embedded/database";
import { docOf, docsOf, stored, textOf } from "../../mixins/documents/embedded/json";
import { packed } from "../../mixins/documents/embedded/packs";
import { textWith } from "../../mixins/documents/embedded/query";

const rowOf = (doc: object): [string] => [textOf(stored(doc) as Record<string, unknown>)];

test("they come out as they went in, whatever is in them", () => {
  const docs = [
    { _id: "a", text: '],["\u2028' },
    { _id: "b", at: new Date(7), list: [{ at: new Date(8) }, null] },
  ];
  expect(packed(docs.map(rowOf)).flatMap(docsOf)).toEqual(docs);
  expect(packed([])).toEqual([]);
});

test("a pack is short, however many there are, and one that is long is alone", () => {
  const docs = Array.from({ length: 300 }, (_, n) => ({ _id: `${n}`, text: "x".repeat(n === 150 ? 200_000 : 900) }));
  const packs = packed(docs.map(rowOf));
  expect(packs.filter((pack) => pack.length > 17_500)).toHaveLength(1);
  expect(packs.length).toBeLessThan(30);
  expect(packs.flatMap(docsOf)).toEqual(docs);
});

test("of a document the fields that were asked for: nothing stays nothing, and what it has not stays away", () => {
  const database = new Database(":memory:");
  const doc = {
    _id: `quo"te`,
    text: 'a "word"\n ä',
    none: null,
    no: false,
    n: 1.5,
    at: new Date(5),
    map: { "12": [new Date(6)], $: 1 },
  };
  const text = JSON.stringify({ ...doc, at: { $$date: 5 }, map: { "12": [{ $$date: 6 }], $: 1 }, other: "x" });
  const asked = ["text", "none", "no", "n", "at", "map", "absent", "_id"];
  const [[found = ""] = []] = database.all<[string]>(`SELECT ${textWith(asked)} FROM (SELECT ? AS _id, ? AS _doc)`, [
    doc._id,
    text,
  ]);
  expect(docOf(found)).toEqual(doc);
  database.close();
});
