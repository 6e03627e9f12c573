/** The operators' commands in Moleculer's REPL: `chat <command>`, the same code as on the command line. */
import { runOperator } from "./run";

interface ReplArguments {
  readonly command: string;
  readonly args?: readonly string[];
}

export const replCommands = [
  {
    command: "chat <command> [args...]",
    description: "Operators' commands: users, promote, ban, sessions, actors, ... (chat help lists them on the shell)",
    async action(_broker: unknown, { command, args = [] }: ReplArguments): Promise<void> {
      try {
        console.log(await runOperator(command, args.map(String), process.env));
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    },
  },
];
