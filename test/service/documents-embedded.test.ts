/* eslint-disable @typescript-eslint/unbound-method -- what is spied on is called with its own `this` */
/** The embedded store's file: what was acknowledged survives a kill, a full disk and a restart; a turn is whole or not there. */
import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import {
  type Collection,
  documents,
  type Documents,
  DuplicateKey,
  newId,
  storesOf,
  type Transact,
  transactionOf,
  Unmatched,
} from "../../mixins/documents";
import { Aside, type Task } from "../../mixins/documents/embedded/aside";
import { Database } from "../../mixins/documents/embedded/database";
import { Journal } from "../../mixins/documents/embedded/journal";
import { brokerOptions } from "../../moleculer.config";
import { eventually } from "../support/eventually";

interface Line {
  _id: string;
  n: number;
  text?: string;
  at?: Date;
  tags?: string[];
  by?: Record<string, unknown>;
}
const collections = {
  lines: {
    name: "lines",
    indexes: [
      { fields: ["n"], unique: true },
      { fields: ["tags"], list: true },
    ],
  } as Collection<Line>,
  heads: { name: "heads", indexes: [{ fields: ["n"] }] } as Collection<Line>,
};

/** How often what is left to chance is tried: ROUNDS=50 for a long look. */
const rounds = Array.from({ length: Number(process.env.ROUNDS ?? 1) }, (_, i) => i + 1);

let dir: string;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "documents-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Started {
  broker: ServiceBroker;
  lines: Documents<Line>;
  heads: Documents<Line>;
  transact: Transact;
}
async function start(names = ["lines"], vars: Record<string, string> = {}): Promise<Started> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: dir, ...vars });
  const broker = new ServiceBroker(brokerOptions(env));
  const services = names.map((name) => broker.createService({ name, mixins: [documents(collections)] }));
  stops.push(() => broker.stop());
  await broker.start();
  const [service] = services;
  const transact = transactionOf(service as never) as Transact;
  return { broker, ...storesOf<typeof collections>(service as never), transact };
}
const line = (n: number): Line => ({ _id: newId(), n });
const numbers = async (of: Documents<Line>): Promise<number[]> =>
  (await of.find({}, { sort: [["n", 1]] })).map((l) => l.n);

const full = (): Error => Object.assign(new Error("database or disk is full"), { errcode: 13 });

/** Every statement and record of the writer from now on, and a way to make one of them fail as a full disk does. */
function watch(): { sql: string[]; failing: { sql?: string } } {
  const sql: string[] = [];
  const failing: { sql?: string } = {};
  const { append } = Journal.prototype;
  jest.spyOn(Journal.prototype, "append").mockImplementation(function (this: Journal, text) {
    sql.push("journal");
    if (failing.sql === "journal") throw full();
    append.call(this, text);
  });
  const { run } = Database.prototype;
  jest.spyOn(Database.prototype, "run").mockImplementation(function (this: Database, statement, params) {
    sql.push(statement);
    if (failing.sql !== undefined && statement.startsWith(failing.sql)) throw full();
    run.call(this, statement, params);
  });
  return { sql, failing };
}
afterEach(() => jest.restoreAllMocks());

/** Runs the writer until so many lines are acknowledged, then kills it; says how many there were in the end. */
async function killed(enough: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "../support/writer.ts"), dir, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let acknowledged = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    acknowledged = Number(text);
    if (acknowledged >= enough) child.kill("SIGKILL");
  }
  expect(acknowledged).toBeGreaterThanOrEqual(enough);
  return acknowledged;
}

/** What is there must be whole turns: as many lines as the head has counted. */
async function survivors({ lines, heads }: Started): Promise<number> {
  const count = await lines.count({});
  expect((await heads.findOne({}))?.n ?? 0).toBe(count);
  return count;
}

test.each(rounds)("what was acknowledged survives kill -9, and of a turn all or nothing (round %d)", async (round) => {
  const enough = round === 1 ? 730 : Math.ceil(Math.random() * 4_000); // first between two commits, of 1,000 rows each
  const acknowledged = await killed(enough, ["process"]);
  expect(await survivors(await start())).toBeGreaterThanOrEqual(acknowledged);
});

