/** The broker: only what differs from Moleculer's defaults, read from contracts/env. */
import { config as readDotEnv } from "dotenv";
import { type BrokerOptions, type LoggerConfig, type ServiceBroker } from "moleculer";
import { hostname } from "node:os";
import { mayRetry } from "./contracts/errors";
import { type Env, EnvError, readEnv } from "./contracts/env";
import { limitsOfCalls } from "./platform/calls";
import { holdDataDir } from "./platform/data-dir";
import { bindEnv } from "./platform/env";
import { factsMiddleware } from "./platform/facts";
import { healthServer } from "./platform/health-server";
import { LazyValidator } from "./platform/lazy-validator";
import { jsonLines, logBugs } from "./platform/logging";
import { metricsOf } from "./platform/metrics";
import "./platform/placement";
import { type Group, inGroup } from "./platform/processes/group";
import { quiet } from "./platform/quiet-start";
import { stopsOnce } from "./platform/stopping";
import { replCommands } from "./scripts/operators/repl";
import { greet } from "./services/greeting";
import { traces, ZipkinExporter } from "./platform/tracing";
import { transporterOf } from "./platform/transporter";
import { programVersion } from "./platform/root";
import { spoken } from "./platform/transporter/packets";
import { tersePackets } from "./platform/transporter/terse";

/** Lines for people say which tenant they are of; JSON has it in `ns`. */
const formatterOf = ({ TENANT }: Env): string =>
  TENANT === undefined ? "short" : `[{time}] {level} ${TENANT}/{mod}: {msg}`;

function loggerOf(env: Env): LoggerConfig {
  const { LOG_LEVEL: level } = env;
  const type = env.LOG_FORMAT === "pretty" ? "Console" : "Pino";
  const options =
    type === "Console" ? { level, formatter: formatterOf(env), colors: true } : { level, pino: { options: jsonLines } };
  const isQuiet = env.NODE_ENV === "development" && level === "info";
  return isQuiet ? (quiet(type, options) as unknown as LoggerConfig) : { type, options };
}

/** Spans carry names, times and error codes: never params, which may hold what people write. */
function tracingOf({ TRACE_URL }: Env): NonNullable<BrokerOptions["tracing"]> {
  if (TRACE_URL === undefined) return { enabled: false };
  return {
    enabled: true,
    exporter: [new ZipkinExporter({ baseURL: TRACE_URL.replace(/\/$/, ""), interval: 1 })] as never,
    errorFields: ["name", "code", "type"],
    tags: { action: { params: false, meta: false } },
  };
}

/** Where several tenants are in one process, whose a figure is. */
function labelled(broker: ServiceBroker, { TENANT }: Env): void {
  if (TENANT !== undefined) metricsOf(broker).registry.setDefaultLabels({ tenant: TENANT });
}

/** As much of a node as others are told; one of an earlier version says less. */
interface KnownNode {
  readonly id: string;
  readonly client?: { readonly langVersion?: string };
  readonly metadata?: { readonly version?: string };
}

/** Which versions of this program and of Node.js the nodes run that this one knows. */
function watchNodes(broker: ServiceBroker): void {
  const registry = broker.registry as unknown as { getNodeList(which: object): KnownNode[] };
  metricsOf(broker).countNodes(() =>
    registry.getNodeList({ onlyAvailable: true, withServices: false }).map(({ id, client, metadata }) => ({
      node: id,
      version: metadata?.version ?? "",
      nodejs: client?.langVersion ?? "",
    })),
  );
}

/** @param group the processes that this node is one of */
export function brokerOptions(env: Env, group?: Group): BrokerOptions {
  return {
    metadata: { ...spoken, version: programVersion() },
    nodeID: env.NODE_ID ?? `${hostname()}-${process.pid}`,
    namespace: env.NAMESPACE,
    logger: loggerOf(env),
    transporter: transporterOf(env, group),
    serializer: "Notepack", // keeps dates and buffers, and is the fastest for large ones
    // Our own checks (contracts/schema) report what they find the way the built-in ones do.
    validator: new LazyValidator({ useNewCustomCheckerFunction: true }),
    dependencyInterval: 50, // a start would take a whole second wherever one service waits for another
    requestTimeout: null as never, // nought would overrule limitsOfCalls, which says how long a call may take
    retryPolicy: {
      // Off unless an action's contract says that running it twice does no harm.
      enabled: false,
      // At once first, so that what one socket sent in a row keeps its order when its node dies: 1, 8, 64, 500 ms.
      retries: 4,
      delay: 1,
      maxDelay: 500,
      factor: 8,
      check: mayRetry,
    },
    registry: { preferLocal: false }, // a local short cut would give one conversation two actors
    tracing: tracingOf(env),
    heartbeatInterval: 5,
    heartbeatTimeout: 15,
    middlewares: [
      {
        created: (broker: ServiceBroker) => {
          bindEnv(broker, env);
          labelled(broker, env);
          watchNodes(broker);
        },
      },
      ...(group ? [inGroup(group)] : []),
      stopsOnce(),
      holdDataDir(env),
      factsMiddleware(env),
      logBugs(),
      healthServer(env),
      ...(env.TRACE_URL === undefined ? [] : [traces()]),
      limitsOfCalls(),
      tersePackets(),
    ],
  };
}

/** Moleculer's runner calls this; tests and services/start make brokers from an environment of their own. */
export default function config(): BrokerOptions {
  readDotEnv({ quiet: true });
  const env = readEnv(process.env);
  if (env.TENANTS.length > 0) throw new EnvError("TENANTS", "needs `npm start`: the runner makes one broker");
  if (env.PROCESSES > 1) console.warn("PROCESSES is for `npm start`: here all runs in one process, to be reloaded.");
  return { ...brokerOptions(env), replCommands, started: (broker: ServiceBroker) => greet(env, broker) };
}
