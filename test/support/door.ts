/** An api node with stand-ins for the services behind it, for tests of the HTTP door alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceBroker, type ServiceSchema } from "moleculer";
import { readEnv } from "../../contracts/env";
import { type Role } from "../../contracts/caller";
import { tokensOf } from "../../platform/tokens";
import { revocationsOf } from "../../services/api/sockets/connection/revocations";
import { createNode } from "../../services/node";

export interface Door {
  readonly broker: ServiceBroker;
  readonly port: number;
  readonly url: string;
  /** A request with an answer in the envelope. */
  ask(path: string, init?: RequestInit & { token?: string; json?: unknown }): Promise<Answer>;
  tokenOf(userId: number, roles?: Role[]): string;
  close(): Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export async function openDoor(
  env: Record<string, string> = {},
  services: readonly Partial<ServiceSchema>[] = [],
): Promise<Door> {
  const dir = mkdtempSync(join(tmpdir(), "door-"));
  const checked = readEnv({
    SERVICES: "api",
    PORT: "0",
    DATA_DIR: dir,
    NODE_ENV: "test",
    LOG_LEVEL: "fatal",
    RATE_LIMIT: "100000",
    AUTH_RATE_LIMIT: "100000",
    RATE_LIMIT_WINDOW: "1h", // what a test counts is within one, however long it takes
    ...env,
  });
  const broker = createNode(checked);
  for (const schema of services) broker.createService(schema as ServiceSchema);
  await broker.start();
  revocationsOf(broker).learn({ at: new Date().toISOString(), sessions: {}, users: {} }); // nobody was cut before
  const { server } = broker.getLocalService("api") as unknown as { server: Server };
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    broker,
    port,
    url,
    async ask(path, { token, json, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
      if (json !== undefined) headers.set("content-type", "application/json");
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const res = await fetch(url + path, { ...init, ...body, headers });
      const text = await res.text();
      return { status: res.status, headers: res.headers, body: text ? JSON.parse(text) : undefined };
    },
    tokenOf: (userId, roles = ["user"]) =>
      tokensOf(broker).signAccess({ userId, sessionId: `s${userId}`, roles }, Date.now()).token,
    async close() {
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
