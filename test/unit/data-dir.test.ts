import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../platform/data-dir";

const root = mkdtempSync(join(tmpdir(), "data-dir-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("DATA_DIR", () => {
  test("is made with its parents, and taken where it is there", () => {
    const dir = join(root, "a", "b", "c");
    for (let i = 0; i < 2; i++) makeFolder(dir);
    expect(statSync(dir).isDirectory()).toBe(true);
  });

  test("can't be a file, nor lie in one", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => makeFolder(join(root, "file"))).toThrow("EEXIST");
    expect(() => makeFolder(join(root, "file", "data"))).toThrow("ENOTDIR");
  });

  test("is refused where the system takes no folders", () => {
    expect(() => makeFolder("/proc/chat/data")).toThrow(/^E[A-Z]+:/);
  });
});
