/** The journal of the embedded store: what is read from it is what was written, whole, in order and without a gap. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checksum, checksumInSteps } from "../../mixins/documents/embedded/checksum";
import { Journal, journalPath, type Position, recordsSince } from "../../mixins/documents/embedded/journal";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "journal-"));
  path = join(dir, "chat.db");
  writeFileSync(`${path}-wal`, ""); // SQLite has not ended: the files stay
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const begin: Position = { store: 7, generation: 1, offset: 0 };
const read = (from = begin): string[] =>
  [...recordsSince(path, from)].map(([text]) => text.replace(/^from\t\d+\n/, ""));
const journal = (at = begin): Journal => new Journal(path, at.store, at.generation);
const big = "x".repeat(3 * 2 ** 20);

test("the checksum is the same on every Node", () => {
  for (const text of ["", "a", "chào", big.slice(0, 1_000)])
    expect(checksum(Buffer.from(text))).toBe(checksumInSteps(Buffer.from(text)));
  expect(checksumInSteps(Buffer.from("123456789"))).toBe(0xcbf43926);
});

test("what was written is read from any position on", () => {
  const written = journal();
  const positions = ["one", "hai — 二", big, "four"].map((text) => {
    written.append(text);
    return written.position;
  });
  written.close();
  expect(read()).toEqual(["one", "hai — 二", big, "four"]);
  expect(read(positions[1])).toEqual([big, "four"]);
  expect(read(positions[3])).toEqual([]);
});

test("a last record that is torn, anywhere, is none; those before it count", () => {
  const written = journal();
  for (const text of ["first", "second"]) written.append(text);
  written.close();
  const file = journalPath(path, 1);
  const whole = readFileSync(file);
  const start = whole.length - Buffer.byteLength("second") - 16;
  for (let length = start; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    expect(read()).toEqual(["first"]);
    writeFileSync(file, Buffer.concat([whole.subarray(0, length), Buffer.alloc(whole.length - length)]));
    expect(read()).toEqual(["first"]);
  }
  for (let at = start; at < whole.length; at++) {
    const rotten = Buffer.from(whole);
    rotten[at] = (rotten[at] ?? 0) ^ 1;
    writeFileSync(file, rotten);
    expect(read()).toEqual(["first"]);
  }
});

test("what another store, or an earlier generation, left in the file is not read", () => {
  const before = journal();
  for (const text of ["old", "older"]) before.append(text);
  before.close();
  expect(read({ ...begin, store: 8 })).toEqual([]);
  const now = journal({ ...begin, generation: 3 }); // the same file
  now.append("new");
  now.close();
  expect(read({ ...begin, generation: 3 })).toEqual(["new"]);
  expect(read()).toEqual([]);
});

describe("the other file", () => {
  /** Both files, the second begun after the first was long enough. */
  function turned(): Journal {
    const written = journal();
    written.append(big);
    expect(written.next).toEqual(written.position);
    written.append(big);
    expect(written.next).toEqual({ ...begin, generation: 2 });
    expect(written.goOn(written.next)).toBe(true);
    written.append("after");
    return written;
  }

  test("is read after the first, and waits until that is no longer needed before it gives way in turn", () => {
    const written = turned();
    written.append(big);
    written.append(big);
    expect(written.next).toEqual(written.position);
    written.otherIsSafe();
    expect(written.next).toEqual({ ...begin, generation: 3 });
    written.close();
    expect(read()).toEqual([big, big, "after", big, big]);
    expect(read({ ...begin, generation: 2 })).toEqual(["after", big, big]);
  });

  test("says nothing without all of the first: there would be a gap", () => {
    turned().close();
    truncateSync(journalPath(path, 1), 16 + 2 * big.length);
    expect(read()).toEqual([big]);
    rmSync(journalPath(path, 1));
    expect(read()).toEqual([]);
  });
});

test("its files are gone once SQLite has ended with all of it, and stay where it has not", () => {
  const written = journal();
  written.append("x");
  copyFileSync(journalPath(path, 1), join(dir, "kept"));
  written.close();
  expect(existsSync(journalPath(path, 1))).toBe(true);
  rmSync(`${path}-wal`);
  journal().close();
  expect(existsSync(journalPath(path, 1))).toBe(false);
});
