/** Whose request it is, by address: what limits count on. */
import { isIP, isIPv6 } from "node:net";

const bare = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/**
 * The address of the client. `X-Forwarded-For` is written by whoever sends it, so only its last `trusted` entries, which
 * our own proxies appended, are believed.
 */
export function clientIp(remote: string | undefined, forwardedFor: string | undefined, trusted: number): string {
  const peer = bare(remote ?? "unknown");
  if (trusted === 0 || !forwardedFor) return peer;
  const chain = [...forwardedFor.split(",").map((s) => bare(s.trim())), peer];
  const claimed = chain[Math.max(0, chain.length - 1 - trusted)] ?? peer;
  return isIP(claimed) ? claimed : peer;
}

/** What shares one budget: an IPv4 address, or the /64 network that one IPv6 client may choose its addresses from. */
export function budgetOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = ip.split("::");
  const front = head.split(":").filter(Boolean);
  const back = (tail ?? "").split(":").filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill("0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((g) => parseInt(g, 16).toString(16))
    .join(":")}::/64`;
}
