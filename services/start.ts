/** `npm start` and `npm run start:prod`: reads the environment, starts one node, says where it is, stops it cleanly. */
import { config as readDotEnv } from "dotenv";
import { type ServiceBroker } from "moleculer";
import { type Env, readEnv } from "../contracts/env";
import { portOf, whereAndHow } from "./greeting";
import { createNode } from "./node";
import { refusal } from "./refusal";

/** For people as plain lines; in production as what every other line is. */
function say(env: Env, broker: ServiceBroker, lines: readonly string[]): void {
  for (const line of lines)
    if (env.NODE_ENV === "production") broker.logger.info(line);
    else console.log(line);
}

let env: Env | undefined;

async function main(): Promise<void> {
  readDotEnv({ quiet: true });
  env = readEnv(process.env);
  const broker = createNode(env); // Moleculer itself stops the broker on SIGINT and SIGTERM and exits 0
  await broker.start();
  say(env, broker, whereAndHow(env, portOf(broker)));
}

main().catch((error: unknown) => {
  const why = refusal(env, error);
  console.error(why === undefined ? error : `Can't start: ${why}`);
  process.exit(1);
});
