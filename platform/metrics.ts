/** The Prometheus metrics of one node: names and labels are fixed, labels come from closed lists, never from users. */
import { statfs } from "node:fs/promises";
import { type ServiceBroker } from "moleculer";
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type MetricObject,
  Registry,
} from "prom-client";

const httpLabels = ["method", "route", "status"] as const;
/** From a tenth of a millisecond, a local turn, to the ten seconds after which every call has failed. */
const buckets = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface OutboxStats {
  /** Messages whose facts are not safe on the bus yet. */
  readonly waiting: number;
  /** Seconds since the oldest of them was stored. */
  readonly oldest: number;
}

export interface NodeInfo {
  readonly node: string;
  readonly version: string;
  readonly nodejs: string;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #own = { registers: [this.registry] };

  readonly httpRequests = new Counter({
    name: "http_requests_total",
    help: "HTTP requests answered",
    labelNames: httpLabels,
    ...this.#own,
  });
  readonly httpDuration = new Histogram({
    name: "http_request_duration_seconds",
    help: "From a request's head to the end of its answer",
    labelNames: httpLabels,
    buckets,
    ...this.#own,
  });
  readonly messagesCreated = new Counter({
    name: "chat_messages_created_total",
    help: "Messages stored",
    labelNames: ["type"] as const,
    ...this.#own,
  });
  readonly notificationsPushed = new Counter({
    name: "notifications_pushed_total",
    help: "Notifications stored and sent to their users' sockets",
    labelNames: ["type"] as const,
    ...this.#own,
  });
  readonly eventDuration = new Histogram({
    name: "chat_event_duration_seconds",
    help: "From a client's socket event to its ack",
    labelNames: ["event"] as const,
    buckets,
    ...this.#own,
  });
  readonly busEvents = new Counter({
    name: "bus_events_total",
    help: "Facts published to and handled from the bus (published, failed, handled, retried, dead)",
    labelNames: ["event", "result"] as const,
    ...this.#own,
  });
  readonly storeDuration = new Histogram({
    name: "store_duration_seconds",
    help: "Operations of the stores",
    labelNames: ["store", "operation"] as const,
    buckets,
    ...this.#own,
  });

  readonly #connections = new Map<string, () => number>();
  readonly #actors: (() => number)[] = [];
  readonly #mailboxes: (() => number)[] = [];
  readonly #outboxes: (() => OutboxStats)[] = [];
  readonly #nodes: (() => NodeInfo[])[] = [];
  readonly #folders = new Map<string, string>();

  constructor() {
    const { registers } = this.#own;
    const connections = this.#connections;
    new Gauge({
      name: "websocket_connections_active",
      help: "Connected sockets",
      labelNames: ["namespace"] as const,
      registers,
      collect() {
        for (const [namespace, count] of connections) this.set({ namespace }, count());
      },
    });
    this.#summed("chat_actors_active", "Conversations awake on this node", this.#actors);
    this.#summed("chat_mailbox_depth", "Commands that wait in the mailboxes of this node", this.#mailboxes);
    const outboxes = this.#outboxes;
    new Gauge({
      name: "outbox_waiting",
      help: "Messages stored by this node whose facts are not safe on the bus yet",
      registers,
      collect() {
        this.set(outboxes.reduce((sum, stats) => sum + stats().waiting, 0));
      },
    });
    new Gauge({
      name: "outbox_oldest_seconds",
      help: "For how long the oldest of them has been waiting",
      aggregator: "max",
      registers,
      collect() {
        this.set(Math.max(0, ...outboxes.map((stats) => stats().oldest)));
      },
    });
    const nodes = this.#nodes;
    new Gauge({
      name: "cluster_node_info",
      help: "1 for each node that this one knows, with the versions of the program and of Node.js that it runs",
      labelNames: ["node", "version", "nodejs"] as const,
      aggregator: "max",
      registers,
      collect() {
        this.reset(); // nodes go
        for (const about of nodes.flatMap((list) => list())) this.set({ ...about }, 1);
      },
    });
    const folders = this.#folders;
    new Gauge({
      name: "disk_free_ratio",
      help: "What part of the disk under a folder is free for this process (data, uploads)",
      labelNames: ["folder"] as const,
      aggregator: "min",
      registers,
      async collect() {
        for (const [folder, path] of folders) {
          const disk = await statfs(path).catch(() => undefined); // a folder that is not made yet has no figure
          if (disk?.blocks) this.set({ folder }, disk.bavail / disk.blocks);
        }
      },
    });
  }

