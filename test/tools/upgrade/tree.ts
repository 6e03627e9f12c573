/** A tree of another version beside this one, with packages of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Tree {
  readonly path: string;
  remove(): void;
}

function must(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`, { cause: error });
}

/** @param ref a commit, a tag, or a folder with such a tree that is installed already */
export function treeOf(ref: string): Tree {
  if (existsSync(join(ref, "services/start.ts"))) return { path: resolve(ref), remove: () => undefined };
  const path = mkdtempSync(join(tmpdir(), "chat-before-"));
  const archive = join(path, "tree.tar");
  must("git", ["archive", "--output", archive, ref], process.cwd());
  must("tar", ["xf", archive], path);
  rmSync(archive);
  must("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
