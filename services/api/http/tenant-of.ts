/**
 * Whose a request is, where several tenants share a port: `/t/acme/...` says so, or the header X-Tenant, or the host. They
 * may not say different things, so none is looked at first. Pure.
 */
import { type IncomingMessage } from "node:http";
import { fail } from "../../../contracts/errors";
import { type TenantEnv } from "../../../contracts/tenants";
import { targetOf } from "./target";

export const TENANT_HEADER = "x-tenant";

/** `tenant` is undefined where nothing names one; `url` is what is asked of it. */
export interface Named {
  readonly tenant: string | undefined;
  readonly url: string;
}

/** Hosts of tenants' own: of those whose address is a host and no path. */
export function hostsOf(envs: readonly TenantEnv[]): ReadonlyMap<string, string> {
  const own = envs.flatMap(({ PUBLIC_URL, TENANT }) => {
    const { host, pathname } = new URL(PUBLIC_URL ?? "http://localhost/t");
    return pathname === "/" ? [[host, TENANT] as const] : [];
  });
  return new Map(own);
}

const unknown = (name: string): Error => fail("NOTFOUND", `There is no tenant "${name.slice(0, 64)}".`);

/** What stands after `/t/<name>`; `/t/acme` is its page, whose links begin at `/t/acme/`. */
function splitPath(target: string): { byPath?: string; url: string } {
  const [, byPath, url] = /^\/t\/([^/?#]*)(.*)$/s.exec(target) ?? [];
  return byPath === undefined ? { url: target } : { byPath, url: url?.startsWith("/") ? url : `/${url}` };
}

function byHost(host: string, hosts: ReadonlyMap<string, string>, domain: string | undefined): string | undefined {
  const named = hosts.get(host);
  if (named !== undefined || domain === undefined || !host.endsWith(`.${domain}`)) return named;
  return host.slice(0, -domain.length - 1);
}

/**
 * @param names all tenants
 * @throws NOTFOUND for one that is not there, BAD_REQUEST where two are named
 */
export function tenantOf(
  req: IncomingMessage,
  names: ReadonlySet<string>,
  hosts: ReadonlyMap<string, string>,
  domain: string | undefined,
): Named {
  const { byPath, url } = splitPath(targetOf(req));
  const byHeader = req.headers[TENANT_HEADER];
  const host = (req.headers.host ?? "").toLowerCase();
  const said = [byPath, byHeader, byHost(host, hosts, domain)].filter((name) => name !== undefined).map(String);
  for (const name of said) if (!names.has(name)) throw unknown(name);
  if (new Set(said).size > 1) throw fail("BAD_REQUEST", `This names two tenants: ${said.join(" and ")}.`);
  return { tenant: said[0], url };
}
