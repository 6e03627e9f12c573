/** Health and metrics of a node without `api`, on HEALTH_PORT; a node with `api` has them on its own port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Middleware, type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { type ErrorCode } from "../contracts/errors";
import { envOf } from "./env";
import { healthOf } from "./health";
import { scrape, scrapeAlone } from "./metrics";

const send = (res: ServerResponse, status: number, type: string, text: string): void =>
  void res.writeHead(status, { "Content-Type": type, "X-Content-Type-Options": "nosniff" }).end(text);

const sendJson = (res: ServerResponse, status: number, body: unknown): void =>
  send(res, status, "application/json; charset=utf-8", JSON.stringify(body));

const refuse = (res: ServerResponse, status: number, code: ErrorCode, message: string, details?: object): void =>
  sendJson(res, status, { ok: false, error: { code, message, ...(details ? { details } : {}) } });

const paths = new Set(["/health", "/health/live", "/health/ready", "/metrics"]);

/** Of one node; what it does not know gets 404. */
export async function answerOps(
  broker: ServiceBroker,
  { method = "", url = "/" }: IncomingMessage,
  res: ServerResponse,
) {
  const path = url.split("?", 1)[0] ?? "/";
  if (!paths.has(path)) return refuse(res, 404, "NOTFOUND", "There is no such route.");
  if (!["GET", "HEAD"].includes(method)) {
    res.setHeader("Allow", "GET, HEAD");
    return refuse(res, 405, "METHOD", "This route takes GET, HEAD.");
  }
  if (path === "/metrics") {
    const { type, text } = await (envOf(broker).TENANT === undefined ? scrape : scrapeAlone)(broker);
    return send(res, 200, type, text);
  }
  if (path === "/health/live") return sendJson(res, 200, { ok: true, data: { status: "up" } });
  const { up, dependencies } = await healthOf(broker);
  if (up || path === "/health")
    return sendJson(res, 200, { ok: true, data: { status: up ? "up" : "degraded", dependencies } });
  refuse(res, 503, "UNAVAILABLE", "A dependency is down.", { dependencies });
}

function listen(broker: ServiceBroker, host: string, port: number): Promise<Server> {
  const server = createServer((req, res) => {
    answerOps(broker, req, res).catch((error: unknown) => {
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
