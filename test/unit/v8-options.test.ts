import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const script = "scripts/v8-options.sh";
const LARGE = "--max-semi-space-size=32";
const V2 = "sys/fs/cgroup/memory.max";
const V1 = "sys/fs/cgroup/memory/memory.limit_in_bytes";
const GB = 2 ** 30;

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "v8-options-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${text}\n`);
};
const machine = (gb: number): void => put("proc/meminfo", `MemTotal:       ${(gb * GB) / 1024} kB\nMemFree: 1 kB`);
const optionsOf = (env: Record<string, string> = {}): string =>
  execFileSync("sh", [script, root], { env: { PATH: process.env.PATH ?? "", ...env }, encoding: "utf8" }).trim();

describe("V8's options", () => {
  it.each([
    ["half a GB", 0.5, {}, ""],
    ["a GB", 1, {}, ""],
    ["2 GB", 2, {}, LARGE],
    ["24 GB", 24, {}, LARGE],
    ["24 GB, of which a container may use half of one", 24, { [V2]: String(GB / 2) }, ""],
    ["24 GB, of which a container may use 4", 24, { [V2]: String(4 * GB) }, LARGE],
    ["24 GB, and no limit", 24, { [V2]: "max" }, LARGE],
    ["24 GB, of which an older container may use one", 24, { [V1]: String(GB) }, ""],
    ["24 GB, and an older container's word for no limit", 24, { [V1]: "9223372036854771712" }, LARGE],
    ["a GB, and no limit", 1, { [V2]: "max" }, ""],
  ] as const)("are for a machine of %s", (_, gb, files, expected) => {
    machine(gb);
    for (const [path, text] of Object.entries(files)) put(path, text);
    expect(optionsOf()).toBe(expected);
  });

  it("are none where the machine does not say what it has", () => expect(optionsOf()).toBe(""));

  it("leave the operator's own choice alone", () => {
    machine(24);
    expect(optionsOf({ NODE_OPTIONS: "--max-semi-space-size=8" })).toBe("");
  });

  it("reach every way to start", () => {
    const { scripts, files } = JSON.parse(readFileSync("package.json", "utf8")) as Record<"scripts", object> & {
      files: string[];
      scripts: Record<string, string>;
    };
    const asked = `node $(sh ${script}) `;
    expect(scripts.start).toContain(asked);
    expect(scripts["start:prod"]).toContain(asked);
    expect(readFileSync("Dockerfile", "utf8")).toContain(asked);
    expect(files).toContain(script);
  });

  it("make the young generation larger", () => {
    const heapOf = (...options: string[]): number =>
      Number(execFileSync(process.execPath, [...options, "-p", "v8.getHeapStatistics().heap_size_limit"]));
    expect(heapOf(LARGE)).toBeGreaterThan(heapOf());
  });
});
