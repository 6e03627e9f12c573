/** One operator command, from the command line or from the REPL. */
import { type ServiceBroker } from "moleculer";
import { operatorCommands } from "./commands";
import { inProcess } from "./in-process";
import { signIn } from "./session";

type Vars = Readonly<Record<string, string | undefined>>;

export const serverUrl = (vars: Vars): string => vars.CHAT_URL || `http://localhost:${vars.PORT || 3000}`;

/**
 * Inside a process of the system, where `broker` is, no password is asked for.
 * @throws Error whose message is for the operator
 */
export async function runOperator(
  name: string,
  given: readonly string[],
  vars: Vars,
  broker?: ServiceBroker,
): Promise<string> {
  const command = operatorCommands[name];
  if (!command) throw new Error(`There is no command ${name}.`);
  const at = given.indexOf("--url");
  const args = at === -1 ? given : given.filter((_, i) => i !== at && i !== at + 1);
  const [least, most] = command.takes;
  if (args.length < least || args.length > most || args.some((arg) => /^--[a-z]/.test(arg)))
    throw new Error(`Usage: ${command.help}`);
  const url = at === -1 ? undefined : given[at + 1];
  const operator = url === undefined && broker ? inProcess(broker) : await signIn(url ?? serverUrl(vars), vars);
  try {
    return await command.run(operator, args);
  } finally {
    await operator.leave();
  }
}
