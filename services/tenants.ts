/** TENANTS: one node for each in this process, which share nothing but the port and the machine. */
import { type AddressInfo } from "node:net";
import { type ServiceBroker } from "moleculer";
import { type Env, EnvError } from "../contracts/env";
import { overridePrefix, type TenantEnv } from "../contracts/tenants";
import { SharedResources, shareResources } from "../platform/shared-resources";
import { issuersOf } from "../platform/issuers/config";
import { Slots } from "../platform/slots";
import { Front, type Tenant } from "./api/http/front";
import { endConnections } from "./api/http/server";
import { createNode } from "./node";
import { refusal } from "./refusal";

/** What opens one tenant opens no other: a token that two of them trust would. @throws EnvError */
function refuseSharedIssuers(envs: readonly TenantEnv[]): void {
  const seen = new Map<string, string>();
  for (const env of envs)
    for (const { issuer, audience } of issuersOf(env))
      for (const one of audience) {
        const key = JSON.stringify([issuer, one]);
        const other = seen.get(key);
        if (other !== undefined && other !== env.TENANT)
          throw new EnvError(
            `${overridePrefix(env.TENANT)}TRUSTED_ISSUERS`,
            `the tenant ${other} trusts the same tokens of ${issuer}; each needs an audience of its own`,
          );
        seen.set(key, env.TENANT);
      }
}

/** A start takes all of a core for a second or two; more at once would only make all of them late. */
const STARTS_AT_ONCE = 2;

interface Resident extends Tenant {
  state: Tenant["state"];
  /** Settles when it is up, or can't be. */
  started: Promise<void>;
}

export class Tenants {
  private readonly residents: ReadonlyMap<string, Resident>;
  private readonly front: Front;

  /** @param env of the system */
  constructor(
    private readonly env: Env,
    envs: readonly TenantEnv[],
  ) {
    refuseSharedIssuers(envs);
    const shared = new SharedResources();
    this.residents = new Map(
      envs.map((own) => {
        const broker = createNode(own, { isGuest: true });
        shareResources(broker, shared);
        return [own.TENANT, { env: own, broker, state: "starting", started: Promise.resolve() }];
      }),
    );
    this.front = new Front(env, this.residents);
  }

  /**
   * Resolves when the port is open, which it is as soon as one tenant can be served; the others follow, and one that
   * can't start is no reason to keep out the others.
   * @throws where none can start, or nothing can listen
   */
  async start(): Promise<void> {
    const turns = new Slots(STARTS_AT_ONCE);
    for (const resident of this.residents.values()) resident.started = turns.run(() => this.startOne(resident));
    await Promise.any([...this.residents.values()].map(({ started }) => started)).catch((error: AggregateError) => {
      throw error.errors[0];
    });
    const { SERVICES, PORT, HEALTH_PORT, HOST } = this.env;
    const port = SERVICES.includes("api") ? PORT : HEALTH_PORT;
    if (port !== undefined) await this.front.listen(port, HOST);
  }

  /** That each is up, or can't be. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.residents.values()].map(({ started }) => started));
  }

  /** Not called where it can't start. */
  async whenUp(name: string, tell: (broker: ServiceBroker) => void): Promise<void> {
    const resident = this.residents.get(name);
    await resident?.started.then(() => tell(resident.broker)).catch(() => undefined);
  }

  /** What is really listened on. */
  get port(): number | undefined {
    return (this.front.server.address() as AddressInfo | null)?.port;
  }

  stateOf(name: string): Tenant["state"] | undefined {
    return this.residents.get(name)?.state;
  }

  /** Of one tenant, for those who work inside this process. */
  brokerOf(name: string): ServiceBroker | undefined {
    return this.residents.get(name)?.broker;
  }

  /** One tenant's services alone; its callers hear UNAVAILABLE, the others nothing. */
  async stopOne(name: string): Promise<void> {
    const resident = this.residents.get(name);
    if (!resident) return;
    resident.state = "stopped";
    await resident.broker.stop();
  }

  /** All at once, each within the time that a node alone has. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.front.server.close(() => resolve()));
    await Promise.all([...this.residents.keys()].map((name) => this.stopOne(name)));
    endConnections(this.front.server, "all");
    if (this.port !== undefined) await closed;
  }

  private async startOne(resident: Resident): Promise<void> {
    const { env, broker } = resident;
    if (resident.state === "stopped") throw new Error("stopped before it started");
    try {
      await broker.start();
      if (resident.state === "starting") resident.state = "up";
    } catch (error) {
      resident.state = "failed";
      broker.logger.error(`The tenant ${env.TENANT} can't start: ${refusal(env, error) ?? "this is a bug"}`, error);
      await broker.stop().catch(() => undefined); // what of it had started
      throw error;
    }
  }
}
