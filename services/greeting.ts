/** The five lines of a start: where everything is and how to use it. */
import { type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { type ServiceBroker } from "moleculer";
import { type Env } from "../contracts/env";
import { type TenantEnv, tenantPath } from "../contracts/tenants";

/** The port that is really listened on, which PORT=0 leaves to the system. */
export function portOf(broker: ServiceBroker): number | undefined {
  const api = broker.getLocalService("api") as unknown as { server: Server } | undefined;
  return (api?.server.address() as AddressInfo | null | undefined)?.port;
}

const shownHost = (host: string): string => (host === "127.0.0.1" || host === "0.0.0.0" ? "localhost" : host);

export function whereAndHow(env: Env, port: number | undefined): string[] {
  const url = `http://${shownHost(env.HOST)}:${port ?? "-"}`;
  const users = env.POSTGRES_URL ? "PostgreSQL" : `PGlite in ${join(env.DATA_DIR, "pg")}`;
  const documents = env.MONGODB_URI ? "MongoDB" : `SQLite in ${join(env.DATA_DIR, "chat.db")}`;
  const bus = env.RABBITMQ_URL ? "RabbitMQ" : (env.TRANSPORTER ?? (env.PROCESSES > 1 ? "local" : "in process"));
  const where = env.PROCESSES > 1 ? `in ${env.PROCESSES} processes` : "here";
  const door = port === undefined ? `This node has no door; health on port ${env.HEALTH_PORT ?? "(off)"}` : undefined;
  return [
    door ?? `Chat is ready: open ${url} in two browser windows`,
    door ? `Namespace: ${env.NAMESPACE}` : `REST: ${url}/api/docs   Socket.IO: ${url}/ws-docs   health: ${url}/health`,
    `Users: ${users}   messages: ${documents}   bus: ${bus}`,
    `Services ${where}: ${env.SERVICES.join(", ")} (${env.NODE_ENV})`,
    "Operators: npm run chat -- help   Stop: Ctrl+C",
  ];
}

/** For people as plain lines, the last ones of a start; in production as what every other line is. */
function say(env: Env, broker: ServiceBroker, lines: readonly string[]): void {
  if (env.NODE_ENV === "production") for (const line of lines) broker.logger.info(line);
  else console.log(["", ...lines].join("\n"));
}

export const greet = (env: Env, broker: ServiceBroker, port = portOf(broker)): void =>
  say(env, broker, whereAndHow(env, port));

/** A tenant is ready, be it before or after others. */
export function greetTenant(env: TenantEnv, broker: ServiceBroker, port: number | undefined): void {
  const at = `http://${shownHost(env.HOST)}:${port ?? "-"}${tenantPath(env.TENANT)}/`;
  const own = env.PUBLIC_URL === undefined ? "" : ` (${env.PUBLIC_URL})`;
  say(env, broker, [`The tenant ${env.TENANT} is ready: ${at}${own}, its data in ${env.DATA_DIR}`]);
}