const compiler = ["gcc", "cc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
const onLinux = process.platform === "linux" && compiler !== undefined;
(onLinux ? describe : describe.skip)("a power cut (needs Linux and a C compiler)", () => {
  /** The worst that may be left: of each file what it was at its last sync, or all that was written. */
  async function afterCut(sync: string, enough: number): Promise<{ acknowledged: number; left: number[] }> {
    const disk = join(dir, "disk");
    const shim = join(dir, "forget.so");
    const source = join(__dirname, "../support/forget.c");
    mkdirSync(disk);
    expect(spawnSync(compiler as string, ["-shared", "-fPIC", "-o", shim, source, "-ldl"]).status).toBe(0);
    const acknowledged = await killed(enough, [sync, "8000"], { LD_PRELOAD: shim, FORGET_DIR: disk });
    const left: number[] = [];
    const lived = dir;
    for (let which = 0; which < 8; which++) {
      dir = mkdtempSync(join(lived, "cut-"));
      for (const [i, names] of [["chat.db"], ["chat.db-wal"], ["chat.db-turns.0", "chat.db-turns.1"]].entries())
        for (const name of names) {
          const from = join(which & (1 << i) ? lived : disk, name);
          if (existsSync(from)) copyFileSync(from, join(dir, name));
        }
      left.push(await survivors(await start()));
      await stops.pop()?.();
    }
    dir = lived;
    return { acknowledged, left };
  }

  // More than one checkpoint; the first moments of a database; and at random.
  const sizes = [700, 5, ...rounds.slice(2).map(() => Math.ceil(Math.random() * 1_400))];
  test.each(sizes)(
    "leaves all that was acknowledged with EMBEDDED_SYNC=full, whatever of it reached the disk (%d)",
    async (enough) => {
      const { acknowledged, left } = await afterCut("full", enough);
      for (const count of left) expect(count).toBeGreaterThanOrEqual(acknowledged);
    },
  );

  test("leaves a database that opens, with whole turns, without it: this test's disk does forget", async () => {
    const { acknowledged, left } = await afterCut("process", 200);
    expect(left[0]).toBeLessThan(acknowledged); // of all files what was synced last
  });
});

test("at any moment the files hold all that was answered: inserts, changes of every kind, removals, refusals", async () => {
  const { lines, heads, transact } = await start();
  const lived = dir;
  await heads.insert([1, 2, 3].map((n) => ({ ...line(n), _id: `head${n}` })));
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const onHead = (): object => ({
    filter: { _id: `head${1 + random(3)}` },
    change: { $set: { text: `${random(99)}` } },
  });
  const steps: (() => Promise<unknown>)[] = [
    () => lines.insert([{ ...line(random(60)), tags: ["a", `t${random(3)}`] }]),
    () => lines.updateOne({ n: random(60) }, { $set: { tags: [`t${random(3)}`] }, $inc: { n: random(2) * 60 } }),
    () => lines.updateMany({ tags: `t${random(3)}` }, { $set: { text: `${random(99)}` } }),
    () => lines.remove({ n: random(60) }),
    () =>
      transact([
        { in: heads, expect: onHead() as never },
        { in: lines, insert: [line(random(60))] },
      ]),
    () => heads.updateOne({ _id: "head1" }, { $inc: { n: 10 } }),
    () => heads.updateOne({ _id: "head2" }, { $set: { [`by.${random(4)}`]: new Date(random(9)), by: { old: null } } }),
    () => heads.updateOne({ _id: "head2" }, { $set: { [`by.${random(4)}.at`]: { on: [new Date(random(9))] } } }),
    () => heads.updateOne({ _id: "head1" }, { $set: { text: "both" }, $max: { at: new Date(random(9)) } }),
    () => heads.find({ n: { $gte: 2 } }),
    () => heads.remove({ _id: "head3", n: 3, text: `${random(9)}` }),
  ];
  const everything = async ({ lines, heads }: Pick<Started, "lines" | "heads">): Promise<unknown> => [
    await lines.find({}, { sort: [["_id", 1]] }),
    await lines.find({ tags: "t1" }, { sort: [["_id", 1]] }),
    await heads.find({}, { sort: [["_id", 1]] }),
  ];
  for (let round = 0; round < 8; round++) {
    await Promise.allSettled(Array.from({ length: 40 }, async () => steps[random(steps.length)]?.()));
    dir = mkdtempSync(join(lived, "killed-"));
    for (const name of readdirSync(lived).filter((name) => name.startsWith("chat.db") && !name.endsWith("-shm")))
      copyFileSync(join(lived, name), join(dir, name));
    const expected = await everything({ lines, heads });
    expect(await everything(await start())).toEqual(expected);
    await stops.pop()?.();
  }
  dir = lived;
});

test("what the journal has of a change is what changed, however large its document is", async () => {
  const { heads, broker } = await start();
  const by = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`u${n}`, n]));
  await heads.insert([{ ...line(1), _id: "head", by }]);
  const append = jest.spyOn(Journal.prototype, "append");
  for (let n = 0; n < 3; n++) await heads.updateOne({ _id: "head" }, { $set: { "by.u7": -n, at: new Date(n) } });
  const written = append.mock.calls.map(([text]) => text).filter((text) => text.startsWith("heads"));
  expect(written).toHaveLength(3);
  for (const text of written) expect(text.length).toBeLessThan(100);
  await broker.stop();
  const [head] = await (await start()).heads.find({});
  expect(head).toEqual({ ...line(1), _id: "head", by: { ...by, u7: -2 }, at: new Date(2) });
});

