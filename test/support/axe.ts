/** What axe finds wrong with a page as it is now. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Page } from "playwright-core";

const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");

/** @param rules these alone; all there are where left out */
export async function violations(page: Page, rules?: readonly string[]): Promise<unknown[]> {
  const options = rules ? JSON.stringify({ runOnly: rules }) : "";
  const { violations: found } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>(`${axe}; axe.run(${options})`);
  return found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]);
}
