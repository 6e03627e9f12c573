/** One operator command, from the command line or from the REPL. */
import { operatorCommands } from "./commands";
import { signIn } from "./session";

type Vars = Readonly<Record<string, string | undefined>>;

/** @throws Error whose message is for the operator */
export async function runOperator(name: string, given: readonly string[], vars: Vars): Promise<string> {
  const command = operatorCommands[name];
  if (!command) throw new Error(`There is no command ${name}.`);
  const at = given.indexOf("--url");
  const args = at === -1 ? given : given.filter((_, i) => i !== at && i !== at + 1);
  if (args.length < command.least) throw new Error(`Usage: ${command.help}`);
  const url = (at === -1 ? vars.CHAT_URL : given[at + 1]) ?? `http://localhost:${vars.PORT || 3000}`;
  return command.run(await signIn(url, vars), args);
}
