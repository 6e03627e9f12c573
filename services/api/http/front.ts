/**
 * The one port of several tenants: finds out whose a request is and hands it to that tenant's own server, which knows of no
 * other. What is asked of the whole (health, metrics) it answers itself.
 */
import { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Socket } from "node:net";
import { type ServiceBroker } from "moleculer";
import { Gauge, Registry } from "prom-client";
import { type Env } from "../../../contracts/env";
import { fail } from "../../../contracts/errors";
import { type TenantEnv, tenantPath } from "../../../contracts/tenants";
import { answerOps } from "../../../platform/health-server";
import { type Health, healthOf } from "../../../platform/health";
import { scrapeAll } from "../../../platform/metrics";
import { requestIdOf, sendData, sendFailure } from "./answers";
import { cors, secure } from "./headers";
import { opsPaths } from "./ops";
import { makeServer, refuseUpgrade } from "./server";
import { hostsOf, type Named, tenantOf } from "./tenant-of";

/** A tenant as the front sees it. */
export interface Tenant {
  readonly env: TenantEnv;
  readonly broker: ServiceBroker;
  readonly state: "starting" | "up" | "failed" | "stopped";
}
interface Shown {
  readonly status: string;
  readonly dependencies?: Health["dependencies"];
}

const NOBODY = "Say which tenant: by its path /t/<name>/, its own host, or the header X-Tenant.";

const pathOf = (url: string): string => url.split(/[?#]/, 1)[0] ?? "/";

export class Front {
  readonly server: Server;
  private readonly names: ReadonlySet<string>;
  private readonly hosts: ReadonlyMap<string, string>;
  private readonly metrics = new Registry();

  constructor(
    /** Of the system. */
    private readonly env: Env,
    private readonly tenants: ReadonlyMap<string, Tenant>,
  ) {
    this.names = new Set(tenants.keys());
    this.hosts = hostsOf([...tenants.values()].map((tenant) => tenant.env));
    this.server = makeServer((req, res) => void this.request(req, res), { isFront: true });
    this.server.on("upgrade", (req, socket: Socket, head) => this.upgrade(req, socket, head));
    const all = this.tenants;
    new Gauge({
      name: "tenant_up",
      help: "Whether the services of a tenant are started (1) or not (0)",
      labelNames: ["tenant"] as const,
      registers: [this.metrics],
      collect() {
        for (const [tenant, { state }] of all) this.set({ tenant }, state === "up" ? 1 : 0);
      },
    });
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const listen = this.server.listen.bind(this.server) as (...args: unknown[]) => unknown;
      listen(port, host, (error?: Error) => (error ? reject(error) : resolve()));
    });
  }

  private named(req: IncomingMessage): Named {
    return tenantOf(req, this.names, this.hosts, this.env.TENANT_DOMAIN);
  }

  /** @throws UNAVAILABLE while it can't answer */
  private serverOf(name: string): Server | undefined {
    const tenant = this.tenants.get(name);
    if (tenant?.state !== "up") throw fail("UNAVAILABLE", `The tenant ${name} is not up.`);
    return (tenant.broker.getLocalService("api") as unknown as { server: Server } | undefined)?.server;
  }

  private async request(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      await this.handOn(req, res, this.named(req));
    } catch (error) {
      secure(this.env, res);
      cors(this.env, req, res);
      res.setHeader("X-Request-Id", requestIdOf(req));
      sendFailure(res, error);
    }
  }

  private async handOn(req: IncomingMessage, res: ServerResponse, { tenant, url }: Named): Promise<void> {
    if (tenant === undefined) return this.ofWhole(req, res, pathOf(url));
    // The page's own links are relative, so it has to be where they begin.
    if (pathOf(req.url ?? "") === tenantPath(tenant) && req.method === "GET")
      return void res.writeHead(308, { Location: `${tenantPath(tenant)}/${url.slice(1)}` }).end();
    const server = this.serverOf(tenant);
    req.url = url;
    if (server) server.emit("request", req, res);
    else await answerOps((this.tenants.get(tenant) as Tenant).broker, req, res); // a node without doors
  }

  private upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    try {
      const { tenant, url } = this.named(req);
      const server = tenant === undefined ? undefined : this.serverOf(tenant);
      if (!server) throw fail("NOTFOUND", NOBODY);
      req.url = url;
      server.emit("upgrade", req, socket, head);
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  private async ofWhole(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    if (!opsPaths.has(path)) throw fail("NOTFOUND", NOBODY);
    if (!["GET", "HEAD"].includes(req.method ?? "")) {
      res.setHeader("Allow", "GET, HEAD");
      throw fail("METHOD", "This route takes GET, HEAD.");
    }
    secure(this.env, res);
    res.setHeader("X-Request-Id", requestIdOf(req));
    const uptime = Math.round(process.uptime());
    if (path === "/health/live") return sendData(res, { status: "up", uptime });
    if (path === "/metrics") return this.sendMetrics(res);
    const tenants = await this.health();
    const states = Object.values(tenants).map(({ status }) => status);
    // One that is down is for its own probe to tell: taking the port away would take it from all others.
    if (path === "/health/ready" && !states.includes("up")) throw fail("UNAVAILABLE", "No tenant is up.", { tenants });
    sendData(res, { status: states.every((state) => state === "up") ? "up" : "degraded", uptime, tenants });
  }

  private async health(): Promise<Record<string, Shown>> {
    const shown = [...this.tenants].map(async ([name, { state, broker }]): Promise<[string, Shown]> => {
      if (state !== "up") return [name, { status: state }];
      const { up, dependencies } = await healthOf(broker);
      return [name, { status: up ? "up" : "degraded", dependencies }];
    });
    return Object.fromEntries(await Promise.all(shown));
  }

  private async sendMetrics(res: ServerResponse): Promise<void> {
    const brokers = [...this.tenants.values()].filter(({ state }) => state === "up").map(({ broker }) => broker);
    const { type, text } = await scrapeAll(brokers, this.metrics);
    res.writeHead(200, { "Content-Type": type }).end(text);
  }
}
