/**
 * Requests to addresses that users named (push endpoints, webhooks): never into our own network, never followed
 * elsewhere, never waited for long.
 */
import { lookup, type LookupAddress } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

const TIMEOUT = 10_000;

const inward = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  inward.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  inward.addSubnet(net, bits, "ipv6");

/** An address of this machine or of a private network, IPv4 in IPv6 included. */
export function isInward(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isInward(mapped);
  return inward.check(address, isIP(address) === 6 ? "ipv6" : "ipv4") || /^::ffff:/i.test(address);
}

const refused = (host: string): Error => new Error(`${host} is no public address`);

/** Checks what is connected to, not what was looked up before: a name may change its address in between. */
const lookupOutward: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error || !first) return done(error ?? refused(host), "", 0);
    if (addresses.some(({ address }) => isInward(address))) return done(refused(host), "", 0);
    if (options.all) return done(null, addresses);
    done(null, first.address, first.family);
  });
};

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer;
  /** Receivers in our own network are wanted: tests, and installations that have no other. */
  readonly allowInward: boolean;
}

/** The status of the answer, whatever it is. @throws when there is none */
export function post({ url, headers, body, allowInward }: Outgoing): Promise<number> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, "");
  if (!allowInward && isIP(host) && isInward(host)) return Promise.reject(refused(host));
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, ...(allowInward ? {} : { lookup: lookupOutward }) };
    const outgoing = request(target, options, (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy(); // nothing of the answer but its status is read
    });
    outgoing.setTimeout(TIMEOUT, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
