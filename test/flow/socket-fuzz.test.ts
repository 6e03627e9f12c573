import fc from "fast-check";
import { type Namespace } from "../../contracts/sockets";
import { asyncApi } from "../../mixins/specs";
import { Client, register } from "../support/client";
import { arbitrary, CASES, dereferenced, LEAK, type Pool } from "../support/fuzz";
import { published } from "../support/published";
import { startSystem, type System } from "../support/system";

jest.setTimeout(1_200_000);
const spec = asyncApi() as any;
const deref = (json: any): any => dereferenced(spec, json);

const NODE = "the-fuzzed-node";
let system: System;
let pool: Pool;
const clients = new Map<Namespace, Client>();
beforeAll(async () => {
  system = await startSystem({ env: { PASSWORD_COST: "4", NODE_ID: NODE } });
  const [ann, ben] = [await register(system.url), await register(system.url)];
  for (const namespace of ["/chat", "/notifications"] as const)
    clients.set(namespace, await Client.connect(system.url, ann.token, { namespace }));
  const chat = clients.get("/chat") as Client;
  const users = [ben.id, ann.id];
  const group = await chat.ok("conversation:create", { participantIds: users, name: "fuzz" });
  const message = await chat.ok("message:send", { conversationId: group._id, content: "hello" });
  pool = { ids: [group._id, message._id], users };
});
afterAll(async () => {
  for (const client of clients.values()) client.close();
  await system.stop();
});

test(`${CASES} events from asyncapi.yml: every one is acknowledged by the schema, none as a bug, none leaks`, async () => {
  const events = Object.values<any>(spec.channels).flatMap(({ address, messages }) =>
    Object.entries<any>(messages).flatMap(([id, message]) =>
      id.startsWith("client_") ? [{ namespace: address as Namespace, message }] : [],
    ),
  );
  const cases = fc
    .constantFrom(...events)
    .chain((event) => fc.tuple(fc.constant(event), arbitrary(deref(event.message.payload), pool)));
  await fc.assert(
    fc.asyncProperty(cases, async ([{ namespace, message }, payload]) => {
      const client = clients.get(namespace) as Client;
      const ack = await client.send(message.name, payload);
      const text = JSON.stringify(ack);
      const told = `${message.name} ${JSON.stringify(payload)} -> ${text.slice(0, 500)}`;
      if (ack.error?.code === "INTERNAL" || ack.error?.code === "UNAVAILABLE") throw new Error(`failed: ${told}`);
      const wrong = published().ack(namespace, message.name, ack);
      if (wrong) throw new Error(`${wrong} ${told}`);
      if (LEAK.test(text) || text.includes(NODE)) throw new Error(`leak: ${told}`);
      expect(client.socket.connected).toBe(true);
    }),
    { numRuns: CASES, endOnFailure: true },
  );
});