test("a restart finds all documents, changes and removals, and keeps unique keys", async () => {
  const first = await start();
  await first.lines.insert([line(1), line(2), line(3)]);
  await first.lines.updateOne({ n: 3 }, { $set: { n: 30 } });
  await first.lines.remove({ n: 1 });
  await first.broker.stop();
  const { lines } = await start();
  expect((await lines.find({}, { sort: [["n", 1]] })).map((l) => l.n)).toEqual([2, 30]);
  await expect(lines.insert([line(30)])).rejects.toThrow("duplicate");
});

test("a full disk answers UNAVAILABLE, nothing of the batch is stored, and writing goes on when there is room", async () => {
  const { lines } = await start();
  await lines.insert([line(1)]);
  for (const sql of ["INSERT", "journal", "BEGIN"]) {
    const { sql: seen, failing } = watch();
    if (sql === "BEGIN") await eventually(() => expect(seen).toContain("COMMIT")); // of what was before
    failing.sql = sql;
    const tries = await Promise.allSettled([lines.insert([line(2), line(3)]), lines.insert([line(4)])]);
    for (const t of tries) expect(t).toMatchObject({ status: "rejected", reason: { type: "UNAVAILABLE" } });
    if (sql !== "INSERT") {
      await expect(lines.updateOne({ n: 1 }, { $set: { n: 9 } })).rejects.toMatchObject({ type: "UNAVAILABLE" });
      await expect(lines.remove({ n: 1 })).rejects.toMatchObject({ type: "UNAVAILABLE" });
    }
    delete failing.sql;
    jest.restoreAllMocks();
    await eventually(async () => expect(await numbers(lines)).toEqual([1]));
  }
  await lines.insert([line(2)]);
  expect(await numbers(lines)).toEqual([1, 2]);
});

test("what was answered stays readable where SQLite can't commit it, nothing new is taken meanwhile, and a restart has it", async () => {
  const { lines, heads, broker } = await start();
  await heads.insert([{ ...line(1), _id: "head" }]);
  const { sql, failing } = watch();
  failing.sql = "COMMIT";
  await lines.insert([line(1)]);
  await heads.updateOne({ _id: "head" }, { $set: { text: "changed" } });
  await eventually(() => expect(sql).toContain("ROLLBACK"));
  await expect(lines.insert([line(2)])).rejects.toMatchObject({ type: "UNAVAILABLE" });
  expect(await numbers(lines)).toEqual([1]);
  expect(await heads.find({ n: 1 })).toMatchObject([{ text: "changed" }]);
  delete failing.sql;
  await eventually(() => lines.insert([line(3)]));
  failing.sql = "COMMIT";
  await lines.insert([line(4)]);
  await heads.updateOne({ _id: "head" }, { $set: { text: "again" } });
  await broker.stop();
  jest.restoreAllMocks();
  const again = await start();
  expect(await numbers(again.lines)).toEqual([1, 3, 4]);
  expect(await again.heads.find({})).toMatchObject([{ n: 1, text: "again" }]);
});

test("a database that may not grow is refused by SQLite itself, and serves again when it may", async () => {
  const spy = jest.spyOn(Database.prototype, "run");
  const { lines } = await start();
  await lines.insert([line(1)]);
  const database = spy.mock.contexts[0] as Database;
  const pages = database.all<[number]>("PRAGMA page_count")[0]?.[0];
  database.all(`PRAGMA max_page_count = ${pages}`);
  const big = { ...line(2), text: "x".repeat(100_000) };
  await expect(lines.insert([big])).rejects.toMatchObject({ type: "UNAVAILABLE" });
  expect(await numbers(lines)).toEqual([1]);
  database.all("PRAGMA max_page_count = 1000000");
  await lines.insert([big]);
  expect(await numbers(lines)).toEqual([1, 2]);
});

