/** The thread that writes files: what may wait for it is bounded, and its end is nobody's end. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Worker } from "node:worker_threads";
import { WrittenFile, Writer } from "../../platform/files/writer";
import { type Order } from "../../platform/files/writer-orders";
import { eventually } from "../support/eventually";

const dir = mkdtempSync(join(tmpdir(), "writer-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const writer = new Writer();
const thread = (): Worker => (writer as unknown as { thread: Worker }).thread;
afterAll(() => thread().terminate());
const open = (name: string) => writer.open(join(dir, `${name}.part`), join(dir, "whole", name), {});

/** Takes orders and does nothing. */
function idle() {
  const told: Order["do"][] = [];
  const written: number[] = [];
  const stub = {
    tell: (order: Order) => void told.push(order.do),
    write: (_id: number, { byteLength }: ArrayBuffer) => void written.push(byteLength),
    forget: () => undefined,
  } as unknown as Writer;
  return { told, written, stub };
}

test("a file that is not written on takes a quarter of a megabyte, and goes on with what is written", async () => {
  const { written, stub } = idle();
  const file = new WrittenFile(stub, 1, {});
  for (let i = 0; i < 8; i += 1) file.write(randomBytes(64 * 1024));
  await new Promise(setImmediate);
  expect(written).toHaveLength(4);
  expect(file.writableNeedDrain).toBe(true);
  file.hear({ id: 1, written: 64 * 1024 });
  await new Promise(setImmediate);
  expect(written).toHaveLength(5);
});

test("a file that is destroyed closes when the thread has abandoned it, and not before", async () => {
  const { told, stub } = idle();
  const file = new WrittenFile(stub, 1, {});
  file.on("error", () => undefined);
  file.destroy(new Error("cut"));
  await new Promise(setImmediate);
  expect([told, file.closed]).toEqual([["abandon"], false]);
  file.hear({ id: 1, abandoned: true });
  await file.whenClosed;
});

test("many small pieces of many files become those files", async () => {
  const pieces = Array.from({ length: 1_500 }, (_, i) => Buffer.from([i % 251]));
  const whole = Buffer.concat(pieces);
  const files = await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      const file = open(name);
      await pipeline(Readable.from(pieces), file);
      return file;
    }),
  );
  const sha256 = createHash("sha256").update(whole).digest("hex");
  expect(files.map(({ stored }) => stored)).toEqual(files.map(() => ({ size: 1_500, sha256 })));
  expect(readFileSync(join(dir, "whole", "b")).equals(whole)).toBe(true);
});

test("where the thread ends, what it was writing fails, and the next file has another", async () => {
  const file = open("half");
  const half = Readable.from(
    (async function* () {
      yield randomBytes(1_000);
      await eventually(() => expect(readdirSync(dir)).toContain("half.part"));
      await thread().terminate();
    })(),
  );
  await expect(pipeline(half, file)).rejects.toMatchObject({ code: "EIO" });
  await file.whenClosed;
  const next = open("next");
  await pipeline(Readable.from([Buffer.from("x")]), next);
  expect(readdirSync(join(dir, "whole"))).toEqual(["a", "b", "c", "next"]);
});

test("a file that can't be named fails by its code, and nothing is left", async () => {
  const file = writer.open(join(dir, "odd.part"), dir, {});
  await expect(pipeline(Readable.from([Buffer.from("x")]), file)).rejects.toMatchObject({ code: expect.any(String) });
  await file.whenClosed;
  expect(readdirSync(dir)).not.toContain("odd.part");
});
