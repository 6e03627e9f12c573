/** One process of a group, started by the supervisor: a node that lives for as long as the supervisor does. */
import { rmdirSync } from "node:fs";
import { type ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { growSlowly } from "../../platform/heap";
import { onTold, tell } from "../../platform/processes/channel";
import { envIn, type Group } from "../../platform/processes/group";
import { greet } from "../greeting";
import { createNode } from "../node";
import { refusal } from "../refusal";
import { member } from "./member";

async function end(broker: ServiceBroker): Promise<never> {
  await broker.stop();
  process.exit(0);
}

/** The supervisor was killed: its port is gone, and nobody else clears up. */
async function endAlone(broker: ServiceBroker, { dir }: Group): Promise<void> {
  await broker.stop();
  try {
    rmdirSync(dir);
  } catch {
    // Another one is in it still, and goes last.
  }
  process.exit(1);
}

async function main(): Promise<void> {
  growSlowly();
  const group = JSON.parse(process.argv[2] ?? "") as Group;
  const whole = readEnv(process.env);
  const env = envIn(whole, group);
  delete process.env.SERVER_KEYS; // kept as digests alone
  const broker = createNode(env, { isGuest: true, group });
  broker.createService(member);
  onTold("stop", () => void end(broker));
  onTold("open", ({ port }) => greet(whole, broker, port));
  process.once("disconnect", () => void endAlone(broker, group));
  // Terminals and service managers tell all processes at once: the supervisor says whose turn it is.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void tell({ say: "signalled" }));
  try {
    await broker.start();
  } catch (error) {
    const why = refusal(env, error);
    console.error(why === undefined ? error : `Can't start: ${why}`);
    process.exit(1);
  }
  await tell({ say: "started" });
}

void main();
