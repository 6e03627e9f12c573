/** `npm start` and `npm run start:prod`: reads the environment, starts one node, says where it is, stops it cleanly. */
import { config as readDotEnv } from "dotenv";
import { type Env, readEnv } from "../contracts/env";
import { greet } from "./greeting";
import { createNode } from "./node";
import { refusal } from "./refusal";

let env: Env | undefined;

async function main(): Promise<void> {
  readDotEnv({ quiet: true });
  env = readEnv(process.env);
  delete process.env.SERVER_KEYS; // kept as digests alone
  const broker = createNode(env); // Moleculer itself stops the broker on SIGINT and SIGTERM and exits 0
  await broker.start();
  greet(env, broker);
}

main().catch((error: unknown) => {
  const why = refusal(env, error);
  console.error(why === undefined ? error : `Can't start: ${why}`);
  process.exit(1);
});
