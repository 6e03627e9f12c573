/** Whose request it is, by address: what limits count on. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Some proxies write the client's port behind its address: `203.0.113.7:51234`, `[2001:db8::7]:443`. */
const withoutPort = (text: string): string =>
  /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;

/** An address in its one spelling, an IPv4 address also where it stands in an IPv6 one; undefined where it is none. */
const addressIn = (text: string): string | undefined => (isIP(text) ? ipaddr.process(text).toString() : undefined);

/**
 * The address of the client. `X-Forwarded-For` is written by whoever sends it, so only its last `trusted` entries, which
 * our own proxies appended, are believed.
 */
export function clientIp(remote: string | undefined, forwardedFor: string | undefined, trusted: number): string {
  const peer = addressIn(remote ?? "") ?? "unknown";
  if (trusted === 0 || !forwardedFor) return peer;
  const chain = [...forwardedFor.split(",").map((entry) => withoutPort(entry.trim())), peer];
  return addressIn(chain[Math.max(0, chain.length - 1 - trusted)] ?? "") ?? peer;
}
