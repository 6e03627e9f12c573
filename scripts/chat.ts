/** `npm run chat -- <command>`: what operators can ask of a running system. */
import { config as readDotEnv } from "dotenv";
import { backupHelp, backupTo, checkHelp, checkStores, restoreFrom, restoreHelp } from "./backup/command";
import { moveHelp, moveTo } from "./move/command";
import { doctor, doctorHelp } from "./doctor/command";
import { exportFrom, exportHelp, importHelp, importInto } from "./moving/command";
import { facts, factsHelp } from "./operators/facts";
import { operatorCommands } from "./operators/commands";
import { runOperator } from "./operators/run";
import { takeTenant } from "../platform/tenant-argument";
import { verify, verifyHelp } from "./verify/command";

interface Command {
  readonly help: string;
  /** @returns the exit code */
  readonly run: (args: readonly string[]) => Promise<number>;
}

async function runNamed(name: string, args: readonly string[]): Promise<number> {
  console.log(await runOperator(name, args, process.env));
  return 0;
}
const operators = Object.entries(operatorCommands).map(([name, { help }]): [string, Command] => [
  name,
  { help, run: (args) => runNamed(name, args) },
]);

const commands: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(operators),
  facts: { help: factsHelp, run: facts },
  backup: { help: backupHelp, run: backupTo },
  restore: { help: restoreHelp, run: restoreFrom },
  check: { help: checkHelp, run: checkStores },
  doctor: { help: doctorHelp, run: doctor },
  move: { help: moveHelp, run: moveTo },
  verify: { help: verifyHelp, run: verify },
  test: {
    help: "test [--port N] [--control N] [--clock DATE]  a backend for tests in any language, gone when it is stopped",
    run: async (args) => (await import("../testing/control")).testBackend(args), // brings the whole system along
  },
  import: { help: importHelp, run: importInto },
  export: {
    help: `${exportHelp}\n  ${operatorCommands.export?.help ?? ""}`,
    run: (args) => (args.includes("--to") ? exportFrom(args) : runNamed("export", args)),
  },
};

/** These ask no system that is there. */
const ofNone: ReadonlySet<string> = new Set(["help", "test"]);

async function main(all: readonly string[]): Promise<number> {
  readDotEnv({ quiet: true });
  const named = all.find((arg, i) => !arg.startsWith("--") && !all[i - 1]?.startsWith("--")) ?? "help";
  const given = ofNone.has(named) ? all : takeTenant(all, process.env);
  // `--url` may stand before the command, too.
  const [name = "", ...args] = given[0] === "--url" ? [...given.slice(2), ...given.slice(0, 2)] : given;
  const command = commands[name];
  if (command) return command.run(args);
  if (name && name !== "help") console.error(`There is no command ${name}.`);
  console.error(
    `Commands:\n${Object.values(commands)
      .map(({ help }) => `  ${help}`)
      .join("\n")}\nWith TENANTS, each takes --tenant <name>.`,
  );
  return name === "help" ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
