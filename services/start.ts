/** `npm start` and `npm run start:prod`: reads the environment, starts what it asks for, says where it is, stops it cleanly. */
import { config as readDotEnv } from "dotenv";
import { type Env, readEnv } from "../contracts/env";
import { type TenantEnv, tenantEnvs } from "../contracts/tenants";
import { growSlowly } from "../platform/heap";

let env: Env | undefined;
/** Whoever stops it has no need of the trouble that this makes for what is still starting. */
let asked = false;

/** Kept as digests alone. */
function forgetKeys(): void {
  for (const name of Object.keys(process.env)) if (/(^|__)SERVER_KEYS$/.test(name)) delete process.env[name];
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function noteSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => (asked = true));
}

function onSignal(stop: () => Promise<void>): void {
  noteSignals();
  let stopping: Promise<void> | undefined;
  for (const signal of SIGNALS) process.on(signal, () => void (stopping ??= stop().finally(() => process.exit(0))));
}

async function startTenants(system: Env, envs: readonly TenantEnv[]): Promise<void> {
  const { Tenants } = await import("./tenants");
  const { greetTenant } = await import("./greeting");
  const tenants = new Tenants(system, envs);
  onSignal(() => tenants.stop());
  await tenants.start();
  for (const one of envs) void tenants.whenUp(one.TENANT, (broker) => greetTenant(one, broker, tenants.port));
}

/** What is no node loads none. */
async function startGroup(of: Env, vars: NodeJS.ProcessEnv): Promise<void> {
  const { Supervisor } = await import("./processes/supervisor");
  const supervisor = new Supervisor(of, vars);
  onSignal(() => supervisor.stop());
  const serves = await supervisor.start().catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  if (!serves && !asked) process.exit(1);
}

async function startNode(of: Env): Promise<void> {
  const { createNode } = await import("./node");
  const { greet } = await import("./greeting");
  const broker = createNode(of); // Moleculer itself stops the broker on SIGINT and SIGTERM and exits 0
  noteSignals();
  await broker.start();
  greet(of, broker);
}

async function main(): Promise<void> {
  growSlowly();
  readDotEnv({ quiet: true });
  env = readEnv(process.env);
  const vars = { ...process.env };
  const tenants = tenantEnvs(process.env);
  forgetKeys();
  if (tenants.length > 0) return startTenants(env, tenants);
  return env.PROCESSES > 1 ? startGroup(env, vars) : startNode(env);
}

main().catch(async (error: unknown) => {
  if (asked) return; // who stops it ends the process, too
  const { refusal } = await import("./refusal");
  const why = refusal(env, error);
  console.error(why === undefined ? error : `Can't start: ${why}`);
  process.exit(1);
});
