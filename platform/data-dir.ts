/** DATA_DIR: made on start, and held by one process only while an embedded store in it is open. */
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Middleware, type ServiceBroker } from "moleculer";
import { type Env, EnvError, type ServiceName } from "../contracts/env";
import { metricsOf } from "./metrics";

/** As DATA_DIR: what the embedded store of documents keeps is gone with the process. */
export const NO_DIR = ":memory:";

/** The longest path of a unix socket that every kernel takes. */
const SOCKET_PATH_MAX = 100;

export class DataDirInUse extends Error {
  constructor(dir: string) {
    super(`DATA_DIR ${dir} is in use by another process. Stop it, or give this one a DATA_DIR of its own.`);
    this.name = "DataDirInUse";
  }
}

/** This node's services that keep their data in files that only one process may open. */
export function servicesOnEmbeddedStores(env: Env): ServiceName[] {
  const embedded: ServiceName[] = [];
  if (!env.MONGODB_URI) embedded.push("chat", "notifications", "uploads");
  if (!env.POSTGRES_URL) embedded.push("users");
  return embedded.filter((name) => env.SERVICES.includes(name));
}

/** With its parents, for nobody else's eyes. Node's own `recursive` tries for ever where a parent is there that takes no folders, such as /proc. */
export function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(dir).isDirectory()) return;
    if (code !== "ENOENT" || existsSync(dirname(dir))) throw error;
    makeFolder(dirname(dir));
    makeFolder(dir);
  }
}

/**
 * UPLOAD_DIR as it must be on nodes that take and give files, which meet it with the first upload only.
 * @throws EnvError
 */
export function makeUploadDir({ UPLOAD_DIR: dir, UPLOAD_STORE: store, SERVICES: services }: Env): void {
  const ofFiles = services.includes("uploads") || services.includes("api");
  if (dir === undefined || store !== "local" || !ofFiles) return;
  try {
    makeFolder(dir);
    accessSync(dir, constants.W_OK);
  } catch (error) {
    const { code, path = dir } = error as NodeJS.ErrnoException;
    throw new EnvError("UPLOAD_DIR", `${code ?? "an error"} at ${path}`);
  }
}

function lockPath(dir: string): string {
  const inside = join(dir, "lock.sock");
  if (Buffer.byteLength(inside) <= SOCKET_PATH_MAX) return inside;
  return join(tmpdir(), `chat-${createHash("sha256").update(dir).digest("hex").slice(0, 24)}.sock`);
}

const listen = (path: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((probe) => probe.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once("connect", () => (probe.destroy(), resolve(true)));
    probe.once("error", () => resolve(false));
  });

/**
 * A lock that dies with its holder: a listening unix socket. A pid file would outlive a `kill -9` and, in a container
 * where every process has the same pid, lock its own successor out.
 * @throws DataDirInUse
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  makeFolder(dataDir);
  const dir = realpathSync(dataDir);
  const path = lockPath(dir);
  let server: Server;
  try {
    server = await listen(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (await answers(path)) throw new DataDirInUse(dir);
    rmSync(path, { force: true });
    server = await listen(path);
  }
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** The broker holds its DATA_DIR from before its services open their stores until after they closed them. */
export function holdDataDir(env: Env): Middleware {
  let release: (() => Promise<void>) | undefined;
  return {
    name: "DataDir",
    async starting(broker: ServiceBroker) {
      if (env.DATA_DIR === NO_DIR) return;
      makeFolder(env.DATA_DIR);
      makeUploadDir(env);
      metricsOf(broker).watchDisk("data", env.DATA_DIR);
      if (env.UPLOAD_DIR !== undefined) metricsOf(broker).watchDisk("uploads", env.UPLOAD_DIR);
      if (servicesOnEmbeddedStores(env).length) release = await lockDataDir(env.DATA_DIR);
    },
    async stopped() {
      await release?.();
    },
  } as unknown as Middleware;
}
