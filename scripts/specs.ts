/** `npm run specs`: writes openapi.yml, asyncapi.yml and .env.example from the contracts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../platform/root";
import { specFiles } from "../platform/specs";

for (const [name, text] of Object.entries(specFiles())) {
  writeFileSync(join(projectRoot, name), text);
  console.log(`written ${name}`);
}
