/** Health and metrics of a node without `api`, on HEALTH_PORT; a node with `api` has them on its own port. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { type Middleware, type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { healthOf } from "./health";
import { scrape } from "./metrics";

const send = (res: ServerResponse, status: number, type: string, text: string): void =>
  void res.writeHead(status, { "Content-Type": type, "X-Content-Type-Options": "nosniff" }).end(text);

const sendJson = (res: ServerResponse, status: number, body: unknown): void =>
  send(res, status, "application/json; charset=utf-8", JSON.stringify(body));

async function answer(broker: ServiceBroker, path: string, res: ServerResponse): Promise<void> {
  if (path === "/metrics") {
    const { type, text } = await scrape(broker);
    return send(res, 200, type, text);
  }
  if (path === "/health/live") return sendJson(res, 200, { ok: true, data: { status: "up" } });
  if (path !== "/health" && path !== "/health/ready")
    return sendJson(res, 404, { ok: false, error: { code: "NOTFOUND", message: "There is no such route." } });
  const { up, dependencies } = await healthOf(broker);
  if (up || path === "/health")
    return sendJson(res, 200, { ok: true, data: { status: up ? "up" : "degraded", dependencies } });
  const error = { code: "UNAVAILABLE", message: "A dependency is down.", details: { dependencies } };
  sendJson(res, 503, { ok: false, error });
}

function listen(broker: ServiceBroker, host: string, port: number): Promise<Server> {
  const server = createServer((req, res) => {
    answer(broker, (req.url ?? "/").split("?", 1)[0] ?? "/", res).catch((error: unknown) => {
      broker.logger.error("health", error);
      res.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => resolve(server));
  });
}

export function healthServer(env: Env): Middleware {
  let server: Server | undefined;
  return {
    name: "HealthServer",
    async started(broker: ServiceBroker) {
      if (env.HEALTH_PORT === undefined || env.SERVICES.includes("api")) return;
      server = await listen(broker, env.HOST, env.HEALTH_PORT);
    },
    async stopping() {
      server?.closeAllConnections();
      await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    },
  } as unknown as Middleware;
}
