/** A cluster of real processes over servers of its own: to be killed, frozen, cut off and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnection } from "mongoose";
import { type ServiceName } from "../../contracts/env";
import { hasFerretdb, startMongoOnPostgres } from "./ferretdb";
import { hasRabbitmq, type Rabbitmq, startRabbit } from "./rabbitmq";
import { freePort, type Server, startPostgres } from "./servers";

export type Services = readonly ServiceName[];
export interface Member {
  readonly name: string;
  readonly services: Services;
}

const { MONGODB_URI } = process.env;

/** What there must be for a cluster; tests skip themselves without it. */
export const canCluster = (): boolean =>
  hasRabbitmq() && existsSync("/usr/lib/postgresql") && (MONGODB_URI !== undefined || hasFerretdb());

/** The document store that MONGODB_URI names, which is not ours to take down. */
function given(url: string): Server {
  const refuse = (): never => {
    throw new Error("this document store is not ours to take down");
  };
  const nothing = (): Promise<void> => Promise.resolve();
  return { url, stop: nothing, start: nothing, kill: refuse, pause: refuse, resume: refuse };
}

/** As few processes as have all services, and two of those that must be able to die. */
export const small: readonly Member[] = [
  { name: "rest", services: ["users", "notifications", "uploads"] },
  { name: "chat-1", services: ["chat"] },
  { name: "chat-2", services: ["chat"] },
  { name: "api-1", services: ["api"] },
  { name: "api-2", services: ["api"] },
];
/** The cluster of docs/deployment.md. */
export const usual: readonly Member[] = [
  { name: "users", services: ["users"] },
  { name: "chat-1", services: ["chat"] },
  { name: "chat-2", services: ["chat"] },
  { name: "notifications-1", services: ["notifications"] },
  { name: "notifications-2", services: ["notifications"] },
  { name: "uploads", services: ["uploads"] },
  { name: "api-1", services: ["api"] },
  { name: "api-2", services: ["api"] },
];

const quiet = {
  NODE_ENV: "test",
  LOG_LEVEL: "warn",
  LOG_FORMAT: "json",
  RATE_LIMIT: "1000000",
  AUTH_RATE_LIMIT: "1000000",
  EVENT_RATE_LIMIT: "100000",
  PASSWORD_COST: "4",
  JWT_ACCESS_SECRET: "a".repeat(32),
  JWT_REFRESH_SECRET: "r".repeat(32),
};

export class NodeProcess {
  private child: ChildProcess | undefined;
  private port = 0;

  constructor(
    readonly name: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly logFile: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get pid(): number {
    return this.child?.pid ?? 0;
  }
  /** Undefined while it runs. */
  get exit(): number | NodeJS.Signals | undefined {
    return this.child?.exitCode ?? this.child?.signalCode ?? undefined;
  }
  get log(): string {
    return readFileSync(this.logFile, "utf8");
  }
  /** Resident memory, in MB. */
  get memory(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1]) / 1024;
  }

  /** On the port that it had before, if it had one. */
  async start(more: NodeJS.ProcessEnv = {}): Promise<void> {
    this.port ||= await freePort();
    const log = openSync(this.logFile, "a");
    this.child = fork(join(__dirname, "node-process.ts"), {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, ...this.env, PORT: String(this.port), ...more },
      stdio: ["ignore", log, log, "ipc"],
    });
    const child = this.child;
    const up = once(child, "message") as Promise<[{ port: number }]>;
    const ended = once(child, "exit").then(() => {
      throw new Error(`${this.name} did not start:\n${this.log.slice(-2_000)}`);
    });
    [{ port: this.port }] = await Promise.race([up, ended]);
    ended.catch(() => undefined); // later exits are the tests' business
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }
  /** As the kernel or a power cut would. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }
  private async end(how: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || this.exit !== undefined) return;
    const gone = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(how);
    await gone;
  }
}

export class Cluster {
  readonly nodes = new Map<string, NodeProcess>();
  private readonly dir = mkdtempSync(join(tmpdir(), "cluster-"));

  private constructor(
    readonly rabbit: Rabbitmq,
    readonly postgres: Server,
    readonly mongo: Server,
  ) {}

  /** @throws where a server is missing that it needs */
  static async start(members = usual, env: NodeJS.ProcessEnv = {}): Promise<Cluster> {
    const store = MONGODB_URI === undefined ? startMongoOnPostgres() : given(MONGODB_URI);
    const [rabbit, postgres, mongo] = await Promise.all([startRabbit(), startPostgres(), store]);
    if (!rabbit || !postgres || !mongo) throw new Error("a cluster needs RabbitMQ, PostgreSQL and a document store");
    const cluster = new Cluster(rabbit, postgres, mongo);
    for (const member of members) cluster.add(member, env);
    const started = await Promise.allSettled([...cluster.nodes.values()].map((node) => node.start()));
    const failed = started.find((result) => result.status === "rejected");
    if (!failed) return cluster;
    await cluster.stop();
    throw failed.reason;
  }

  add({ name, services }: Member, env: NodeJS.ProcessEnv = {}): NodeProcess {
    const own = {
      ...quiet,
      RABBITMQ_URL: this.rabbit.url,
      POSTGRES_URL: this.postgres.url,
      MONGODB_URI: this.mongo.url,
      DATA_DIR: join(this.dir, name),
      UPLOAD_DIR: join(this.dir, "uploads"),
      NODE_ID: name,
      SERVICES: services.join(","),
      ...env,
    };
    const node = new NodeProcess(name, own, join(this.dir, `${name}.log`));
    this.nodes.set(name, node);
    return node;
  }

  node(name: string): NodeProcess {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`there is no node ${name}`);
    return node;
  }

  get urls(): string[] {
    return [...this.nodes.values()].filter(({ name }) => name.startsWith("api")).map(({ url }) => url);
  }

  /** FerretDB reads whole collections: what earlier runs have left would make it slower and slower. */
  async forget(): Promise<void> {
    const connection = await createConnection(this.mongo.url).asPromise();
    for (const name of ["messages", "notifications"]) await connection.collection(name).deleteMany({});
    await connection.close();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.kill()));
    await Promise.all([this.rabbit.stop(), this.postgres.stop(), this.mongo.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
