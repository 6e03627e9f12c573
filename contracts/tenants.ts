/**
 * Several products on one system: the variables of each. What is shared is inherited, what must not be is derived from the
 * tenant's name (folders, databases, keys), and any may be its own: `ACME__RATE_LIMIT=50`, `MY_SHOP__SMTP_URL=...`. Pure.
 */
import { hkdfSync } from "node:crypto";
import { resolve } from "node:path";
import { type Env, EnvError, readEnv, variables, type Vars } from "./env";

type Name = keyof typeof variables;

/** Of the process, which they share. */
const ofSystem: ReadonlySet<string> = new Set<Name>([
  ...(["NODE_ENV", "PORT", "HOST", "SERVICES", "NODE_ID", "NAMESPACE", "HEALTH_PORT"] as const),
  ...(["TRUST_PROXY", "PROCESSES", "TENANTS", "TENANT_DOMAIN"] as const),
]);

/** Not for a tenant's own admins: what is the system's, and where it keeps the tenants' data. */
export const isToldToTenant = (name: string): boolean =>
  !ofSystem.has(name) &&
  (variables as Readonly<Record<string, { told?: string }>>)[name]?.told !== "host" &&
  !/_(DIR|SCHEMA|DATABASE|PREFIX|BUCKET|REGION)$/.test(name);

/** With which one gets in, or speaks for the system: what opens one tenant must open no other. */
const ofOne = ["ADMIN_EMAIL", "ADMIN_PASSWORD", "SERVER_KEYS", "TRUSTED_ISSUERS", "HOOK_SECRET"] as const;

/** `MY_SHOP__`: what stands before a variable that is this tenant's own. */
export const overridePrefix = (tenant: string): string => `${tenant.toUpperCase().replaceAll("-", "_")}__`;

/** Where a tenant is without a host of its own. */
export const tenantPath = (tenant: string): string => `/t/${tenant}`;
/** What stands between the address of the system and the paths of this environment's. */
export const pathTo = ({ TENANT }: Env): string => (TENANT === undefined ? "" : tenantPath(TENANT));

const isGiven = (value: string | undefined): value is string => value !== undefined && value.trim() !== "";

/** @throws EnvError where it names a variable that is not there, or can't be one tenant's */
function overridesOf(vars: Vars, tenant: string): Vars {
  const prefix = overridePrefix(tenant);
  const own: Record<string, string> = {};
  for (const [full, value] of Object.entries(vars)) {
    if (!full.startsWith(prefix) || !isGiven(value)) continue;
    const name = full.slice(prefix.length);
    if (!(name in variables)) throw new EnvError(full, `there is no variable ${name}`);
    if (ofSystem.has(name)) throw new EnvError(full, `${name} is the system's, and the same for all tenants`);
    own[name] = value;
  }
  return own;
}

/** @throws EnvError for `ACEM__RATE_LIMIT`, which nobody would read */
function refuseStrays(vars: Vars, tenants: readonly string[]): void {
  const prefixes = tenants.map(overridePrefix);
  for (const [full, value] of Object.entries(vars)) {
    const [, name = ""] = /^[A-Z0-9_]+?__([A-Z0-9_]+)$/.exec(full) ?? [];
    if (isGiven(value) && name in variables && !prefixes.some((prefix) => full.startsWith(prefix)))
      throw new EnvError(full, "there is no tenant of this name in TENANTS");
  }
}

/** A key of its own out of one of the system's: who has one of them can find neither the system's nor another's. */
const ownKey = (secret: string, tenant: string, purpose: string): string =>
  Buffer.from(hkdfSync("sha256", secret, "", `tenant ${tenant}: ${purpose}`, 48)).toString("base64url");

const ownFolder = (folder: string, tenant: string): string => `${folder.replace(/\/+$/, "")}/tenants/${tenant}`;

/** The database that an address names. */
const databaseIn = (uri: string): string | undefined => /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1];

function ownAddress(tenant: string, { PUBLIC_URL, TENANT_DOMAIN }: Env): string | undefined {
  if (TENANT_DOMAIN === undefined) return PUBLIC_URL && PUBLIC_URL.replace(/\/+$/, "") + tenantPath(tenant);
  const protocol = PUBLIC_URL === undefined ? "http:" : new URL(PUBLIC_URL).protocol;
  return `${protocol}//${tenant}.${TENANT_DOMAIN}`;
}

