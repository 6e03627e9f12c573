/** The operators' commands in Moleculer's REPL, by their names and as `chat <command>`: the same code as on the command line. */
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

/** Moleculer's own `broadcast` sends an event to services and stands first: ours is `chat broadcast` there. */
const named = [
  ...[
    "users",
    "user",
    "promote",
    "ban",
    "unban",
    "sessions",
    "revoke",
    "actors",
    "sockets",
    "trace",
    "audit",
    "outbox",
  ],
  ...["export", "verify"],
];

const replCommand = (command: string, description: string, before: readonly string[] = []) => ({
  command: `${command} [words...]`,
  description,
  allowUnknownOptions: true, // such as --url
  /** The REPL's own way keeps the first of several words only. */
  parse(typed: ReplCommand): void {
    typed.params = { words: [...before, ...typed.args] };
  },
  async action(broker: ServiceBroker, { words }: { readonly words: readonly string[] }): Promise<void> {
    try {
      await run(broker, words.map(String));
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
    }
  },
});

export const replCommands = [
  replCommand("chat", "Operators' commands: broadcast, users, promote, ban, verify, ... (chat help lists them)"),
  ...named.map((name) => replCommand(name, `For operators: chat ${name} (chat help says how)`, [name])),
];
