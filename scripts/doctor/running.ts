/** The running system, as it says itself: what it depends on, its clock, what waits and what died. */
import { clock } from "./stores";
import { doubtful, fine, type Finding, wrong } from "./finding";

const PATIENCE_MS = 5_000;
/** Notifications, push and webhooks are late by that much. */
const LATE_S = 60;

interface Health {
  readonly data?: { readonly dependencies?: Readonly<Record<string, { readonly state: string }>> };
}

const valuesOf = (metrics: string, name: string, labels = ""): number[] =>
  [...metrics.matchAll(new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`, "gm"))]
    .filter(([, given = ""]) => given.includes(labels))
    .map(([, , value]) => Number(value));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export function* inMetrics(text: string): Generator<Finding> {
  const late = Math.max(0, ...valuesOf(text, "outbox_oldest_seconds"));
  if (late > LATE_S)
    yield doubtful(
      `a message waits for its notifications since ${Math.round(late)} s`,
      "see that the bus is up and nodes are not full",
    );
  const dead = sum(valuesOf(text, "bus_events_total", 'result="dead"'));
  if (dead > 0) yield doubtful(`${dead} facts died since the start`, "their log lines say why");
}

const labelsOf = (line: string): Record<string, string> =>
  Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));

/** Nodes of several versions: side by side for as long as one is rolled out, and no longer. */
export function* versionsIn(text: string): Generator<Finding> {
  const nodes = [...text.matchAll(/^cluster_node_info\{(.*)\}/gm)].map(([, labels = ""]) => labelsOf(labels));
  const by = (label: string): string[] => [...new Set(nodes.map((node) => node[label] || "an older one"))].sort();
  const told = (label: string): string =>
    nodes.map((node) => `${node.node} ${node[label] || "an older one"}`).join(", ");
  if (by("version").length > 1)
    yield doubtful(`the nodes run several versions of this program: ${told("version")}`, "finish the upgrade");
  if (by("nodejs").length > 1)
    yield doubtful(`the nodes run several versions of Node.js: ${told("nodejs")}`, "give all of them the same");
}

export async function* running(url: string): AsyncGenerator<Finding> {
  const get = (path: string): Promise<Response> => fetch(url + path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  try {
    const asked = Date.now();
    const answer = await get("/health");
    // Of its time a server says whole seconds.
    const late = clock(
      `the server at ${url}`,
      new Date(Date.parse(answer.headers.get("date") ?? "") + 500),
      asked - 500,
    );
    if (late) yield late;
    const { data } = (await answer.json()) as Health;
    const down = Object.entries(data?.dependencies ?? {}).filter(([, { state }]) => state !== "up");
    for (const [name] of down) yield wrong(`${name} is down, as the server at ${url} says`, "look at its log");
    if (down.length === 0) yield fine(`the server at ${url} is up, and all that it needs`);
    const metrics = await (await get("/metrics")).text();
    yield* inMetrics(metrics);
    yield* versionsIn(metrics);
  } catch {
    yield doubtful(`no server answers at ${url}`, "start it, or name it with --url");
  }
}