/** What a tenant has instead of the system's, where it does not say otherwise. */
function derived(tenant: string, system: Env): Vars {
  const { JWT_ACCESS_SECRET: access, JWT_REFRESH_SECRET: refresh, MONGODB_URI: mongo, UPLOAD_DIR: uploads } = system;
  return {
    NAMESPACE: `${system.NAMESPACE}-${tenant}`,
    DATA_DIR: ownFolder(system.DATA_DIR, tenant),
    UPLOAD_DIR: uploads && ownFolder(uploads, tenant),
    JWT_ACCESS_SECRET: access && ownKey(access, tenant, "access"),
    JWT_REFRESH_SECRET: refresh && ownKey(refresh, tenant, "refresh"),
    POSTGRES_SCHEMA: `tenant_${tenant.replaceAll("-", "_")}`,
    MONGODB_DATABASE: `${system.MONGODB_DATABASE ?? (mongo && databaseIn(mongo)) ?? "chat"}-${tenant}`,
    S3_PREFIX: `${system.S3_PREFIX ?? ""}tenants/${tenant}/`,
    PUBLIC_URL: ownAddress(tenant, system),
  };
}

/**
 * The variables that this tenant's services are started with, and that its operator's commands read.
 * @throws EnvError where there is none of this name, or its variables can't be used
 */
export function tenantVars(vars: Vars, tenant: string): Vars {
  const system = readEnv(vars);
  if (!system.TENANTS.includes(tenant)) throw new EnvError("TENANTS", `there is no tenant "${tenant}" in it`);
  const shared = ofOne.find((name) => isGiven(vars[name]));
  if (shared !== undefined)
    throw new EnvError(shared, `would open every tenant; set ${overridePrefix(tenant)}${shared} for one of them`);
  const own = { ...derived(tenant, system), ...overridesOf(vars, tenant) };
  return { ...vars, ...own, TENANTS: undefined, TENANT_DOMAIN: undefined, HEALTH_PORT: undefined };
}

/** What no two tenants may have the same of, however it was set. */
const apart: readonly ((env: Env) => readonly (readonly [variable: Name, value: string | undefined])[])[] = [
  (env) => [["DATA_DIR", resolve(env.DATA_DIR)]],
  (env) => [["UPLOAD_DIR", env.UPLOAD_DIR && resolve(env.UPLOAD_DIR)]],
  (env) => [
    ["JWT_ACCESS_SECRET", env.JWT_ACCESS_SECRET],
    ["JWT_REFRESH_SECRET", env.JWT_REFRESH_SECRET],
  ],
  (env) => [["POSTGRES_SCHEMA", env.POSTGRES_URL && `${env.POSTGRES_URL} ${env.POSTGRES_SCHEMA}`]],
  (env) => [["MONGODB_DATABASE", env.MONGODB_URI && `${env.MONGODB_URI} ${env.MONGODB_DATABASE}`]],
  (env) => [["S3_PREFIX", env.S3_BUCKET && `${env.S3_ENDPOINT} ${env.S3_BUCKET} ${env.S3_PREFIX}`]],
  (env) => [["PUBLIC_URL", env.PUBLIC_URL?.replace(/\/+$/, "")]],
  (env) => env.SERVER_KEYS.map((digest) => ["SERVER_KEYS", digest]),
  (env) => [["HOOK_SECRET", env.HOOK_SECRET]],
];

/** @throws EnvError */
function refuseShared(envs: readonly TenantEnv[]): void {
  for (const valuesOf of apart) {
    const seen = new Map<string, string>();
    for (const env of envs)
      for (const [name, value] of valuesOf(env)) {
        const other = value === undefined ? undefined : seen.get(value);
        if (other !== undefined && other !== env.TENANT)
          throw new EnvError(overridePrefix(env.TENANT) + name, `is the same as that of the tenant ${other}`);
        if (value !== undefined) seen.set(value, env.TENANT);
      }
  }
}

export type TenantEnv = Env & { readonly TENANT: string };

/** The checks name a variable as readEnv knows it; which tenant's it is says this. */
function readOf(vars: Vars, tenant: string): TenantEnv {
  const own = tenantVars(vars, tenant);
  try {
    return Object.freeze({ ...readEnv(own), TENANT: tenant });
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    throw new EnvError(overridePrefix(tenant) + error.variable, error.message.slice(error.variable.length + 2));
  }
}

/**
 * The environments of all of TENANTS, in their order; none where it is not set.
 * @throws EnvError naming the variable that can't be used
 */
export function tenantEnvs(vars: Vars): TenantEnv[] {
  const system = readEnv(vars);
  if (system.TENANTS.length === 0) return [];
  refuseStrays(vars, system.TENANTS);
  const envs = system.TENANTS.map((tenant) => readOf(vars, tenant));
  refuseShared(envs);
  return envs;
}
