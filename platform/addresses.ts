/** Which addresses are the world's, and not of this machine or of a network of our own; by the IANA's registries. */
import { Resolver } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr, { type IPv6 } from "ipaddr.js";

/** All of IPv6 that is routed at all; outside of it are the old forms that carry an IPv4 address. */
const ROUTED = ipaddr.parseCIDR("2000::/3") as [IPv6, number];

/** An address of this machine or of a private network, in whatever form it is written, IPv4 in IPv6 included. */
export function isInward(address: string): boolean {
  const known = isIP(address) ? ipaddr.process(address) : undefined;
  if (known?.range() !== "unicast") return true;
  return known.kind() === "ipv6" && !(known as IPv6).match(ROUTED);
}

/** What shares one budget and one turn: an IPv4 address, or the /64 network that one IPv6 client may choose its addresses from. */
export function budgetOf(ip: string): string {
  const address = isIP(ip) ? ipaddr.process(ip) : undefined;
  if (address?.kind() !== "ipv6") return ip;
  const network = (address as IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(":")}::/64`;
}

/** The address that a URL names, where it names one and not a host. */
export function literalOf({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) ? ipaddr.parse(host).toString() : undefined;
}

const isOwnName = (host: string): boolean => /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/i.test(host);

/**
 * Asked of DNS itself, in time: the system's look-up takes a thread for as long as somebody's name server lets it wait,
 * and there are few of them for all.
 */
const resolver = new Resolver({ timeout: 2_000, tries: 2 });

const ask = (how: "resolve4" | "resolve6", host: string): Promise<string[]> =>
  new Promise((resolve) => resolver[how](host, (error, found) => resolve(error ? [] : found)));

/** None where the name is unknown, or its servers don't answer. */
async function addressesOf(host: string): Promise<string[]> {
  const [four, six] = await Promise.all([ask("resolve4", host), ask("resolve6", host)]);
  return [...four, ...six];
}

export const notPublic = (host: string): Error => new Error(`${host} is no public address`);

/** True where the URL is known to lead inward; a name that can't be asked for now is checked at each connection. */
export async function leadsInward(url: URL): Promise<boolean> {
  const literal = literalOf(url);
  if (literal !== undefined) return isInward(literal);
  return isOwnName(url.hostname) || (await addressesOf(url.hostname)).some(isInward);
}

/** Checks what is connected to, not what was looked up before: a name may change its address in between. */
export const lookupOutward: LookupFunction = (host, options, done) => {
  if (isOwnName(host)) return done(notPublic(host), "", 0);
  void addressesOf(host).then((found) => {
    const addresses = found.map((address) => ({ address, family: isIP(address) }));
    const [first] = addresses;
    if (!first) return done(new Error(`${host} has no address`), "", 0);
    if (found.some(isInward)) return done(notPublic(host), "", 0);
    if (options.all) return done(null, addresses);
    done(null, first.address, first.family);
  });
};
