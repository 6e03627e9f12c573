import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { projectRoot } from "../../platform/root";

test("asyncapi.yml passes the standard's own parser", async () => {
  const parser = new Parser({ ruleset: { core: true, recommended: false } });
  const text = readFileSync(join(projectRoot, "asyncapi.yml"), "utf8");
  const { document, diagnostics } = await parser.parse(text);
  const wrong = diagnostics.filter((d) => Number(d.severity) <= 1);
  expect(wrong.map((d) => `${d.code}: ${d.message} ${d.path.join(".")}`)).toEqual([]);
  expect(document?.version()).toBe("3.0.0");
});
