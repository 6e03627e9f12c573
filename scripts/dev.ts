/**
 * `npm run dev`: Moleculer's runner with hot reload and the REPL, kept alive. The runner ends when a file does not load;
 * then it is started again, at once where it lived for a while, else when something is saved.
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
/** Who lived longer was ended by an edit that is mended by now, or will be saved again. */
const STABLE_MS = 5_000;
/** Editors save in several steps. */
const SETTLE_MS = 200;

function saved(): Promise<void> {
  return new Promise((resolve) => {
    const watchers = SOURCES.map((path) =>
      watch(join(projectRoot, path), { recursive: !path.includes(".") }, () => {
        for (const watcher of watchers) watcher.close();
        setTimeout(resolve, SETTLE_MS);
      }),
    );
  });
}

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
  for (;;) {
    const at = Date.now();
    const code = await run();
    if (code === 0 || ending) process.exit(ending ? 0 : code);
    if (Date.now() - at > STABLE_MS) console.error("It ended by what was saved, and starts again.");
    else {
      console.error("It does not start like this: waiting for something to be saved.");
      await saved();
    }
  }
}

void main();
