/** `npm start` and `npm run start:prod`: reads the environment, starts one node, says where it is, stops it cleanly. */
import { config as readDotEnv } from "dotenv";
import { type ServiceBroker } from "moleculer";
import { type Env, EnvError, readEnv } from "../contracts/env";
import { DataDirInUse } from "../mixins/data-dir";
import { portOf, whereAndHow } from "./greeting";
import { createNode } from "./node";

/** For people as plain lines; in production as what every other line is. */
function say(env: Env, broker: ServiceBroker, lines: readonly string[]): void {
  for (const line of lines)
    if (env.NODE_ENV === "production") broker.logger.info(line);
    else console.log(line);
}

async function main(): Promise<void> {
  readDotEnv({ quiet: true });
  const env = readEnv(process.env);
  const broker = createNode(env); // Moleculer itself stops the broker on SIGINT and SIGTERM and exits 0
  await broker.start();
  say(env, broker, whereAndHow(env, portOf(broker)));
}

main().catch((error: unknown) => {
  // What the operator has to mend is said in one line; a bug shows its stack.
  const known = error instanceof EnvError || error instanceof DataDirInUse;
  console.error(known ? `Can't start: ${error.message}` : error);
  process.exit(1);
});
