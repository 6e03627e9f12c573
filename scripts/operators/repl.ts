/** The operators' commands in Moleculer's REPL: `chat <command>`, the same code as on the command line. */
import { type ServiceBroker } from "moleculer";

interface ReplCommand {
  readonly args: readonly string[];
  params?: { readonly words: readonly string[] };
}

async function run(broker: ServiceBroker, [command = "help", ...args]: readonly string[]): Promise<void> {
  // Loaded when they are first asked for: a node that nobody speaks to starts without them.
  if (command === "verify") return void (await (await import("../verify/command")).verify(args));
  const { operatorCommands } = await import("./commands");
  if (command === "help") for (const { help } of Object.values(operatorCommands)) console.log(help);
  else console.log(await (await import("./run")).runOperator(command, args, process.env, broker));
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
