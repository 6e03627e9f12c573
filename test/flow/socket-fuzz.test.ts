import fc from "fast-check";
import { type Namespace } from "../../contracts/sockets";
import { asyncApi } from "../../platform/specs";
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
  system = await startSystem({ env: { NODE_ID: NODE } });
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

const events = Object.values<any>(spec.channels).flatMap(({ address, messages }) =>
  Object.entries<any>(messages).flatMap(([id, message]) =>
    id.startsWith("client_") ? [{ namespace: address as Namespace, message }] : [],
  ),
);
type Documented = (typeof events)[number];
const payloadOf = ({ message }: Documented) => arbitrary(deref(message.payload), pool);

async function check({ namespace, message }: Documented, payload: unknown): Promise<void> {
  const client = clients.get(namespace) as Client;
  const ack = await client.send(message.name, payload);
  const text = JSON.stringify(ack);
  const told = `${message.name} ${JSON.stringify(payload)} -> ${text.slice(0, 500)}`;
  if (ack.error?.code === "INTERNAL" || ack.error?.code === "UNAVAILABLE") throw new Error(`failed: ${told}`);
  const wrong = published().ack(namespace, message.name, ack);
  if (wrong) throw new Error(`${wrong} ${told}`);
  if (LEAK.test(text) || text.includes(NODE)) throw new Error(`leak: ${told}`);
  expect(client.socket.connected).toBe(true);
}

test(`${CASES} events from asyncapi.yml: every one is acknowledged by the schema, none as a bug, none leaks`, async () => {
  const cases = fc.constantFrom(...events).chain((event) => fc.tuple(fc.constant(event), payloadOf(event)));
  await fc.assert(
    fc.asyncProperty(cases, ([event, payload]) => check(event, payload)),
    { numRuns: CASES, endOnFailure: true },
  );
});

test.each(events.map((event) => [event.message.name as string, event] as const))(
  "%s is sent at least three times",
  async (_name, event) => {
    for (const payload of fc.sample(payloadOf(event), 3)) await check(event, payload);
  },
);

test.each(events.map(({ namespace, message }) => [message.name as string, namespace] as const))(
  "%s refuses ids that can't even be written as text",
  async (name, namespace) => {
    const odd = { toString: 1, valueOf: 1 };
    const ack = await (clients.get(namespace) as Client).send(name, {
      conversationId: odd,
      messageId: odd,
      userId: odd,
    });
    expect(ack.error?.code).not.toBe("INTERNAL");
  },
);
