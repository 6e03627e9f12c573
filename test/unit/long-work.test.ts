/** Long work that nobody waits for is done in small steps: how much is in one, and what comes between two. */
import { EventEmitter } from "node:events";
import { DuplicateKey } from "../../mixins/documents/types";
import { Changes } from "../../mixins/documents/embedded/changes";
import { Database, IN_MEMORY } from "../../mixins/documents/embedded/database";
import { EmbeddedDocuments } from "../../mixins/documents/embedded/documents";
import { type AnyCollection, type Doc } from "../../mixins/documents/embedded/json";
import { Layout } from "../../mixins/documents/embedded/layout";
import { Table } from "../../mixins/documents/embedded/table";
import { WordIndex } from "../../mixins/documents/embedded/words";
import { BESIDE_PEOPLE, BESIDE_WRITERS, shareNow } from "../../platform/facts/pace";
import { type Response } from "../../services/api/http/door";
import { writeOut } from "../../services/api/http/streamed";
import { Taking } from "../../services/chat/retention/taking";

const collection = {
  name: "lines",
  indexes: [{ fields: ["seq"], unique: true }],
  words: { field: "terms", scopes: ["room"], newest: "at" },
} as AnyCollection;

type Line = Doc & { _id: string; seq: number; room: string; at: Date; terms: string[] };
const line = (seq: number, ...terms: string[]): Line => ({
  ...{ _id: `line${seq}`, seq, room: "a", at: new Date(seq), terms },
});

class Store {
  readonly database = new Database(IN_MEMORY);
  readonly changes = new Changes();
  readonly table: Table;
  readonly words: WordIndex;

  constructor() {
    const layout = new Layout(collection);
    layout.makeTables(this.database);
    layout.makeIndexes(this.database);
    this.words = new WordIndex(this.database, layout, collection.words as never);
    this.table = new Table(this.database, layout, this.words, this.changes);
  }

  take(...lines: Line[]): void {
    for (const one of lines) this.table.insert(one);
    while (this.words.take(100));
  }
  row(seq: number) {
    const [row] = this.table.matching({ _id: `line${seq}` }, 1);
    if (!row) throw new Error(`there is no line ${seq}`);
    return row;
  }
  empty(seq: number): void {
    const row = this.row(seq);
    this.table.replace(row, { ...row.doc, terms: [] });
  }
  /** The numbers of the rows that the index has for a word. */
  found(word: string): number[] {
    this.words.settle();
    const rows = this.database.all<[number]>("SELECT rowid FROM lines_words WHERE lines_words MATCH ?", [`"${word}"`]);
    return rows.map(([n]) => n);
  }
  get listed(): string[] {
    return this.database.all<[string]>("SELECT term FROM lines_terms ORDER BY term").map(([term]) => term);
  }
}

let store: Store;
beforeEach(() => {
  store = new Store();
});
afterEach(() => {
  store.database.close();
});

describe("the index of words", () => {
  const many = Array.from({ length: 50 }, (_, i) => line(i + 1, `word${i}`, "all"));

  test("takes changed rows in again twenty at once, and what is left before a commit", () => {
    store.take(...many);
    const run = jest.spyOn(store.database, "run");
    const taken = (): number =>
      run.mock.calls.filter(([sql]) => sql.startsWith('INSERT INTO "lines_words" (rowid')).length;
    for (let seq = 1; seq <= 50; seq++) store.empty(seq);
    expect(taken()).toBe(2);
    store.table.complete();
    expect(taken()).toBe(3);
    expect(store.found("all")).toEqual([]);
  });
  test("forgets a word once no row has it, a few in one step, and keeps what another has", () => {
    store.take(line(1, "secret", "plain"), line(2, "plain"), line(3, "hidden"), line(4, "Hidden"));
    store.empty(1);
    store.table.remove(store.row(3));
    store.table.complete();
    expect(store.listed).toEqual(["hidden", "plain", "secret"]);
    const steps = [];
    while (store.words.hasLost) steps.push(store.words.tidy(2));
    expect(steps).toEqual([true, false]);
    expect(store.listed).toEqual(["hidden", "plain"]);
    store.empty(4);
    store.table.complete();
    while (store.words.hasLost) store.words.tidy(2);
    expect(store.listed).toEqual(["plain"]);
  });
  test("a word that comes back before it is looked for stays", () => {
    store.take(line(1, "back"));
    store.empty(1);
    store.table.complete();
    store.take(line(2, "back"));
    while (store.words.hasLost) store.words.tidy(1);
    expect(store.listed).toEqual(["back"]);
  });
  test("a removal that was taken back is found again", () => {
    store.take(line(1, "here"));
    store.changes.recording = true;
    store.table.remove(store.row(1));
    store.changes.undo();
    store.changes.end();
    expect(store.found("here")).toEqual([1]);
  });
});

