/** Libraries never fall below the first version without a known hole; `npm audit` has no answer from every registry. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const safe: Readonly<Record<string, string>> = {
  "socket.io-parser": "4.2.7",
  ws: "8.21.0",
  "engine.io": "6.6.9",
  mongoose: "8.9.5",
  sequelize: "6.37.8",
  jsonwebtoken: "9.0.0",
  "@seald-io/nedb": "4.1.2", // below it a compound unique index holds nothing
};

interface Package {
  readonly version?: string;
  readonly name?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
}
interface Lock {
  packages: Record<string, Package>;
}
const lock = JSON.parse(readFileSync(join(__dirname, "../../package-lock.json"), "utf8")) as Lock;

/** Every copy of a library, also those that other libraries bring for themselves. */
const versionsOf = (name: string): string[] =>
  Object.entries(lock.packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version ?? "none");

/** Plain releases only: a pre-release counts as older than anything. */
function atLeast(version: string, lowest: string): boolean {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return false;
  const [a, b] = [version.split(".").map(Number), lowest.split(".").map(Number)];
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 || (a[at] ?? 0) > (b[at] ?? 0);
}

test.each(Object.entries(safe))("every %s in the lock file is %s or newer", (name, lowest) => {
  const versions = versionsOf(name);
  expect(versions).not.toEqual([]);
  expect(versions.filter((version) => !atLeast(version, lowest))).toEqual([]);
});

test("an older version would be noticed", () => {
  expect(atLeast("4.2.6", "4.2.7")).toBe(false);
  expect(atLeast("4.10.0", "4.2.7")).toBe(true);
  expect(atLeast("5.0.0", "4.2.7")).toBe(true);
  expect(atLeast("3.9.9", "4.2.7")).toBe(false);
  expect(atLeast("4.2.7-rc.1", "4.2.7")).toBe(false);
  expect(atLeast("none", "4.2.7")).toBe(false);
});

test("npm install on Node 20 warns of no engine: a library that asks for more than it needs is not asked", () => {
  const leavesOut20 = (range: string): boolean =>
    range.split("||").every((alternative) => /^\s*(\^|>=?|~)? *2[1-9]/.test(alternative));
  const asking = Object.entries(lock.packages).filter(([, { engines }]) => engines && leavesOut20(engines.node ?? ""));
  expect(asking.map(([path]) => path)).toEqual([]);
});

test("npm install tells nobody of itself", () => {
  const scarf = Object.entries(lock.packages).filter(([path]) => path.endsWith("node_modules/@scarf/scarf"));
  expect(scarf.map(([, { name }]) => name)).toEqual(scarf.map(() => "empty-npm-package"));
});

test("npm install warns of no install script: each is allowed or not, by name", () => {
  const { allowScripts } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as {
    allowScripts: Readonly<Record<string, boolean>>;
  };
  const scripted = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = scripted.map(([path]) => path.split("node_modules/").pop() ?? "");
  expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
});