/** A small disk, which this user may make. To commit it needs as much room again as its journal has. */
function smallDisk(at: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=14m", "chat-test", at]).status === 0;
}
const mayMount =
  onLinux && process.getuid?.() === 0 && spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "x", "/mnt"]).status === 0;
(mayMount ? describe : describe.skip)("a small disk (needs Linux and the right to mount)", () => {
  let disk: string;
  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), "disk-"));
    expect(smallDisk(disk)).toBe(true);
  });
  afterEach(() => {
    spawnSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  test.each(rounds)(
    "that is full refuses what has no room, keeps all that it acknowledged, and takes more when there is room (round %d)",
    async () => {
      writeFileSync(join(disk, "ballast"), "x".repeat(8_000_000));
      const first = await start(["lines"], { DATA_DIR: disk });
      const acknowledged = new Set<number>();
      let refused = 0;
      const write = async (lines: Documents<Line>, n: number): Promise<void> => {
        try {
          await lines.insert([{ ...line(n), text: "x".repeat(Math.ceil(Math.random() * 9_000)) }]);
          acknowledged.add(n);
        } catch (error) {
          expect(error).toMatchObject({ type: "UNAVAILABLE" });
          refused++;
        }
      };
      for (let n = 0; refused < 40 && n < 4_000; n += 4)
        await Promise.all([0, 1, 2, 3].map((i) => write(first.lines, n + i)));
      expect(refused).toBeGreaterThanOrEqual(40);
      expect(acknowledged.size).toBeGreaterThan(10);
      // As kill -9 would leave it: nothing of the end is written.
      const left = mkdtempSync(join(dir, "left-"));
      for (const name of readdirSync(disk).filter((name) => name.startsWith("chat.db") && !name.endsWith("-shm")))
        copyFileSync(join(disk, name), join(left, name));
      const again = await start(["lines"], { DATA_DIR: left });
      expect(new Set(await numbers(again.lines))).toEqual(acknowledged);
      rmSync(join(disk, "ballast"));
      await eventually(() => first.lines.insert([line(1_000_000)]));
      expect(await numbers(first.lines)).toHaveLength(acknowledged.size + 1);
    },
  );
});

test("where commits take long, fewer rows are committed at once, and more again when they don't", async () => {
  const { lines } = await start();
  const { run } = Database.prototype;
  let slow = true;
  let commits = 0;
  // Time goes by in commits alone, however long anything takes on this machine.
  let time = performance.now();
  jest.spyOn(performance, "now").mockImplementation(() => time);
  jest.spyOn(Database.prototype, "run").mockImplementation(function (this: Database, sql, params) {
    run.call(this, sql, params);
    if (sql !== "COMMIT") return;
    commits++;
    if (slow) time += 8;
  });
  let n = 0;
  const insert = async (rows: number): Promise<number> => {
    commits = 0;
    for (let i = 0; i < rows; i += 50) await lines.insert(Array.from({ length: 50 }, () => line(++n)));
    return commits;
  };
  await insert(2_000);
  expect(await insert(1_000)).toBeGreaterThanOrEqual(9); // a hundred rows each
  slow = false;
  await insert(10_000);
  expect(await insert(2_000)).toBeLessThan(9);
  expect(await numbers(lines)).toHaveLength(n);
});

test("of concurrent conditional updates one fits", async () => {
  const { lines } = await start();
  await lines.insert([line(0)]);
  const fitted = await Promise.all(Array.from({ length: 10 }, () => lines.updateOne({ n: 0 }, { $inc: { n: 1 } })));
  expect(fitted.reduce((a, b) => a + b)).toBe(1);
});

test("writes of one turn of the loop share one record of the journal, and one that is refused leaves the others alone", async () => {
  const { lines, heads, transact } = await start();
  const { sql } = watch();
  const tries = await Promise.allSettled([
    ...[1, 2, 2, 3, 4, 5].map((n) => lines.insert([line(n)])),
    heads.insert([line(7)]),
    transact([{ in: lines, insert: [line(8)] }]),
    transact([
      { in: heads, insert: [line(9)] },
      { in: lines, insert: [line(1)] },
    ]),
  ]);
  expect(tries.map((t) => t.status === "fulfilled")).toEqual([true, true, false, true, true, true, true, true, false]);
  expect(sql.filter((statement) => statement === "journal")).toHaveLength(1);
  expect(await numbers(lines)).toEqual([1, 2, 3, 4, 5, 8]);
  expect(await numbers(heads)).toEqual([7]);
});

