import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv } from "../../contracts/env";
import { makeFolder, makeUploadDir } from "../../platform/data-dir";

const root = mkdtempSync(join(tmpdir(), "data-dir-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("DATA_DIR", () => {
  test("is made with its parents, and taken where it is there", () => {
    const dir = join(root, "a", "b", "c");
    for (let i = 0; i < 2; i++) makeFolder(dir);
    expect(statSync(dir).isDirectory()).toBe(true);
  });

  test("is for nobody else's eyes where it is made, and left as it is where it is there", () => {
    const [made, found] = [join(root, "made"), join(root, "found")];
    mkdirSync(found);
    chmodSync(found, 0o755);
    for (const dir of [made, found]) makeFolder(dir);
    expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(statSync(found).mode & 0o777).toBe(0o755);
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

describe("UPLOAD_DIR", () => {
  const made = (vars: Record<string, string>) => makeUploadDir(readEnv(vars));

  test.each(["api", "uploads"])("is made at the start of a node with %s", (SERVICES) => {
    const UPLOAD_DIR = join(root, SERVICES, "files");
    made({ SERVICES, UPLOAD_DIR });
    expect(statSync(UPLOAD_DIR).isDirectory()).toBe(true);
  });

  test.each(["/proc/chat/files", "/dev/null", "/dev/null/files"])("is refused by name: %s", (UPLOAD_DIR) => {
    for (const SERVICES of ["api", "uploads"])
      expect(() => made({ SERVICES, UPLOAD_DIR })).toThrow(/^UPLOAD_DIR: E[A-Z]+ at \/(proc|dev)/);
  });

  test("is nothing to nodes without files, nor beside a bucket", () => {
    expect(() => made({ SERVICES: "chat,users", UPLOAD_DIR: "/dev/null" })).not.toThrow();
    expect(() => made({ UPLOAD_STORE: "s3", S3_BUCKET: "files", UPLOAD_DIR: "/dev/null" })).not.toThrow();
  });
});
