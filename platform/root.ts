/** The folder of the project, whether TypeScript runs from it or compiled JavaScript from dist/. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

function rootFrom(dir: string): string {
  if (existsSync(join(dir, "package.json")) || dirname(dir) === dir) return dir;
  return rootFrom(dirname(dir));
}
export const projectRoot = rootFrom(__dirname);
