/** A gateway with stand-ins behind it: for tests of the sockets alone. */
import { type ServiceSchema } from "moleculer";
import { type Params } from "../../contracts/actions";
import { tokensOf } from "../../platform/tokens";
import { call } from "../../platform/bus";
import { Client } from "./client";
import { startSystem, type System } from "./system";

type ConnectOptions = NonNullable<Parameters<typeof Client.connect>[2]>;
type Batch = Params<"api.deliver">;

export class Gateway {
  private readonly clients: Client[] = [];

  private constructor(readonly system: System) {}

  /** `actions` of the stand-in for chat; whatever it lacks is UNAVAILABLE. */
  static async start(actions: ServiceSchema["actions"] = {}, env: Record<string, string> = {}): Promise<Gateway> {
    const chat: ServiceSchema = {
      name: "chat",
      actions: { located: () => ({ gap: false }), presence: () => [], join: () => ({}), ...actions },
    };
    return new Gateway(await startSystem({ env: { SERVICES: "api", ...env }, extra: [chat] }));
  }

  token(userId: number, { sessionId = `s${userId}`, at = Date.now() } = {}): string {
    return tokensOf(this.system.broker).signAccess({ userId, sessionId, roles: ["user"] }, at).token;
  }

  async connect(userId: number, options: ConnectOptions & { token?: string } = {}): Promise<Client> {
    const { token = this.token(userId), ...rest } = options;
    const client = await Client.connect(this.system.url, token, { standIns: true, ...rest });
    this.clients.push(client);
    return client;
  }

  deliver(batch: Batch): Promise<unknown> {
    return call(this.system.broker, "api.deliver", batch);
  }

  rooms(change: Params<"api.rooms">): Promise<unknown> {
    return call(this.system.broker, "api.rooms", change);
  }

  closeClients(): void {
    for (const client of this.clients.splice(0)) client.close();
  }

  async stop(): Promise<void> {
    this.closeClients();
    await this.system.stop();
  }
}

/** One emission of a conversation's batch. */
export const emission = (
  payload: object,
  over: Partial<Batch["emissions"][number]> = {},
): Batch["emissions"][number] => ({
  namespace: "/chat",
  event: "message:created",
  body: JSON.stringify(payload),
  to: "members",
  ...over,
});