  /** Read at every scrape, so that no count can drift from what is really connected. */
  countConnections(namespace: string, count: () => number): void {
    this.#connections.set(namespace, count);
  }
  countOutbox(stats: () => OutboxStats): void {
    this.#outboxes.push(stats);
  }
  countNodes(list: () => NodeInfo[]): void {
    this.#nodes.push(list);
  }
  watchDisk(folder: "data" | "uploads", path: string): void {
    this.#folders.set(folder, path);
  }
  countActors(active: () => number, mailboxDepth: () => number): void {
    this.#actors.push(active);
    this.#mailboxes.push(mailboxDepth);
  }

  #summed(name: string, help: string, sources: readonly (() => number)[]): void {
    const { registers } = this.#own;
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(sources.reduce((sum, read) => sum + read(), 0));
      },
    });
  }
}

const ofBroker = new WeakMap<ServiceBroker, Metrics>();

export function metricsOf(broker: ServiceBroker): Metrics {
  const metrics = ofBroker.get(broker) ?? new Metrics();
  ofBroker.set(broker, metrics);
  return metrics;
}

let ofProcess: Registry | undefined;

/** prom-client counts the CPU's time from when it is first asked, which here is the first scrape: what was before goes in, too. */
function countSinceStart(register: Registry): void {
  const { user, system } = process.cpuUsage();
  const spent = { user_: user, system_: system, "": user + system };
  for (const [kind, micros] of Object.entries(spent))
    (register.getSingleMetric(`process_cpu_${kind}seconds_total`) as Counter).inc(micros / 1e6);
}

/** How often the event loop is looked at, which wakes a process that rests. */
const LOOK_MS = 50;

/** Of memory, CPU and event loop, which nodes in one process share. */
function processMetrics(): Registry {
  if (!ofProcess) {
    collectDefaultMetrics({ register: (ofProcess = new Registry()), eventLoopMonitoringPrecision: LOOK_MS });
    countSinceStart(ofProcess);
  }
  return ofProcess;
}

export interface Scrape {
  readonly type: string;
  readonly text: string;
}

/** What `/metrics` answers: the node's own and the process's (memory, CPU, event loop), which nodes in it share. */
export async function scrape(broker: ServiceBroker): Promise<Scrape> {
  const ofThis = processMetrics();
  const both = await Promise.all([metricsOf(broker).registry.metrics(), ofThis.metrics()]);
  return { type: ofThis.contentType, text: both.join("\n") };
}

/** Of a tenant's node: the process is not its own. */
export async function scrapeAlone(broker: ServiceBroker): Promise<Scrape> {
  const { registry } = metricsOf(broker);
  return { type: registry.contentType, text: await registry.metrics() };
}

/** Of one text, each metric's two lines about it with the lines of its values. */
const familiesIn = (text: string): string[] => text.split(/\n(?=# HELP )/).map((family) => family.trim());

/** Of several nodes in one process, told apart by their labels: the format wants each metric once, with all its values. */
export async function scrapeAll(brokers: readonly ServiceBroker[], more: Registry): Promise<Scrape> {
  const ofThis = processMetrics();
  const texts = await Promise.all(brokers.map((broker) => metricsOf(broker).registry.metrics()));
  const merged = new Map<string, string>();
  for (const family of texts.flatMap(familiesIn)) {
    const [help = "", type = "", ...values] = family.split("\n");
    const head = `${help}\n${type}`;
    if (help) merged.set(head, [merged.get(head) ?? head, ...values].join("\n"));
  }
  const text = [...merged.values(), await more.metrics(), await ofThis.metrics()].join("\n");
  return { type: ofThis.contentType, text };
}

/** The same to be put together with other processes' by `merged`; what is of a process alone has its name as a label. */
export async function metricsToMerge(broker: ServiceBroker, process: string): Promise<MetricObject[]> {
  const [own, shared] = [metricsOf(broker).registry, processMetrics()];
  shared.setDefaultLabels({ process });
  const labelled = (await shared.getMetricsAsJSON()).map((metric) => ({ ...metric, aggregator: "first" as const }));
  return [...(await own.getMetricsAsJSON()), ...labelled];
}

/** Counts of all of them together, the least free disk, the longest wait. */
export async function merged(all: readonly MetricObject[][]): Promise<Scrape> {
  const registry = AggregatorRegistry.aggregate([...all]);
  return { type: registry.contentType, text: await registry.metrics() };
}
