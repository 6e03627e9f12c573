/** Health and metrics, for load balancers and Prometheus: outside the limits, without a token. */
import { type ServiceBroker } from "moleculer";
import { fail } from "../../../contracts/errors";
import { envOf } from "../../../platform/env";
import { type Health, healthOf } from "../../../platform/health";
import { scrapeAlone } from "../../../platform/metrics";
import { runningOf, scrapeWhole, uptimeOf } from "../../../platform/processes/whole";
import { sendData } from "./answers";
import { type Door } from "./door";

function shown(broker: ServiceBroker, { up, dependencies }: Health): object {
  const processes = runningOf(broker);
  const isWhole = up && processes?.running === processes?.of;
  return {
    status: isWhole ? "up" : "degraded",
    uptime: uptimeOf(broker),
    ...(processes ? { processes } : {}),
    dependencies,
  };
}

export const opsPaths: ReadonlySet<string> = new Set(["/health", "/health/live", "/health/ready", "/metrics"]);

export const opsDoors: readonly Door[] = [
  {
    method: "GET",
    path: "/health",
    access: "anyone",
    handle: async ({ broker, res }) => sendData(res, shown(broker, await healthOf(broker))),
  },
  {
    method: "GET",
    path: "/health/live",
    access: "anyone",
    handle: ({ broker, res }) => sendData(res, { status: "up", uptime: uptimeOf(broker) }),
  },
  {
    method: "GET",
    path: "/health/ready",
    access: "anyone",
    async handle({ broker, res }) {
      const health = await healthOf(broker);
      if (!health.up) throw fail("UNAVAILABLE", "A dependency is down.", { dependencies: health.dependencies });
      sendData(res, shown(broker, health));
    },
  },
  {
    method: "GET",
    path: "/metrics",
    access: "anyone",
    async handle({ broker, res }) {
      const { type, text } = await (envOf(broker).TENANT === undefined ? scrapeWhole : scrapeAlone)(broker);
      res.writeHead(200, { "Content-Type": type }).end(text);
    },
  },
];
