/**
 * Placement by rendezvous hash: every caller sends the same key to the same node, and when a node comes or goes only
 * the keys of that node move. Registered under a string name, because only names travel to other nodes.
 */
import { createHash } from "node:crypto";
import { Strategies } from "moleculer";

export const SHARDED = "Rendezvous";

interface Endpoint {
  readonly id: string;
}
interface Keyed {
  readonly params?: Readonly<Record<string, unknown>>;
}

const weigh = (key: string, nodeId: string): number =>
  createHash("md5").update(`${key}|${nodeId}`).digest().readUIntBE(0, 6);

/** The node of `ids` that a key belongs to; undefined where there is none. */
export function placeOf<E extends Endpoint>(key: string, endpoints: readonly E[]): E | undefined {
  if (endpoints.length < 2) return endpoints[0];
  let best: E | undefined;
  let weight = -1;
  for (const endpoint of endpoints) {
    const w = weigh(key, endpoint.id);
    if (w > weight) [best, weight] = [endpoint, w];
  }
  return best;
}

class Rendezvous extends Strategies.Base {
  override select(endpoints: unknown[], ctx?: unknown): never {
    const { shardKey } = (this as unknown as { opts: { shardKey: string } }).opts;
    const key = (ctx as Keyed | undefined)?.params?.[shardKey];
    const list = endpoints as Endpoint[];
    // Params without the key fail validation wherever they arrive.
    return (typeof key === "string" || typeof key === "number" ? placeOf(String(key), list) : list[0]) as never;
  }
}

// Missing from Moleculer's type file.
(Strategies as unknown as { register(name: string, strategy: unknown): void }).register(SHARDED, Rendezvous);
