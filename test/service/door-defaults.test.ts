/** What libraries do by default and the door must not: facts that nothing else here would notice. */
import { type ServiceSchema } from "moleculer";
import { tokensOf } from "../../platform/tokens";
import { Client } from "../support/client";
import { startSystem, type System } from "../support/system";

/** A service that meddles with what it was handed. */
const callers: unknown[] = [];
const chat: ServiceSchema = {
  name: "chat",
  actions: {
    located: () => ({ gap: false }),
    list(ctx: any) {
      callers.push(ctx.meta.caller);
      ctx.meta.user = { id: 2, roles: ["admin"] };
      ctx.meta.caller = { userId: 2, sessionId: "s2", roles: ["admin"] };
      return [];
    },
  },
};
const SECRET = "a-secret-of-at-least-32-bytes-for-this-test";
let system: System;
let client: Client;
beforeAll(async () => {
  const env = { SERVICES: "api", JWT_ACCESS_SECRET: SECRET, JWT_REFRESH_SECRET: `${SECRET}-2` };
  system = await startSystem({ env, extra: [chat] });
  const caller = { userId: 1, sessionId: "s1", roles: ["user"] } as const;
  const { token } = tokensOf(system.broker).signAccess(caller, Date.now());
  client = await Client.connect(system.url, token, { standIns: true });
});
afterAll(async () => {
  client.close();
  await system.stop();
});

const catalogue = (what: string) => system.broker.call<any[], object>(`$node.${what}`, { skipInternal: true });

it("moleculer-io's and moleculer-web's own actions, which run and change anything, are not there", async () => {
  const names = (await catalogue("actions")).map((action) => action.name as string).filter((n) => n.startsWith("api."));
  for (const own of ["call", "broadcast", "getClients", "listAliases", "addRoute", "removeRoute"])
    expect(names).not.toContain(`api.${own}`);
  expect(names).toContain("api.deliver");
});

it("what a node tells others of its services holds no secret, no route and no folder", async () => {
  const told = JSON.stringify(await catalogue("services"));
  for (const inner of [SECRET, system.dataDir, "aliases", "mappingPolicy", "namespaces"])
    expect(told).not.toContain(inner);
  const { settings } = (await catalogue("services")).find((service) => service.name === "api");
  for (const inner of ["routes", "assets", "port", "ip", "io"]) expect(settings).not.toHaveProperty(inner);
});

it("an action that writes into its meta does not change who the socket is", async () => {
  await client.ok("conversation:list");
  await client.ok("conversation:list");
  expect(callers).toEqual([1, 1].map((userId) => ({ userId, sessionId: "s1", roles: ["user"] })));
});

it("a socket that comes back is not let in by what it was before: its token is checked, its rooms are found anew", () => {
  const { io } = system.broker.getLocalService("api") as unknown as { io: { opts: Record<string, unknown> } };
  expect(io.opts.connectionStateRecovery).toBeUndefined();
  expect(client.socket).toHaveProperty("_pid", undefined); // what a client would come back with
  expect(client.socket.recovered).toBeFalsy();
});
