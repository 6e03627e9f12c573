/** Metrics and health of a group as a whole, whichever of its processes is asked. */
import { type ServiceBroker } from "moleculer";
import { type MetricObject } from "prom-client";
import { call } from "../bus";
import { merged, scrape } from "../metrics";
import { type Group, groupOf, indices, nodeOf } from "./group";

interface Registered {
  get(id: string): { readonly available: boolean } | undefined;
}

const namesOf = (group: Group): string[] => indices(group).map((index) => nodeOf(group, index));

/** Of who does not answer in two seconds nothing is said. */
export async function scrapeWhole(broker: ServiceBroker): Promise<{ type: string; text: string }> {
  const group = groupOf(broker);
  if (!group) return scrape(broker);
  const answers = await Promise.allSettled(
    namesOf(group).map((nodeID) => call(broker, "process.metrics", {}, { nodeID, retries: 0 })),
  );
  return merged(answers.flatMap((a) => (a.status === "fulfilled" ? [a.value.metrics as MetricObject[]] : [])));
}

/** How many of its processes are there; undefined where a node is a process by itself. */
export function runningOf(broker: ServiceBroker): { running: number; of: number } | undefined {
  const group = groupOf(broker);
  if (!group) return undefined;
  const nodes = broker.registry.nodes as unknown as Registered;
  return { running: namesOf(group).filter((name) => nodes.get(name)?.available).length, of: group.size };
}

/** Seconds since the whole was started. */
export function uptimeOf(broker: ServiceBroker): number {
  const group = groupOf(broker);
  return Math.round(group ? (Date.now() - group.startedAt) / 1000 : process.uptime());
}
