/** `npm run chat -- <command>`: what operators can ask of a running system. */
import { verify, verifyHelp } from "./verify/command";

interface Command {
  readonly help: string;
  /** @returns the exit code */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  verify: { help: verifyHelp, run: verify },
};

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = commands[name];
  if (command) return command.run(args);
  console.error(
    `Commands:\n${Object.values(commands)
      .map(({ help }) => `  ${help}`)
      .join("\n")}`,
  );
  return 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
