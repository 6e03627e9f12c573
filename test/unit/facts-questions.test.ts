/** What the log of facts asks its store: every question has an index that leads to its answer, in its order, on any store. */
import { type Happened } from "../../contracts/facts";
import { type Collection, type Document, type Documents, DuplicateKey, type Index } from "../../mixins/documents";
import { type FactDoc, logCollections, type OldEventDoc } from "../../services/notifications/log/documents";
import { FactLog } from "../../services/notifications/log/log";
import { type AnyFilter, matches } from "../support/match";

type Sort = readonly (readonly [string, 1 | -1])[];
interface Question {
  readonly filter: AnyFilter;
  readonly sort: Sort;
}

/** Documents in memory, with the unique indexes of their collection, that keep what they were asked. */
class Asked<D extends Document> {
  readonly docs: D[] = [];
  readonly questions: Question[] = [];

  constructor(readonly collection: Collection<D>) {}

  readonly store = {
    insert: (docs: readonly D[]): Promise<void> => {
      for (const doc of docs) {
        if (this.docs.some((other) => this.clash(doc, other))) return Promise.reject(new DuplicateKey("facts"));
        this.docs.push(doc);
      }
      return Promise.resolve();
    },
    find: (filter: AnyFilter, options: { sort?: Sort; skip?: number; limit?: number } = {}): Promise<D[]> => {
      const { sort = [], skip = 0, limit = Infinity } = options;
      return Promise.resolve(this.found(filter, sort).slice(skip, skip + limit));
    },
    findOne: (filter: AnyFilter): Promise<D | undefined> => Promise.resolve(this.found(filter, [])[0]),
    remove: (filter: AnyFilter): Promise<number> => {
      const gone = new Set(this.found(filter, []));
      this.docs.splice(0, this.docs.length, ...this.docs.filter((doc) => !gone.has(doc)));
      return Promise.resolve(gone.size);
    },
  } as unknown as Documents<D>;

  private clash(one: D, other: D): boolean {
    const uniques = this.collection.indexes.filter(({ unique }) => unique).map(({ fields }) => fields);
    return [["_id"] as (keyof D)[], ...uniques].some((fields) => fields.every((field) => one[field] === other[field]));
  }

  private found(filter: AnyFilter, sort: Sort): D[] {
    this.questions.push({ filter, sort });
    const [field, order] = sort[0] ?? ["_id", 1];
    const fit = this.docs.filter((doc) => matches(doc as never, filter));
    return sort.length ? fit.sort((a, b) => (Number(a[field as keyof D]) - Number(b[field as keyof D])) * order) : fit;
  }
}

const isEqual = (wanted: unknown): boolean =>
  typeof wanted !== "object" || wanted === null || wanted instanceof Date || "$in" in wanted;

/** Equal fields first, then the order or one range: what a B-tree answers without looking at what it does not give. */
function isServed({ filter, sort }: Question, indexes: readonly Pick<Index<Document>, "fields">[]): boolean {
  return [{ fields: ["_id"] }, ...indexes].some(({ fields }) => {
    const names: readonly string[] = fields;
    const first = names.findIndex((name) => !(name in filter && isEqual(filter[name as never])));
    const led = first === -1 ? names.length : first;
    const after = names.slice(led);
    const inOrder = sort.every(([name, order], i) => after[i] === name && order === sort[0]?.[1]);
    const leads = led > 0 || (after[0] !== undefined && after[0] in filter) || sort.length > 0;
    return inOrder && leads;
  });
}

const fact = (n: number): Happened => ({
  ...{ type: "member.added", key: `k${n}`, at: new Date(0).toISOString() },
  data: { conversationId: "c", userId: 1, actorId: 1 },
});
const facts = (from: number, count: number): Happened[] => Array.from({ length: count }, (_, i) => fact(from + i));

test("each question of the log is answered by an index", async () => {
  const [kept, old] = [new Asked<FactDoc>(logCollections.facts), new Asked<OldEventDoc>(logCollections.oldEvents)];
  const body = JSON.stringify({ id: "system.broadcast:x", type: "system.broadcast", timestamp: "", data: {} });
  old.docs.push({ _id: "o", position: 1, body, created_at: new Date(0) });
  const stores = () => ({ facts: kept.store, oldEvents: old.store });
  const [one, other] = [new FactLog(stores), new FactLog(stores)];
  await one.append(facts(0, 1_200));
  await other.append(facts(1_100, 200)); // a part of them is there already, and who wrote first has to look again
  await one.append(facts(1_300, 10));
  expect((await one.after(600, 100)).map(({ position }) => position)).toEqual(
    Array.from({ length: 100 }, (_, i) => 601 + i),
  );
  expect(await one.endsFor(1_311)).toEqual({ first: 1, last: 1_311 });
  expect((await one.find(fact(7)))?.key).toBe("k7");
  await one.forget(new Date());
  expect(await one.first()).toBeGreaterThan(1);
  for (const { questions, collection } of [kept, old]) {
    expect(questions.length).toBeGreaterThan(1);
    expect(questions.filter((question) => !isServed(question, collection.indexes as never))).toEqual([]);
  }
});

test.each<[string, Question]>([
  ["another order", { filter: {}, sort: [["kept_at", 1]] }],
  ["a field without an index", { filter: { type: "member.added" }, sort: [] }],
  ["all there is", { filter: {}, sort: [] }],
  ["an order behind a range", { filter: { position: { $gt: 1 } }, sort: [["kept_at", 1]] }],
])("a question without one would be noticed: %s", (_what, question) => {
  expect(isServed(question, logCollections.facts.indexes as never)).toBe(false);
});
