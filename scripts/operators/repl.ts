/** The operators' commands in Moleculer's REPL: `chat <command>`, the same code as on the command line. */
import { type ServiceBroker } from "moleculer";
import { verify } from "../verify/command";
import { operatorCommands } from "./commands";
import { runOperator } from "./run";

interface ReplCommand {
  readonly args: readonly string[];
  params?: { readonly words: readonly string[] };
}

async function run(broker: ServiceBroker, [command = "help", ...args]: readonly string[]): Promise<void> {
  if (command === "verify") await verify(args);
  else if (command === "help") for (const { help } of Object.values(operatorCommands)) console.log(help);
  else console.log(await runOperator(command, args, process.env, broker));
}

export const replCommands = [
  {
    command: "chat [words...]",
    description: "Operators' commands: users, promote, ban, sessions, actors, verify, ... (chat help lists them)",
    allowUnknownOptions: true, // such as --url
    /** The REPL's own way keeps the first of several words only. */
    parse(command: ReplCommand): void {
      command.params = { words: command.args };
    },
    async action(broker: ServiceBroker, { words }: { readonly words: readonly string[] }): Promise<void> {
      try {
        await run(broker, words.map(String));
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    },
  },
];
