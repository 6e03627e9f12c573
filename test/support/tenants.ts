/** Starts a system of several tenants in this process: one free port, a folder of its own, nothing left behind. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type ServiceBroker } from "moleculer";
import { readEnv } from "../../contracts/env";
import { tenantEnvs } from "../../contracts/tenants";
import { Tenants } from "../../services/tenants";
import { readyDataDir } from "./pglite-template";
import { defaults } from "./system";

export interface TenantSystem {
  /** Of the whole. */
  readonly url: string;
  readonly dataDir: string;
  readonly tenants: Tenants;
  urlOf(tenant: string): string;
  brokerOf(tenant: string): ServiceBroker;
  dataDirOf(tenant: string): string;
  stop(): Promise<void>;
}

/** @param until once the folders are there and before anything is started */
export async function startTenants(
  names: readonly string[],
  env: Readonly<Record<string, string>> = {},
  until: (dataDirOf: (tenant: string) => string) => Promise<void> | void = () => undefined,
): Promise<TenantSystem> {
  const dataDir = await readyDataDir();
  const dataDirOf = (tenant: string): string => join(dataDir, "tenants", tenant);
  for (const name of names) {
    mkdirSync(dataDirOf(name), { recursive: true });
    cpSync(join(dataDir, "pg"), join(dataDirOf(name), "pg"), { recursive: true });
  }
  rmSync(join(dataDir, "pg"), { recursive: true });
  await until(dataDirOf);
  const vars = { ...defaults, PASSWORD_COST: "4", TENANTS: names.join(), DATA_DIR: dataDir, ...env };
  const tenants = new Tenants(readEnv(vars), tenantEnvs(vars));
  await tenants.start();
  await tenants.settled();
  const url = `http://127.0.0.1:${tenants.port}`;
  return {
    url,
    dataDir,
    tenants,
    dataDirOf,
    urlOf: (tenant) => `${url}/t/${tenant}`,
    brokerOf: (tenant) => tenants.brokerOf(tenant) as ServiceBroker,
    async stop() {
      await tenants.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
