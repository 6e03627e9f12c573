/**
 * `npm run next:moleculer [-- <jest's arguments>]`: the last commit of this tree on the next line of Moleculer, aside: a copy in
 * a folder for the time being, whose packages are that line's, and the tests there. Nothing here changes. See decision 011.
 */
import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of Moleculer's own packages, those that have a version for it; the others are taken as they are. */
const NEXT = { moleculer: "0.15.2", "moleculer-web": "0.11.0", "moleculer-db": "0.9.0" };

interface Manifest {
  dependencies: Record<string, string>;
}

const folder = mkdtempSync(join(tmpdir(), "chat-next-moleculer-"));

/** @throws where it fails */
function must(command: string, args: readonly string[], options: SpawnSyncOptions = {}): void {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: "inherit", ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`, { cause: error });
}

function copy(): void {
  const archive = join(folder, "tree.tar");
  must("git", ["archive", "--output", archive, "HEAD"], { cwd: process.cwd() });
  must("tar", ["xf", archive]);
  rmSync(archive);
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  Object.assign(manifest.dependencies, NEXT);
  writeFileSync(path, JSON.stringify(manifest, null, 2));
  rmSync(join(folder, "package-lock.json"));
}

try {
  copy();
  // moleculer-io and the channels say that they want 0.14.
  must("npm", ["install", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]);
  const asked = process.argv.slice(2);
  const args = asked.length ? asked : ["--selectProjects", "unit", "service", "flow"];
  // The lock of this tree names the versions that the project is bound to; there it is another.
  must("node_modules/.bin/jest", ["--forceExit", "--testPathIgnorePatterns=test/unit/lockfile", ...args]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