describe("a transaction", () => {
  test("stores all of its writes, of several collections, in their order", async () => {
    const { lines, heads, transact } = await start();
    await heads.insert([line(1)]);
    await transact([
      { in: lines, insert: [line(1), line(2)] },
      {
        in: lines,
        update: [
          { filter: { n: 2 }, change: { $set: { text: "two" } } },
          { filter: { n: 99 }, change: {} },
        ],
      },
      { in: heads, expect: { filter: { n: 1 }, change: { $inc: { n: 1 } } } },
      { in: lines, updateMany: { filter: {}, change: { $addToSet: { tags: "all" } } } },
    ]);
    expect(await lines.find({ tags: "all" }, { sort: [["n", 1]] })).toMatchObject([{ n: 1 }, { n: 2, text: "two" }]);
    expect(await numbers(heads)).toEqual([2]);
  });

  test("of which something is refused leaves nothing behind, wherever that stands in it", async () => {
    const { lines, heads, transact } = await start();
    await lines.insert([line(1)]);
    await heads.insert([line(1)]);
    const fine = [
      { in: lines, insert: [{ ...line(5), tags: ["t"] }] },
      { in: heads, updateMany: { filter: {}, change: { $inc: { n: 1 } } } },
    ];
    const duplicate = { in: lines, insert: [line(6), line(1)] };
    const unmatched = { in: heads, expect: { filter: { n: 50 }, change: { $set: { text: "x" } } } };
    for (const [refused, kind] of [
      [duplicate, DuplicateKey],
      [unmatched, Unmatched],
    ] as const)
      for (let at = 0; at <= fine.length; at++)
        await expect(transact([...fine.slice(0, at), refused, ...fine.slice(at)])).rejects.toBeInstanceOf(kind);
    expect(await numbers(lines)).toEqual([1]);
    expect(await numbers(heads)).toEqual([1]);
    expect(await lines.count({ tags: "t" })).toBe(0);
  });

  test("whose record can't be written is UNAVAILABLE with all that shared it, and the next one is stored", async () => {
    const { lines, heads, transact } = await start();
    await heads.insert([{ ...line(1), _id: "head" }]);
    const { failing } = watch();
    failing.sql = "journal";
    const head = { in: heads, expect: { filter: { _id: "head" }, change: { $inc: { n: 1 }, $set: { tags: ["x"] } } } };
    const both = await Promise.allSettled([
      transact([head, { in: lines, insert: [line(1)] }]),
      lines.insert([line(2)]),
    ]);
    for (const t of both) expect(t).toMatchObject({ status: "rejected", reason: { type: "UNAVAILABLE" } });
    delete failing.sql;
    await transact([head, { in: lines, insert: [line(1)] }]);
    expect(await numbers(lines)).toEqual([1]);
    expect(await numbers(heads)).toEqual([2]);
  });
});

test("many are changed and removed in parts, between which others have their turn", async () => {
  const { lines } = await start();
  await lines.insert(Array.from({ length: 3_000 }, (_, n) => line(n)));
  const { sql } = watch();
  expect(await lines.updateMany({ n: { $gte: 500 } }, { $set: { text: "late" } })).toBe(2_500);
  expect(sql.filter((statement) => statement === "journal").length).toBeGreaterThan(10);
  expect(await lines.count({ text: "late" })).toBe(2_500);
  sql.length = 0;
  expect(await lines.remove({ text: "late" })).toBe(2_500);
  const inOne = sql.join("\n").split("journal"); // each part has a record of its own
  const removals = inOne.map((part) => part.match(/^DELETE FROM "lines" WHERE _n/gm)?.length ?? 0);
  expect(removals.reduce((sum, n) => sum + n, 0)).toBe(2_500);
  expect(Math.max(...removals)).toBeLessThanOrEqual(50); // some milliseconds of the event loop
  expect(await lines.count({})).toBe(500);
  expect(await lines.find({ text: { $ne: "late" } })).toHaveLength(500);
});

test("a second service that opens the same collection is refused", async () => {
  await expect(start(["lines", "others"])).rejects.toThrow("open already");
});

