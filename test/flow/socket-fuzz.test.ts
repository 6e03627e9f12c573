import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { io, type Socket } from "socket.io-client";
import { asyncApi } from "../../mixins/specs";
import { arbitrary, CASES, LEAK, type Pool } from "../support/fuzz";
import { startSystem, type System } from "../support/system";

jest.setTimeout(1_200_000);
const spec = asyncApi() as any;
const deref = (json: any): any =>
  json?.$ref
    ? deref(
        json.$ref
          .split("/")
          .slice(1)
          .reduce((at: any, key: string) => at[key], spec),
      )
    : json;

const NODE = "the-fuzzed-node";
let system: System;
let pool: Pool;
const sockets: Record<string, Socket> = {};
beforeAll(async () => {
  system = await startSystem({ env: { PASSWORD_COST: "4", NODE_ID: NODE } });
  const account = async (name: string): Promise<any> => {
    const body = JSON.stringify({ username: name, email: `${name}@fuzz.example`, password: "Quiet-harbor-77" });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    return ((await (await fetch(`${system.url}/auth/register`, init)).json()) as any).data;
  };
  const [ann, ben] = [await account("ann"), await account("ben")];
  for (const namespace of ["chat", "notifications"]) {
    const socket = io(`${system.url}/${namespace}`, {
      auth: { token: ann.accessToken },
      transports: ["websocket"],
      forceNew: true,
    });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("connect_error", reject));
    sockets[namespace] = socket;
  }
  const users = [ben.user.user_id, ann.user.user_id];
  const { data: group } = await sockets.chat!.emitWithAck("conversation:create", {
    participantIds: users,
    name: "fuzz",
  });
  const sent = { conversationId: group._id, content: "hello" };
  const { data: message } = await sockets.chat!.emitWithAck("message:send", sent);
  pool = { ids: [group._id, message._id], users };
});
afterAll(async () => {
  for (const socket of Object.values(sockets)) socket.disconnect();
  await system.stop();
});

const ajv = addFormats(new Ajv2020({ strict: false }));
ajv.addSchema({ $id: "spec", ...spec });
const compile = (schema: unknown) => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"spec#/')));

test(`${CASES} events from asyncapi.yml: every one is acknowledged by the schema, none as a bug, none leaks`, async () => {
  const events = Object.entries<any>(spec.channels).flatMap(([channel, { messages }]) =>
    Object.entries<any>(messages).flatMap(([id, message]) =>
      id.startsWith("client_")
        ? [{ channel, message, fits: compile(messages[id.replace("client_", "ack_")].payload) }]
        : [],
    ),
  );
  const cases = fc
    .constantFrom(...events)
    .chain((event) => fc.tuple(fc.constant(event), arbitrary(deref(event.message.payload), pool)));
  await fc.assert(
    fc.asyncProperty(cases, async ([{ channel, message, fits }, payload]) => {
      const socket = sockets[channel]!;
      const ack = await socket.timeout(20_000).emitWithAck(message.name, payload);
      const text = JSON.stringify(ack);
      const told = `${message.name} ${JSON.stringify(payload)} -> ${text.slice(0, 500)}`;
      if (ack.error?.code === "INTERNAL" || ack.error?.code === "UNAVAILABLE") throw new Error(`failed: ${told}`);
      if (!fits(ack)) throw new Error(`not the schema: ${JSON.stringify(fits.errors?.slice(0, 5))} ${told}`);
      if (LEAK.test(text) || text.includes(NODE)) throw new Error(`leak: ${told}`);
      expect(socket.connected).toBe(true);
    }),
    { numRuns: CASES, endOnFailure: true },
  );
});
