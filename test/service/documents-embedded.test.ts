/** The embedded store's files: what was acknowledged survives a kill, a full disk and a rewrite. */
import { spawn } from "node:child_process";
import fs, { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Collection, documents, type Documents, newId, storesOf } from "../../mixins/documents";
import { Memory } from "../../mixins/documents/embedded/memory";
import { Table } from "../../mixins/documents/embedded/table";
import { brokerOptions } from "../../moleculer.config";

interface Line {
  _id: string;
  n: number;
}
const collections = { lines: { name: "lines", indexes: [{ fields: ["n"], unique: true }] } as Collection<Line> };

let dir: string;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "documents-"));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(names = ["lines"]): Promise<{ broker: ServiceBroker; lines: Documents<Line> }> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "fatal", DATA_DIR: dir });
  const broker = new ServiceBroker(brokerOptions(env));
  const services = names.map((name) => broker.createService({ name, mixins: [documents(collections)] }));
  stops.push(() => broker.stop());
  await broker.start();
  return { broker, lines: storesOf<typeof collections>(services[0] as never).lines };
}
const line = (n: number): Line => ({ _id: newId(), n });
const file = (): string => join(dir, "documents", "lines.db");

test("what was awaited survives kill -9 of the process", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "../support/writer.ts"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let acknowledged = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    acknowledged = Number(text);
    if (acknowledged === 500) child.kill("SIGKILL");
  }
  const { lines } = await start();
  expect(acknowledged).toBeGreaterThanOrEqual(500);
  expect(await lines.count({ n: { $lte: acknowledged } })).toBe(acknowledged);
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

test("half a line at the end of the file, from a killed process, is dropped and nothing else", async () => {
  const first = await start();
  await first.lines.insert([line(1)]);
  await first.broker.stop();
  appendFileSync(file(), `{"_id":"${newId()}","n":`);
  const { lines } = await start();
  expect((await lines.find({})).map((l) => l.n)).toEqual([1]);
  await lines.insert([line(2)]);
  expect(readFileSync(file(), "utf8").trim().split("\n")).toHaveLength(2);
});

test("a full disk answers UNAVAILABLE, nothing of the batch is stored, and writing goes on when there is room", async () => {
  const { lines } = await start();
  await lines.insert([line(1)]);
  const size = statSync(file()).size;
  const { writeSync } = fs;
  const full = jest.spyOn(fs, "writeSync").mockImplementation((file) => {
    writeSync(file, '{"_id":"half a li'); // as far as it went
    throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
  });
  await expect(lines.insert([line(2), line(3)])).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(lines.updateOne({ n: 1 }, { $set: { n: 9 } })).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(lines.remove({ n: 1 })).rejects.toMatchObject({ type: "UNAVAILABLE" });
  full.mockRestore();
  expect((await lines.find({})).map((l) => l.n)).toEqual([1]);
  expect(statSync(file()).size).toBe(size);
  await lines.insert([line(2)]);
  expect(await lines.count({})).toBe(2);
});

test("nobody reads what is not in the file yet", async () => {
  const { lines } = await start();
  const order: string[] = [];
  const written = lines.insert([line(1)]).then(() => order.push("written"));
  await new Promise((resolve) => setImmediate(resolve));
  const read = lines.find({}).then((found) => order.push(`read ${found.length}`));
  await Promise.all([written, read]);
  expect(order).toContain("read 1");
  expect(order.indexOf("written")).toBeLessThanOrEqual(order.indexOf("read 1") + 1);
});

test("of concurrent conditional updates one fits", async () => {
  const { lines } = await start();
  await lines.insert([line(0)]);
  const fitted = await Promise.all(Array.from({ length: 10 }, () => lines.updateOne({ n: 0 }, { $inc: { n: 1 } })));
  expect(fitted.reduce((a, b) => a + b)).toBe(1);
});

test("writes that wait for each other's disk share it, and one that is refused leaves the others alone", async () => {
  const { lines } = await start();
  const append = jest.spyOn(fs, "writeSync");
  const tries = await Promise.allSettled([1, 2, 2, 3, 4, 5, 6, 7].map((n) => lines.insert([line(n)])));
  expect(tries.map((t) => t.status === "fulfilled")).toEqual([true, true, false, true, true, true, true, true]);
  expect(append.mock.calls.length).toBeLessThanOrEqual(2);
  append.mockRestore();
});

test("a file that is mostly outdated is rewritten while writes go on, and loses none of them", async () => {
  const { lines, broker } = await start();
  await lines.insert(Array.from({ length: 100 }, (_, i) => line(i)));
  for (let round = 0; round < 250; round++) await lines.updateMany({}, { $set: { text: `round ${round}` } });
  await lines.insert([line(1_000)]);
  await broker.stop();
  const written = readFileSync(file(), "utf8").trim().split("\n").length;
  expect(written).toBeLessThan(20_000);
  const again = await start();
  const found = await again.lines.find({});
  expect(found).toHaveLength(101);
  expect(found.filter((l) => "text" in l && l.text === "round 249")).toHaveLength(100);
});

test("a second service that opens the same collection is refused", async () => {
  await expect(start(["lines", "others"])).rejects.toThrow("open already");
});

test("a closed store answers UNAVAILABLE", async () => {
  const { lines, broker } = await start();
  await broker.stop();
  await expect(lines.insert([line(1)])).rejects.toMatchObject({ type: "UNAVAILABLE" });
  await expect(lines.find({})).rejects.toMatchObject({ type: "UNAVAILABLE" });
});

test("a file that is no collection is refused, not overwritten", async () => {
  const path = join(dir, "broken.db");
  appendFileSync(path, "this is\nno data\n");
  await expect(new Table(path, new Memory("broken", []), () => undefined).loadDatabaseAsync()).rejects.toThrow(
    "corrupt",
  );
  expect(readFileSync(path, "utf8")).toBe("this is\nno data\n");
});