test("a store that is closed during a long read takes nobody with it, and does not do what still waits", async () => {
  const aside = new Aside(join(dir, "some.db"));
  // The first takes seconds, so that it is under way for sure.
  const numbers = (most: number): Task => ({
    read: `WITH RECURSIVE c(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM c WHERE n < ${most}) SELECT max(n) FROM c`,
    params: [],
  });
  await aside.ask(numbers(1)); // the thread is there
  const refused = [10_000_000, 2, 3].map((most) => expect(aside.ask(numbers(most))).rejects.toThrow("closed"));
  await new Promise((resolve) => setTimeout(resolve, 5)); // into the first
  await aside.close();
  await Promise.all(refused);
});

test("a closed store answers UNAVAILABLE", async () => {
  const { lines, broker } = await start();
  await broker.stop();
  await expect(lines.insert([line(1)])).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(lines.find({})).rejects.toMatchObject({ type: "UNAVAILABLE" });
});

test("a database that a newer program wrote is refused by name and left as it is", async () => {
  const database = new Database(join(dir, "chat.db"));
  database.run("PRAGMA user_version = 7");
  database.close();
  const error = await start().catch((e: unknown) => e);
  expect(String(error)).toMatch(/chat\.db was written by a newer version .*format 7/);
});

test("with DATA_DIR=:memory: all of it works, and nothing is on the disk", async () => {
  const { lines, transact } = await start(["lines"], { DATA_DIR: ":memory:" });
  await transact([{ in: lines, insert: Array.from({ length: 3_000 }, (_, n) => line(n)) }]);
  expect(await lines.updateMany({ n: { $gte: 10 } }, { $set: { text: "x" } })).toBe(2_990);
  expect(await lines.count({ text: "x" })).toBe(2_990);
  expect(existsSync(":memory:")).toBe(false);
});

describe("files of the format before", () => {
  const folder = (): string => join(dir, "documents");
  const old = (...texts: string[]): void => {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(join(folder(), "lines.db"), texts.join("\n"));
  };
  const [a, b, c] = ["a", "b", "c"].map((id) => id.repeat(24));

  test("are moved in once, as their last lines say, and kept aside", async () => {
    old(
      '{"$$indexCreated":{"fieldName":"n","unique":true}}',
      `{"_id":"${a}","n":1,"at":{"$$date":1700000000000},"tags":["x"]}`,
      `{"_id":"${b}","n":2}`,
      `{"_id":"${c}","n":3}`,
      `{"$$deleted":true,"_id":"${b}"}`,
      `{"_id":"${c}","n":2,"text":"đ"}`,
      `{"_id":"${a}","n":9,"te`, // from a killed process: never acknowledged
    );
    const { lines, broker } = await start();
    const there = [
      { _id: a, n: 1, at: new Date(1700000000000), tags: ["x"] },
      { _id: c, n: 2, text: "đ" },
    ];
    expect(await lines.find({}, { sort: [["n", 1]] })).toEqual(there);
    expect(await lines.find({ tags: "x" })).toHaveLength(1);
    await expect(lines.insert([line(2)])).rejects.toBeInstanceOf(DuplicateKey);
    expect(existsSync(join(folder(), "lines.db"))).toBe(false);
    expect(readFileSync(join(dir, "old", "documents", "lines.db"), "utf8")).toContain('"te');
    await lines.remove({ n: 1 });
    await broker.stop();
    expect(await numbers((await start()).lines)).toEqual([2]);
  });

  test("that could not be moved in to the end start over, with nothing of the first time left", async () => {
    old(...Array.from({ length: 1_200 }, (_, n) => `{"_id":"${String(n).padStart(24, "0")}","n":${n}}`), "");
    const { failing } = watch();
    let commits = 0;
    const { alone } = Database.prototype;
    jest.spyOn(Database.prototype, "alone").mockImplementation(function (this: Database, change) {
      if (++commits === 4) failing.sql = "COMMIT"; // the third part of it
      return alone.call(this, change);
    });
    await expect(start()).rejects.toThrow("full");
    for (const stop of stops.splice(0)) await stop();
    jest.restoreAllMocks();
    expect(existsSync(join(folder(), "lines.db"))).toBe(true);
    old(...Array.from({ length: 700 }, (_, n) => `{"_id":"${String(n).padStart(24, "0")}","n":${n}}`), "");
    expect(await (await start()).lines.count({})).toBe(700);
  });

  test("that are no collection are refused with the line that is none, and stay where they are", async () => {
    old("this is", "no data", "");
    await expect(start()).rejects.toThrow(/lines\.db: line 1 is no document/);
    expect(readFileSync(join(folder(), "lines.db"), "utf8")).toBe("this is\nno data\n");
  });
});
