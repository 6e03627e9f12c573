/**
 * `npm run dev`: Moleculer's runner with hot reload and the REPL, kept alive. The runner ends when a file does not load;
 * then it is started again: at once where something was saved while it ran, else when something is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../platform/root";

const SOURCES = ["services", "mixins", "platform", "contracts", "scripts", "moleculer.config.ts"];
const RUNNER = [
  ...["--import", "tsx", "node_modules/moleculer/bin/moleculer-runner.js", "--hot", "--repl"],
  ...["--config", "moleculer.config.ts", "--mask", "**/*.service.ts", "services"],
];
/** Editors save in several steps. */
const SETTLE_MS = 200;

let saves = 0;
let onSave = (): void => undefined;

function watchSources(): void {
  for (const path of SOURCES)
    watch(join(projectRoot, path), { recursive: !path.includes(".") }, () => {
      saves++;
      onSave();
    });
}

const saved = (): Promise<void> =>
  new Promise((resolve) => {
    onSave = () => setTimeout(resolve, SETTLE_MS);
  });

let ending = false;
let runner: ChildProcess | undefined;

function end(signal: NodeJS.Signals): void {
  ending = true;
  if (!runner) process.exit(0); // it waits for something to be saved
  if (signal === "SIGTERM") runner.kill(signal); // of Ctrl+C the terminal tells the runner, too
}
process.on("SIGINT", end);
process.on("SIGTERM", end);

function run(): Promise<number> {
  const child = spawn(process.execPath, RUNNER, { cwd: projectRoot, stdio: "inherit" });
  runner = child;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      runner = undefined;
      resolve(code ?? (signal === null ? 0 : 1));
    });
  });
}

async function main(): Promise<void> {
  watchSources();
  for (;;) {
    const before = saves;
    const code = await run();
    if (code === 0 || ending) process.exit(ending ? 0 : code);
    if (saves > before) console.error("It ended by what was saved, and starts again.");
    else {
      console.error("It has ended like this: waiting for something to be saved.");
      await saved();
    }
  }
}

void main();
