/** Starts the system, or any part of it, in this process: a free port, a folder of its own, nothing left behind. */
import { rmSync } from "node:fs";
import { type AddressInfo, type Server } from "node:net";
import { type ServiceBroker, type ServiceSchema } from "moleculer";
import { readEnv } from "../../contracts/env";
import { revocationsOf } from "../../services/api/sockets/connection/revocations";
import { createNode } from "../../services/node";
import { readyDataDir } from "./pglite-template";

export interface System {
  /** Of the gateway; empty on a node without one. */
  readonly url: string;
  readonly broker: ServiceBroker;
  readonly dataDir: string;
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Variables over those of the tests: random port, temporary folder, no limits, quiet. */
  readonly env?: Readonly<Record<string, string>>;
  /** Services beside those of `SERVICES`: stand-ins for the ones that a test leaves out. */
  readonly extra?: readonly ServiceSchema[];
}

/** Random port, no limits, quiet. */
export const defaults = {
  NODE_ENV: "test",
  PORT: "0",
  LOG_LEVEL: "fatal",
  RATE_LIMIT: "1000000",
  AUTH_RATE_LIMIT: "1000000",
  RATE_LIMIT_WINDOW: "1h", // what a test counts is within one, however long it takes
  EVENT_RATE_LIMIT: "100000",
  PASSWORD_COST: "4", // a hash is a quarter of a second of a core at the cost of a real server
};

function urlOf(broker: ServiceBroker): string {
  const api = broker.getLocalService("api") as unknown as { server: Server } | undefined;
  return api ? `http://127.0.0.1:${(api.server.address() as AddressInfo).port}` : "";
}

export async function startSystem({ env = {}, extra = [] }: SystemOptions = {}): Promise<System> {
  const dataDir = env.DATA_DIR ?? (await readyDataDir());
  const broker = createNode(readEnv({ ...defaults, DATA_DIR: dataDir, ...env }));
  for (const schema of extra) broker.createService(schema);
  await broker.start();
  // Where a test has no users service, nobody was cut before it began.
  if (!broker.getLocalService("users"))
    revocationsOf(broker).learn({ at: new Date().toISOString(), sessions: {}, users: {} });
  return {
    url: urlOf(broker),
    broker,
    dataDir,
    async stop() {
      await broker.stop();
      if (env.DATA_DIR === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
