/** `npm start` and `npm run start:prod`: reads the environment, starts one node, says where it is, stops it cleanly. */
import { config as readDotEnv } from "dotenv";
import { type Env, readEnv } from "../contracts/env";
import { type TenantEnv, tenantEnvs } from "../contracts/tenants";
import { greet, greetTenant } from "./greeting";
import { createNode } from "./node";
import { refusal } from "./refusal";

let env: Env | undefined;

/** Kept as digests alone. */
function forgetKeys(): void {
  for (const name of Object.keys(process.env)) if (/(^|__)SERVER_KEYS$/.test(name)) delete process.env[name];
}

async function startTenants(system: Env, envs: readonly TenantEnv[]): Promise<void> {
  const { Tenants } = await import("./tenants");
  const tenants = new Tenants(system, envs);
  let stopping: Promise<void> | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => void (stopping ??= tenants.stop().finally(() => process.exit(0))));
  await tenants.start();
  for (const one of envs) void tenants.whenUp(one.TENANT, (broker) => greetTenant(one, broker, tenants.port));
}

async function main(): Promise<void> {
  readDotEnv({ quiet: true });
  env = readEnv(process.env);
  const tenants = tenantEnvs(process.env);
  forgetKeys();
  if (tenants.length > 0) return startTenants(env, tenants);
  const broker = createNode(env); // Moleculer itself stops the broker on SIGINT and SIGTERM and exits 0
  await broker.start();
  greet(env, broker);
}

main().catch((error: unknown) => {
  const why = refusal(env, error);
  console.error(why === undefined ? error : `Can't start: ${why}`);
  process.exit(1);
});
