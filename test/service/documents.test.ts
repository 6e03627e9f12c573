/** One contract, two stores: what `Documents` promises holds on SQLite and on MongoDB alike. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Collection, documents, type Documents, DuplicateKey, newId, storesOf } from "../../mixins/documents";
import { brokerOptions } from "../../moleculer.config";

interface Note {
  _id: string;
  room: string;
  seq: number;
  by?: number;
  text?: string;
  at?: Date;
  tags?: string[];
  words?: string[];
  likes?: { user: number; what: string }[];
  sent?: Record<string, number>;
  gone?: Date | null;
}
const collections = {
  notes: {
    name: `notes_${newId()}`,
    indexes: [
      { fields: ["room", "seq"], unique: true },
      { fields: ["room", "at"], order: [1, -1] },
      { fields: ["tags"], list: true },
      { fields: ["by"] },
      { fields: ["words"], list: true, mongo: true },
    ],
    words: { field: "words", scopes: ["room", "by"], newest: "at" },
  } as Collection<Note>,
};

interface Node {
  broker: ServiceBroker;
  notes: Documents<Note>;
}
async function start(vars: Record<string, string>): Promise<Node> {
  const broker = new ServiceBroker(brokerOptions(readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", ...vars })));
  const service = broker.createService({ name: "notes", mixins: [documents(collections)] });
  await broker.start();
  return { broker, notes: storesOf<typeof collections>(service).notes };
}

const note = (room: string, seq: number, more: Partial<Note> = {}): Note => ({ _id: newId(), room, seq, ...more });

const stores: [string, () => Record<string, string>][] = [
  ["SQLite", () => ({ DATA_DIR: mkdtempSync(join(tmpdir(), "documents-")) })],
];
if (process.env.TEST_MONGODB_URI) {
  const uri = process.env.TEST_MONGODB_URI;
  stores.push(["MongoDB", () => ({ MONGODB_URI: uri, DATA_DIR: mkdtempSync(join(tmpdir(), "documents-")) })]);
}

describe.each(stores)("documents on %s", (_name, vars) => {
  let node: Node;
  let dir: string | undefined;
  let room: string;

  beforeAll(async () => {
    const given = vars();
    dir = given.DATA_DIR;
    node = await start(given);
  });
  afterAll(async () => {
    await node.notes.remove({});
    await node.broker.stop();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    room = newId();
  });
  const seqs = async (...args: Parameters<Documents<Note>["find"]>): Promise<number[]> =>
    (await node.notes.find(...args)).map((n) => n.seq);
  const fill = (n: number, more: (seq: number) => Partial<Note> = () => ({})): Promise<void> =>
    node.notes.insert(Array.from({ length: n }, (_, i) => note(room, i + 1, more(i + 1))));

  test("what was inserted comes back as it was, dates as dates, absent fields absent", async () => {
    const at = new Date("2026-01-02T03:04:05.678Z");
    const one = note(room, 1, { at, tags: ["a", "b"], sent: { "12": 3 }, gone: null, text: 'đ \u0000 "x"' });
    await node.notes.insert([one]);
    expect(await node.notes.findOne({ _id: one._id })).toEqual(one);
    expect(await node.notes.findOne({ room, seq: 1 })).toStrictEqual(one);
  });

  test("an answer is a copy: changing it changes nothing stored", async () => {
    await node.notes.insert([note(room, 1, { tags: ["a"] })]);
    const got = await node.notes.findOne({ room });
    got?.tags?.push("b");
    expect((await node.notes.findOne({ room }))?.tags).toEqual(["a"]);
  });

  test("nothing is found where nothing is", async () => {
    expect(await node.notes.findOne({ _id: "no id at all" })).toBeUndefined();
    expect(await node.notes.find({ room: "nowhere" })).toEqual([]);
    expect(await node.notes.count({ room: "nowhere" })).toBe(0);
    expect(await node.notes.updateOne({ room: "nowhere" }, { $set: { text: "x" } })).toBe(0);
    expect(await node.notes.remove({ room: "nowhere" })).toBe(0);
  });

  test("ranges, order, skip and limit, from either end", async () => {
    await fill(30);
    expect(await seqs({ room, seq: { $lt: 21 } }, { sort: [["seq", -1]], limit: 3 })).toEqual([20, 19, 18]);
    expect(await seqs({ room, seq: { $gt: 7, $lte: 10 } }, { sort: [["seq", 1]] })).toEqual([8, 9, 10]);
    expect(await seqs({ room }, { sort: [["seq", 1]], skip: 28, limit: 5 })).toEqual([29, 30]);
    expect(await seqs({ room, seq: { $gte: 31 } }, { limit: 5 })).toEqual([]);
    expect(await seqs({ room }, { limit: 0 })).toEqual([]);
  });

  test("order by what no index has, ties by the next field", async () => {
    await fill(4, (seq) => ({ text: seq % 2 ? "odd" : "even" }));
    const sorted = await seqs(
      { room },
      {
        sort: [
          ["text", 1],
          ["seq", -1],
        ],
      },
    );
    expect(sorted).toEqual([4, 2, 3, 1]);
  });

  test("only the fields that were asked for, and the id", async () => {
    await fill(1, () => ({ text: "long", by: 5 }));
    const got = await node.notes.findOne({ room }, { fields: ["by"] });
    expect(Object.keys(got ?? {}).sort()).toEqual(["_id", "by"]);
  });

  test("$in, $nin, $ne, $exists and null, where a missing field counts as null", async () => {
    await node.notes.insert([
      note(room, 1, { by: 1 }),
      note(room, 2, { by: 2, gone: null }),
      note(room, 3, { gone: new Date() }),
    ]);
    const sort = [["seq", 1]] as const;
    expect(await seqs({ room, by: { $in: [1, 2, 2] } }, { sort })).toEqual([1, 2]);
    expect(await seqs({ room, by: { $nin: [1] } }, { sort })).toEqual([2, 3]);
    expect(await seqs({ room, by: { $ne: 2 } }, { sort })).toEqual([1, 3]);
    expect(await seqs({ room, gone: { $exists: false } }, { sort })).toEqual([1]);
    expect(await seqs({ room, gone: null }, { sort })).toEqual([1, 2]);
    expect(await seqs({ room, gone: { $ne: null } }, { sort })).toEqual([3]);
    expect(await seqs({ room, seq: { $in: [] } })).toEqual([]);
  });

  test("$or and $and", async () => {
    await fill(5, (seq) => ({ by: seq % 2 }));
    const sort = [["seq", 1]] as const;
    expect(await seqs({ room, $or: [{ seq: 1 }, { seq: 4 }, { seq: { $gt: 4 } }] }, { sort })).toEqual([1, 4, 5]);
    expect(await seqs({ $and: [{ room }, { by: 0 }, { seq: { $gt: 2 } }] }, { sort })).toEqual([4]);
  });

  test("of a list some element fits, and no element does for $ne and $nin", async () => {
    await node.notes.insert([
      note(room, 1, { tags: ["red", "blue"] }),
      note(room, 2, { tags: ["blue"] }),
      note(room, 3),
    ]);
    const sort = [["seq", 1]] as const;
    expect(await seqs({ room, tags: "blue" }, { sort })).toEqual([1, 2]);
    expect(await seqs({ room, tags: { $in: ["red", "blue"] } }, { sort })).toEqual([1, 2]);
    expect(await seqs({ room, tags: { $ne: "red" } }, { sort })).toEqual([2, 3]);
    expect(await seqs({ room, tags: { $nin: ["blue"] } }, { sort })).toEqual([3]);
  });

  test("$prefix finds words by their beginning and takes no character for a pattern", async () => {
    await node.notes.insert([
      note(room, 1, { tags: ["urgent", "a.c"] }),
      note(room, 2, { tags: ["surge", "abc"] }),
      note(room, 3, { tags: ["URGENT", "(x"] }),
    ]);
    expect(await seqs({ room, tags: { $prefix: "urg" } })).toEqual([1]);
    expect(await seqs({ room, tags: { $prefix: "a." } })).toEqual([1]);
    expect(await seqs({ room, tags: { $prefix: "(" } })).toEqual([3]);
    expect(await seqs({ room, $and: [{ tags: { $prefix: "sur" } }, { tags: { $prefix: "ab" } }] })).toEqual([2]);
    expect(await seqs({ room, tags: { $prefix: "zz" } })).toEqual([]);
  });

  test("every change does what MongoDB's does", async () => {
    await fill(1, () => ({ by: 1, text: "old", likes: [{ user: 1, what: "+" }] }));
    const change = (c: Parameters<typeof node.notes.updateOne>[1]) => node.notes.updateOne({ room }, c);
    await change({ $set: { text: "new", "sent.5": 7 }, $inc: { by: 2, "sent.6": 1 } });
    await change({ $max: { seq: 9, "sent.5": 3 }, $unset: { text: true } });
    await change({ $push: { tags: "a" }, $addToSet: { likes: { user: 1, what: "+" } } });
    await change({ $addToSet: { tags: { $each: ["a", "b"] } }, $push: { likes: { user: 2, what: "-" } } });
    await change({ $pull: { likes: { user: 1, what: "+" } } });
    const { _id, ...got } = (await node.notes.findOne({ room })) as Note;
    expect(got).toEqual({
      room,
      seq: 9,
      by: 3,
      sent: { "5": 7, "6": 1 },
      tags: ["a", "b"],
      likes: [{ user: 2, what: "-" }],
    });
    expect(_id).toMatch(/^[0-9a-f]{24}$/);
  });

  test("a change is found by its new values and no more by its old ones", async () => {
    await fill(2, (seq) => ({ by: seq, tags: [`t${seq}`] }));
    await node.notes.updateMany({ room }, { $set: { by: 7, tags: ["new"] } });
    expect(await seqs({ room, by: 1 })).toEqual([]);
    expect(await node.notes.count({ room, by: 7 })).toBe(2);
    expect(await node.notes.count({ room, tags: "new" })).toBe(2);
    expect(await node.notes.count({ room, tags: "t1" })).toBe(0);
  });

  test("updateOne changes one, updateMany all, updateEach each in order; all say how many fitted", async () => {
    await fill(3);
    expect(await node.notes.updateOne({ room }, { $set: { by: 1 } })).toBe(1);
    expect(await node.notes.count({ room, by: 1 })).toBe(1);
    expect(await node.notes.updateMany({ room }, { $set: { by: 2 } })).toBe(3);
    const fitted = await node.notes.updateEach([
      { filter: { room, seq: 1 }, change: { $inc: { by: 1 } } },
      { filter: { room, seq: 1, by: 3 }, change: { $inc: { by: 1 } } },
      { filter: { room, seq: 99 }, change: { $inc: { by: 1 } } },
    ]);
    expect(fitted).toBe(2);
    expect((await node.notes.findOne({ room, seq: 1 }))?.by).toBe(4);
  });

  test("an upsert makes what is not there, with an id of ours, and changes what is", async () => {
    const filter = { room, seq: 5 };
    expect(await node.notes.updateOne(filter, { $set: { text: "made" } }, { upsert: true })).toBe(0);
    expect(await node.notes.updateOne(filter, { $set: { text: "changed" } }, { upsert: true })).toBe(1);
    const [got, ...others] = await node.notes.find({ room });
    expect(got).toMatchObject({ room, seq: 5, text: "changed" });
    expect(typeof got?._id).toBe("string");
    expect(others).toEqual([]);
  });

  test("remove takes what fits and leaves the rest", async () => {
    await fill(5);
    expect(await node.notes.remove({ room, seq: { $lte: 2 } })).toBe(2);
    expect(await seqs({ room }, { sort: [["seq", 1]] })).toEqual([3, 4, 5]);
    await node.notes.insert([note(room, 1)]);
    expect(await node.notes.count({ room })).toBe(4);
  });

  test("a taken unique key is refused as DuplicateKey and the old document stays", async () => {
    await node.notes.insert([note(room, 1, { text: "first" })]);
    await expect(node.notes.insert([note(room, 1, { text: "second" })])).rejects.toBeInstanceOf(DuplicateKey);
    expect(await node.notes.find({ room })).toMatchObject([{ text: "first" }]);
  });

  test("a taken id is refused as DuplicateKey", async () => {
    const one = note(room, 1);
    await node.notes.insert([one]);
    await expect(node.notes.insert([{ ...one, seq: 2 }])).rejects.toBeInstanceOf(DuplicateKey);
  });

  test("of a batch with a duplicate nothing after the duplicate is stored", async () => {
    await node.notes.insert([note(room, 2)]);
    await expect(node.notes.insert([note(room, 1), note(room, 2), note(room, 3)])).rejects.toBeInstanceOf(DuplicateKey);
    expect(await node.notes.count({ room, seq: 3 })).toBe(0);
  });

  test("a change into a taken unique key is refused and changes nothing", async () => {
    await fill(2);
    await expect(node.notes.updateOne({ room, seq: 1 }, { $set: { seq: 2 } })).rejects.toBeInstanceOf(DuplicateKey);
    expect(await seqs({ room }, { sort: [["seq", 1]] })).toEqual([1, 2]);
  });

  test("of concurrent changes of one document none is lost, by its id or in a batch", async () => {
    const doc = note(room, 1, { sent: {} });
    await node.notes.insert([doc]);
    const fields = Array.from({ length: 40 }, (_, i) => `f${i}`);
    const change = async (field: string, i: number): Promise<unknown> => {
      const update = { filter: { _id: doc._id }, change: { $set: { [`sent.${field}`]: i } } };
      return i % 2 ? node.notes.updateEach([update]) : node.notes.updateOne(update.filter, update.change);
    };
    await Promise.all(fields.map(change));
    const sent = (await node.notes.findOne({ _id: doc._id }))?.sent ?? {};
    expect(Object.keys(sent).sort()).toEqual([...fields].sort());
  });

  test("of concurrent inserts of one key exactly one wins", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => node.notes.insert([note(room, 1)])));
    expect(tries.filter((t) => t.status === "fulfilled")).toHaveLength(1);
    for (const t of tries) if (t.status === "rejected") expect(t.reason).toBeInstanceOf(DuplicateKey);
    expect(await node.notes.count({ room })).toBe(1);
  });

  describe("search", () => {
    const found = async (words: string[], filter: object, limit = 100): Promise<number[]> =>
      (await node.notes.search(words, filter, { limit })).map((n) => n.seq);
    const said = (texts: string[], by = (seq: number) => seq): Promise<void> =>
      node.notes.insert(
        texts.map((text, i) => note(room, i + 1, { words: text.split(" "), at: new Date(1e12 + i), by: by(i + 1) })),
      );

    test("finds by the beginnings of words, all of them needed, the newest first, as many as were asked for", async () => {
      await said(["urgent day", "surge", "day urg", "天气 气很 很好 好", ":link urgent", "urgent"]);
      expect(await found(["urg"], { room })).toEqual([6, 5, 3, 1]);
      expect(await found(["urg", "da"], { room })).toEqual([3, 1]);
      expect(await found(["urg"], { room }, 2)).toEqual([6, 5]);
      expect(await found(["天"], { room })).toEqual([4]);
      expect(await found([":link", "u"], { room })).toEqual([5]);
      expect(await found(["zz"], { room })).toEqual([]);
      expect(await found([], { room }, 3)).toEqual([6, 5, 4]);
    });

    test("within what the filter says, whether the index of words knows it or not", async () => {
      await said(["word", "word", "word", "word"], (seq) => seq % 3);
      await node.notes.insert([note(newId(), 9, { words: ["word"], at: new Date(2e12), by: 1 })]);
      expect(await found(["word"], { room, by: 1 })).toEqual([4, 1]);
      expect(await found(["word"], { room, by: { $in: [0, 2] } })).toEqual([3, 2]);
      expect(await found(["word"], { room, by: { $ne: 1 } })).toEqual([3, 2]);
      expect(await found(["word"], { room, seq: { $gt: 1 }, at: { $lt: new Date(1e12 + 3) }, gone: null })).toEqual([
        3, 2,
      ]);
      expect(await found(["word"], { room: "nowhere" })).toEqual([]);
    });

    test("by a beginning that few words have, or hundreds", async () => {
      await said(Array.from({ length: 300 }, (_, i) => `common${i} begin${i % 10}`));
      expect(await found(["common"], { room }, 1_000)).toHaveLength(300);
      expect(await found(["common1"], { room }, 1_000)).toHaveLength(111);
      expect(await found(["begin1", "common29"], { room })).toEqual([292]);
      expect(await found(["commons"], { room })).toEqual([]);
    });

    test("within a range of time, by days and to the millisecond, also where a time is changed", async () => {
      const day = 86_400_000;
      const at = (n: number): Date => new Date(1.6e12 + n * day);
      const notes = Array.from({ length: 40 }, (_, i) => note(room, i + 1, { words: ["dated"], at: at(i * 11) }));
      await node.notes.insert(notes);
      expect(await found(["dated"], { room, at: { $gt: at(22), $lt: at(66) } })).toEqual([6, 5, 4]);
      expect(await found(["dated"], { room, at: { $gte: at(22), $lte: at(44) } })).toEqual([5, 4, 3]);
      expect(await found(["dated"], { room, at: { $gt: at(400) } })).toEqual([40, 39, 38]);
      expect(await found(["dated"], { room, at: { $lt: at(12) } })).toEqual([2, 1]);
      expect(await found([], { room, at: { $gt: at(22), $lt: new Date(at(33).getTime() + 1) } })).toEqual([4]);
      await node.notes.updateOne({ room, seq: 1 }, { $set: { at: at(5_000) } });
      expect(await found(["dated"], { room, at: { $gt: at(4_999) } })).toEqual([1]);
    });

    test("knows every change at once, and forgets what is removed", async () => {
      await said(["first", "second", "third"]);
      expect(await found(["first"], { room })).toEqual([1]);
      await node.notes.updateOne({ room, seq: 1 }, { $set: { words: ["changed"] } });
      await node.notes.updateMany({ room, seq: 2 }, { $set: { by: 77 } });
      await node.notes.remove({ room, seq: 3 });
      expect(await found(["first"], { room })).toEqual([]);
      expect(await found(["chan"], { room })).toEqual([1]);
      expect(await found(["sec"], { room, by: 77 })).toEqual([2]);
      expect(await found(["third"], { room })).toEqual([]);
      await said([]);
      await node.notes.insert([note(room, 4, { words: ["third"], at: new Date() })]);
      expect(await found(["third"], { room })).toEqual([4]);
    });

    test("takes no word for a pattern or an operator", async () => {
      await said(["and or not near", "plain"]);
      for (const word of ['"', "*", "NOT", "a OR b", "(x", "words:plain", "^plain", "-plain"])
        expect(await found([word, "plain"], { room })).toEqual([]);
      expect(await found(["and", "not"], { room })).toEqual([1]);
    });
  });

  test("an unknown operator is an error, not an empty answer", async () => {
    await fill(1);
    await expect(node.notes.find({ room, by: { $near: 1 } as never })).rejects.toThrow();
  });

  test("an empty batch is nothing", async () => {
    await node.notes.insert([]);
    expect(await node.notes.updateEach([])).toBe(0);
  });
});
