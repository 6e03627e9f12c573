/** The core is pure: what decides about conversations can be loaded, read and tested without anything around it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "../..");

function loadedBy(file: string): string[] {
  const script = `const before = new Set(Object.keys(require.cache)); require("./${file}");
    console.log(JSON.stringify(Object.keys(require.cache).filter((path) => !before.has(path))))`;
  const out = execFileSync(process.execPath, ["--import", "tsx", "-e", script], { cwd: root, encoding: "utf8" });
  return JSON.parse(out) as string[];
}

describe("the core of a conversation", () => {
  it("loads no broker, driver, store, service or mixin", () => {
    const loaded = loadedBy("services/chat/conversation/decide.ts").map((path) => path.slice(root.length + 1));
    const strange = loaded.filter((path) => !/^(services\/chat\/conversation|contracts|platform)\//.test(path));
    const libraries = new Set(
      strange
        .filter((path) => !/node_modules\/(tsx|esbuild)\//.test(path))
        .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path),
    );
    expect([...libraries].sort()).toEqual(["bson"]);
  });
});
