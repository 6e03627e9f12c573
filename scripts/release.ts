/**
 * `npm run release -- 1.2.3`: checks, tests and packs a version, then commits and tags it. It publishes nothing: what is
 * left to do is printed. Whatever fails before the commit, the files are as they were.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../platform/root";
import { checkNext, released } from "./release/changes";

const path = (name: string): string => join(projectRoot, name);
const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { cwd: projectRoot, stdio: "inherit" });
const said = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: projectRoot, encoding: "utf8" }).trim();

function main(version: string): void {
  const now = (JSON.parse(readFileSync(path("package.json"), "utf8")) as { version: string }).version;
  checkNext(now, version);
  if (said("git", "status", "--porcelain")) throw new Error("the tree is not clean");
  const changelog = released(
    readFileSync(path("CHANGELOG.md"), "utf8"),
    version,
    new Date().toISOString().slice(0, 10),
  );
  try {
    run("npm", "version", version, "--no-git-tag-version", "--workspaces", "--include-workspace-root");
    writeFileSync(path("CHANGELOG.md"), changelog);
    // The next version's nodes have to take what those of this one say.
    run("node", "--import", "tsx", "test/tools/bus-shapes.ts");
    for (const script of ["lint", "typecheck", "test", "build", "build:client"]) run("npm", "run", script);
    run("npm", "pack", "--workspaces", "--include-workspace-root");
  } catch (error) {
    run("git", "checkout", "--", ".");
    throw error;
  }
  run("git", "commit", "-am", `chore: release ${version}`);
  run("git", "tag", "-a", `v${version}`, "-m", version);
  console.log(`
Version ${version} is committed, tagged and packed. To publish it:
  git push --follow-tags
  npm publish moleculer-chat-client-${version}.tgz
  npm publish moleculer-chat-${version}.tgz       # once "private" is taken out of package.json
  docker build -t moleculer-chat:${version} . && docker push moleculer-chat:${version}`);
}

try {
  main(process.argv[2] ?? "");
} catch (error) {
  console.error(`Not released: ${(error as Error).message}`);
  process.exitCode = 1;
}
