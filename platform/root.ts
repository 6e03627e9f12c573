/** The folder of the project, whether TypeScript runs from it or compiled JavaScript from dist/. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

function rootFrom(dir: string): string {
  if (existsSync(join(dir, "package.json")) || dirname(dir) === dir) return dir;
  return rootFrom(dirname(dir));
}
export const projectRoot = rootFrom(__dirname);

let version: string | undefined;
/** Of this program, as its package says. */
export const programVersion = (): string =>
  (version ??= (JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string }).version);
