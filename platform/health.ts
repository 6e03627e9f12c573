/** The health of a node: what its services depend on, each probed, with its latency. */
import { type ServiceBroker } from "moleculer";
import { allServices, type ServiceName } from "../contracts/env";
import { type Dependency, type healthActions } from "../contracts/health";
import { call } from "./bus";
import { envOf } from "./env";

/** A probe that takes longer is a dependency that is down. */
const PROBE_MS = 2_000;
/** Health is asked without a limit, so answers are shared for this long: no one can load the stores through it. */
const FRESH_MS = 1_000;

export type Dependencies = Record<string, Dependency>;
export interface Health {
  readonly up: boolean;
  readonly dependencies: Dependencies;
}

const late = (): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(new Error("no answer in time")), PROBE_MS).unref());

async function measure(check: () => Promise<unknown>): Promise<Dependency> {
  const start = performance.now();
  try {
    await Promise.race([check(), late()]);
    return { state: "up", latencyMs: Math.round((performance.now() - start) * 100) / 100 };
  } catch {
    return { state: "down", latencyMs: null }; // that it is down is the whole answer
  }
}

/** What a service's `health` action answers: `health: act("users.health", () => probe({ sql: () => ... }))`. */
export async function probe(checks: Record<string, () => Promise<unknown>>): Promise<{ dependencies: Dependencies }> {
  const entries = Object.entries(checks).map(async ([name, check]) => [name, await measure(check)] as const);
  return { dependencies: Object.fromEntries(await Promise.all(entries)) };
}

/** In process there is no bus that could be down. */
function busOf(broker: ServiceBroker): Dependencies {
  // Moleculer's own flag stays true after the first connection; the transporter knows.
  const { transit } = broker as unknown as { transit: { tx: { connected: boolean } } | null };
  if (!transit) return { bus: { state: "up", latencyMs: 0 } };
  return { bus: { state: transit.tx.connected ? "up" : "down", latencyMs: null } };
}

type Asked = Exclude<ServiceName, "api">;

async function ofService(broker: ServiceBroker, name: Asked, nodeID?: string): Promise<Dependencies> {
  const start = performance.now();
  try {
    const action: keyof typeof healthActions = `${name}.health`;
    const { dependencies } = await call(broker, action, {}, nodeID === undefined ? {} : { nodeID });
    const latencyMs = Math.round((performance.now() - start) * 100) / 100;
    const inner = Object.entries(dependencies).map(([d, state]) => [`${name}.${d}`, state] as const);
    return { [name]: { state: "up", latencyMs }, ...Object.fromEntries(inner) };
  } catch {
    return { [name]: { state: "down", latencyMs: null } };
  }
}

/** A node with `api` needs all services, wherever they run; another one only its own. */
async function ask(broker: ServiceBroker): Promise<Health> {
  const here = envOf(broker).SERVICES;
  const doors = here.includes("api");
  const wanted: readonly ServiceName[] = doors ? allServices : here;
  const asked = wanted.filter((s): s is Asked => s !== "api");
  const parts = await Promise.all([
    Promise.resolve(busOf(broker)),
    ...asked.map((name) => ofService(broker, name, doors ? undefined : broker.nodeID)),
  ]);
  const dependencies = Object.assign({}, ...parts) as Dependencies;
  return { up: Object.values(dependencies).every((d) => d.state === "up"), dependencies };
}

const recent = new WeakMap<ServiceBroker, { at: number; health: Promise<Health> }>();

export function healthOf(broker: ServiceBroker): Promise<Health> {
  const last = recent.get(broker);
  if (last && performance.now() - last.at < FRESH_MS) return last.health;
  const health = ask(broker);
  recent.set(broker, { at: performance.now(), health });
  return health;
}
