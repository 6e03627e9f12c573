/**
 * `npm run specs`: writes openapi.yml, asyncapi.yml, .env.example and the client's types from the contracts.
 * With `--check` it writes nothing, and fails where one of them is not what the contracts say.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../platform/root";
import { specFiles } from "../platform/specs";
import { clientProtocol, PROTOCOL_FILE } from "./client-protocol";

function check(file: string, text: string, name: string): void {
  if (readFileSync(file, "utf8") === text) return;
  console.error(`${name} is not what the contracts say: npm run specs`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const files = { ...specFiles(), [PROTOCOL_FILE]: await clientProtocol() };
  for (const [name, text] of Object.entries(files)) {
    const file = join(projectRoot, name);
    if (process.argv.includes("--check")) check(file, text, name);
    else {
      writeFileSync(file, text);
      console.log(`written ${name}`);
    }
  }
}

void main();
