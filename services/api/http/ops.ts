/** Health and metrics, for load balancers and Prometheus: outside the limits, without a token. */
import { fail } from "../../../contracts/errors";
import { envOf } from "../../../platform/env";
import { type Health, healthOf } from "../../../platform/health";
import { scrape, scrapeAlone } from "../../../platform/metrics";
import { sendData } from "./answers";
import { type Door } from "./door";

const shown = ({ up, dependencies }: Health): object => ({
  status: up ? "up" : "degraded",
  uptime: Math.round(process.uptime()),
  dependencies,
});

export const opsPaths: ReadonlySet<string> = new Set(["/health", "/health/live", "/health/ready", "/metrics"]);

export const opsDoors: readonly Door[] = [
  {
    method: "GET",
    path: "/health",
    access: "anyone",
    handle: async ({ broker, res }) => sendData(res, shown(await healthOf(broker))),
  },
  {
    method: "GET",
    path: "/health/live",
    access: "anyone",
    handle: ({ res }) => sendData(res, { status: "up", uptime: Math.round(process.uptime()) }),
  },
  {
    method: "GET",
    path: "/health/ready",
    access: "anyone",
    async handle({ broker, res }) {
      const health = await healthOf(broker);
      if (!health.up) throw fail("UNAVAILABLE", "A dependency is down.", { dependencies: health.dependencies });
      sendData(res, shown(health));
    },
  },
  {
    method: "GET",
    path: "/metrics",
    access: "anyone",
    async handle({ broker, res }) {
      const { type, text } = await (envOf(broker).TENANT === undefined ? scrape : scrapeAlone)(broker);
      res.writeHead(200, { "Content-Type": type }).end(text);
    },
  },
];