describe("writes of many documents", () => {
  let sizes: number[];
  let documents: EmbeddedDocuments<Line>;
  beforeEach(() => {
    sizes = [];
    const write = <T>(change: () => T): Promise<T> => {
      const { changes } = store;
      changes.recording = true;
      const result = change();
      sizes.push(changes.count);
      changes.end();
      return Promise.resolve(result);
    };
    const writer = { write, settled: () => undefined };
    documents = new EmbeddedDocuments<Line>(
      store.table,
      writer as never,
      { settle: () => undefined } as never,
      {} as never,
    );
  });
  const lines = Array.from({ length: 120 }, (_, i) => line(i + 1));
  const inParts = [50, 50, 20];

  test("inserts, in parts, in their order", async () => {
    await documents.insert(lines);
    expect(sizes).toEqual(inParts);
  });
  test("changes, in parts; it is said how many fitted in all", async () => {
    await documents.insert(lines);
    sizes.length = 0;
    const updates = lines.map(({ _id }) => ({ filter: { _id }, change: { $set: { room: "b" } } }));
    expect(await documents.updateEach(updates)).toBe(120);
    expect(sizes).toEqual(inParts);
  });
  test("a part that is refused ends it", async () => {
    const twice = [...lines.slice(0, 60), line(3), ...lines.slice(60)];
    await expect(documents.insert(twice).catch((error: unknown) => Promise.reject(error as Error))).rejects.toThrow(
      DuplicateKey,
    );
    expect(sizes).toEqual([50]);
  });
});

describe("what is taken away", () => {
  const old = Array.from({ length: 50 }, (_, i) => ({ _id: `m${i}`, seq: 50 - i, attachments: [] }));
  const idsOf = (body: object): string[] => (body as { messageIds: string[] }).messageIds;
  const nobody = (): boolean => false;

  test("is at most twenty messages in one turn, in their order", async () => {
    const turns: string[][] = [];
    const taking = new Taking(
      (_, body) => Promise.resolve({ expired: turns.push(idsOf(body)), held: false }),
      () => 0,
      nobody,
    );
    expect(await taking.away("a", old)).toEqual({ gone: true, held: false });
    expect(turns.map((ids) => ids.length)).toEqual([20, 20, 10]);
    expect(turns[0]?.[0]).toBe("m19");
  });
  test("waits until what went before is told on", async () => {
    let untold = 0;
    const seen: number[] = [];
    const tell = () => {
      seen.push(untold);
      untold = 1_000;
      return Promise.resolve({ held: false });
    };
    // Asked often, it becomes less each time.
    const taking = new Taking(tell, () => (untold = Math.max(0, untold - 500)), nobody);
    await taking.away("a", old);
    expect(seen).toEqual([0, 0, 0]);
  });
  test("leaves nearly all of the time to those who write, and looks for them before each turn", async () => {
    let looks = 0;
    const taking = new Taking(
      () => Promise.resolve({ held: false }),
      () => 0,
      () => ++looks > 0,
    );
    await taking.away("a", old);
    expect(looks).toBeGreaterThanOrEqual(3);
    const free = { utilization: 0, isIdle: true, late: 0 };
    expect(shareNow(BESIDE_WRITERS, free) * 20).toBeLessThan(shareNow(BESIDE_PEOPLE, free));
  });
  test("stops at the first turn that says there is a hold", async () => {
    let turns = 0;
    const taking = new Taking(
      () => Promise.resolve({ held: ++turns === 2 }),
      () => 0,
      nobody,
    );
    expect(await taking.away("a", old)).toEqual({ gone: false, held: true });
    expect(turns).toBe(2);
  });
  test("ends with the process, also while it waits", async () => {
    const taking = new Taking(
      () => Promise.resolve({ held: false }),
      () => 1_000,
      nobody,
    );
    const away = taking.away("a", old);
    taking.stop();
    expect((await away).gone).toBe(false);
  });
});

describe("an answer that is written piece by piece", () => {
  const stalling = () =>
    Object.assign(new EventEmitter(), { destroyed: false, writableEnded: false, write: () => false });
  const asResponse = (res: object): Response => res as Response;

  test("waits for its reader, and leaves nothing behind however often", async () => {
    const res = stalling();
    for (let i = 0; i < 20; i++) {
      const written = writeOut(asResponse(res), "piece");
      res.emit("drain");
      await written;
    }
    expect([res.listenerCount("close"), res.listenerCount("drain")]).toEqual([0, 0]);
  });
  test("ends when its reader goes, or is gone already", async () => {
    const res = stalling();
    const written = writeOut(asResponse(res), "piece");
    res.emit("close");
    await expect(written).rejects.toThrow(/abort/);
    res.destroyed = true;
    await expect(writeOut(asResponse(res), "piece")).rejects.toThrow(/abort/);
    expect([res.listenerCount("close"), res.listenerCount("drain")]).toEqual([0, 0]);
  });
});
