/** Part of `npm run build`: the page, bundled into dist/web. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../platform/root";
import { bundle } from "../platform/web-bundle";

async function main(): Promise<void> {
  const folder = join(projectRoot, "dist/web");
  mkdirSync(folder, { recursive: true });
  for (const { name, bytes } of await bundle()) writeFileSync(join(folder, name), bytes);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
