/** Health and metrics of a node without `api`, on HEALTH_PORT: what probes and Prometheus ask, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Middleware, type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { toWire } from "../contracts/errors";
import { healthOf } from "./health";
import { scrape } from "./metrics";

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function answer(broker: ServiceBroker, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = (req.url ?? "").split("?")[0];
  if (path === "/health/live") return json(res, 200, { ok: true, data: { status: "up" } });
  if (path === "/metrics") {
    const { type, text } = await scrape(broker);
    return void res.writeHead(200, { "Content-Type": type }).end(text);
  }
  if (path !== "/health" && path !== "/health/ready") return json(res, 404, { ok: false, error: { code: "NOTFOUND" } });
  const { up, dependencies } = await healthOf(broker);
  const data = { status: up ? "up" : "degraded", dependencies };
  if (up || path === "/health") json(res, 200, { ok: true, data });
  else json(res, 503, { ok: false, error: { code: "UNAVAILABLE", message: "A dependency is down.", details: data } });
}

/** Open from before the first connection to a store or the bus is tried until after the last one is closed. */
export function healthPort(env: Env): Middleware {
  const port = env.HEALTH_PORT;
  if (port === undefined || env.SERVICES.includes("api")) return {};
  let server: Server | undefined;
  return {
    name: "HealthPort",
    async starting(broker: ServiceBroker) {
      const own = createServer((req, res) => {
        answer(broker, req, res).catch((error: unknown) => json(res, 500, { ok: false, error: toWire(error) }));
      });
      server = own;
      await new Promise<void>((resolve, reject) => own.once("error", reject).listen(port, env.HOST, resolve));
    },
    stopped() {
      server?.close();
      server?.closeAllConnections();
      return Promise.resolve();
    },
  } as unknown as Middleware;
}
