/**
 * Placement by rendezvous hash: every caller sends the same key to the same node, and when a node comes or goes only
 * the keys of that node move. Registered under a string name, because only names travel to other nodes.
 */
import { Strategies } from "moleculer";

export const SHARDED = "Rendezvous";

interface Endpoint {
  readonly id: string;
}
interface Keyed {
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Spreads every bit over all 32 (the finalizer of MurmurHash3): a hundredth of what a digest costs, as even. */
function mix(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a, finished by `mix` because ids of one minute differ in their last digits only. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** Node ids with a pid in them are new with every start, so the memory of them is bounded. */
const NODES_KEPT = 1_000;
const nodeHashes = new Map<string, number>();

function hashOfNode(id: string): number {
  let known = nodeHashes.get(id);
  if (known === undefined) {
    if (nodeHashes.size >= NODES_KEPT) nodeHashes.clear();
    nodeHashes.set(id, (known = hash(id)));
  }
  return known;
}

/** The endpoint that a key belongs to, whatever their order; undefined where there is none. */
export function placeOf<E extends Endpoint>(key: string, endpoints: readonly E[]): E | undefined {
  if (endpoints.length < 2) return endpoints[0];
  const keyHash = hash(key);
  let best: E | undefined;
  let weight = -1;
  for (const endpoint of endpoints) {
    const w = mix(keyHash ^ hashOfNode(endpoint.id));
    if (w > weight || (w === weight && best && endpoint.id > best.id)) [best, weight] = [endpoint, w];
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
