/** Web Push through the whole system: from one person's message to the other's browser. */
import { createECDH, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { generateVAPIDKeys } from "web-push";
import { type Account, register, request } from "../support/client";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { startSystem, type System } from "../support/system";

let system: System;
let server: Server;
const got: string[] = [];

beforeAll(async () => {
  server = createServer((req, res) => {
    got.push(req.url ?? "");
    req.resume();
    res.writeHead(201).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const keys = generateVAPIDKeys();
  system = await startSystem({
    env: {
      DATA_DIR: await readyDataDir(),
      OUTGOING_PRIVATE: "on",
      VAPID_PUBLIC_KEY: keys.publicKey,
      VAPID_PRIVATE_KEY: keys.privateKey,
    },
  });
});
afterAll(async () => {
  await system?.stop();
  server.closeAllConnections();
  server.close();
});

const ask = async ({ token }: Account, method: string, path: string, body?: unknown): Promise<any> => {
  const { body: answer } = await request(system.url, method, path, { token, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.error.code}`);
  return answer.data;
};
const subscribe = (who: Account, path: string): Promise<unknown> =>
  ask(who, "POST", "/notifications/push/subscriptions", {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    keys: {
      p256dh: createECDH("prime256v1").generateKeys("base64url"),
      auth: randomBytes(16).toString("base64url"),
    },
  });

test("who is away is pushed what is written in a group; who has muted it, and who writes, is not", async () => {
  const [ann, bob, quiet] = [
    await register(system.url, "Ann"),
    await register(system.url, "Bob"),
    await register(system.url, "Quiet"),
  ];
  const group = { type: "group", name: "Crew", participantIds: [bob.id, quiet.id] };
  const { _id } = await ask(ann, "POST", "/conversations", group);
  await ask(quiet, "PUT", `/conversations/${_id}/mute`, { muted: true });
  await Promise.all([subscribe(ann, "/ann"), subscribe(bob, "/bob"), subscribe(quiet, "/quiet")]);
  await ask(ann, "POST", `/conversations/${_id}/messages`, { content: "hello" });
  await eventually(() => expect(got).toContain("/bob"));
  expect(got).not.toContain("/ann");
  await ask(quiet, "PUT", `/conversations/${_id}/mute`, { muted: false });
  await ask(ann, "POST", `/conversations/${_id}/messages`, { content: "hello again" });
  await eventually(() => expect(got).toContain("/quiet"));
});
