/** Libraries that are loaded with their first use: under `npm start` by Node's own import, which the tests' is not. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../platform/root";

const NAMED = /const \{ ([\w, ]+) \} = await import\("([^."][^"]*)"\)/g;

/** Library and the name that is taken out of it. */
function taken(): [string, string][] {
  return ["services", "platform", "mixins"].flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...readFileSync(join(projectRoot, folder, file), "utf8").matchAll(NAMED)])
      .flatMap(([, names = "", library = ""]) => names.split(", ").map((name): [string, string] => [library, name])),
  );
}

test("they have the names that are taken out of them", () => {
  const asked = [...taken(), ["web-push", "default.generateRequestDetails"]];
  const script = `
    for (const [library, path] of ${JSON.stringify(asked)}) {
      const found = path.split(".").reduce((value, name) => value?.[name], await import(library));
      if (found === undefined) console.log(library + " has no " + path);
    }`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: projectRoot });
  expect(said.toString()).toBe("");
  expect(asked.length).toBeGreaterThan(1);
});
