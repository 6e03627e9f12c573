/** Receivers that hang, drip, dawdle and are quick, all at once: each waits for itself alone, and a stop for none. */
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { createServer as createHttp } from "node:http";
import { createECDH, randomBytes } from "node:crypto";
import { generateVAPIDKeys } from "web-push";
import { call } from "../../platform/bus";
import { publishFact } from "../../platform/facts";
import { contextOf } from "../../services/notifications/context";
import { until } from "../support/facts";
import { caller, fact, message, type Node, notificationsNode, record } from "../support/notifications";

const vapid = generateVAPIDKeys();
const EVENTS = 12;

const servers: Server[] = [];
const sockets = new Set<Socket>();

async function listening(server: Server): Promise<string> {
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers 201 after a while, and counts. */
async function receiver(delayMs: number): Promise<{ url: string; got: () => number }> {
  let got = 0;
  const server = createHttp((request, response) => {
    request.resume().once("end", () => {
      got++;
      setTimeout(() => response.writeHead(201).end(), delayMs);
    });
  });
  return { url: await listening(server), got: () => got };
}

/** Never gets to the end of its headers. */
async function dripping(): Promise<{ url: string; open: () => number }> {
  let open = 0;
  const server = createTcp((socket) => {
    open++;
    socket.resume().write("HTTP/1.1 201 Created\r\n");
    const timer = setInterval(() => socket.write("X-More: y\r\n"), 50);
    socket.once("close", () => (clearInterval(timer), open--));
  });
  return { url: await listening(server), open: () => open };
}

const silent = (): Promise<string> => listening(createTcp((socket) => void socket.resume()));

const browserKeys = () => ({
  p256dh: createECDH("prime256v1").generateKeys("base64url"),
  auth: randomBytes(16).toString("base64url"),
});

describe("receivers of every pace", () => {
  let node: Node;
  beforeEach(async () => {
    node = await notificationsNode({
      VAPID_PUBLIC_KEY: vapid.publicKey,
      VAPID_PRIVATE_KEY: vapid.privateKey,
      OUTGOING_PRIVATE: "on",
    });
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    jest.restoreAllMocks();
    for (const server of servers.splice(0)) server.close();
  });

  const hook = (url: string) =>
    call(
      node.broker,
      "notifications.addWebhook",
      { url, facts: ["message.created"] },
      { meta: { caller: caller(9, "admin") } },
    );
  const device = (userId: number, endpoint: string) =>
    node.as(userId, "notifications.subscribe", { endpoint, keys: browserKeys() });
  /** In a conversation of its own each, so that none of them stands for another. */
  const tell = async (recipients: number[]): Promise<void> => {
    const m = message();
    await record(node, m);
    await publishFact(
      node.broker,
      "message.created",
      fact({ conversationId: m._id, recipients: [1, ...recipients], messages: [m] }),
    );
  };

  test("the quick ones get everything while others hang, and a stop waits for none of them", async () => {
    const [drip, slow, quick, phone] = [await dripping(), await receiver(400), await receiver(0), await receiver(0)];
    for (const url of [await silent(), slow.url, quick.url]) await hook(url);
    for (let n = 0; n < 10; n++) await device(2, `${drip.url}/${n}`);
    await device(3, `${phone.url}/phone`);
    for (let n = 0; n < EVENTS; n++) await tell([2, 3]);
    await until(() => quick.got() === EVENTS && phone.got() === EVENTS);
    await until(() => drip.open() === 6); // as many at a time as any destination has
    const began = performance.now();
    await node.broker.stop();
    expect(performance.now() - began).toBeLessThan(8_000); // no request has come to its deadline of 10 s
    await until(() => drip.open() < 6);
  });

  test("however many hang, with however much to come, who answers gets everything", async () => {
    const { pushServices } = contextOf(node.broker.getLocalService("notifications"));
    const sent: string[] = [];
    let hanging = 0;
    let release = (): void => undefined;
    const released = new Promise<"sent">((resolve) => (release = () => resolve("sent")));
    jest.spyOn(pushServices.web!, "send").mockImplementation(({ endpoint }) => {
      if (!endpoint.includes("quick")) return (hanging++, released);
      sent.push(endpoint);
      return Promise.resolve("sent");
    });
    // Each of them has more to come than one destination may have in hand.
    const hosts = Array.from({ length: 15 }, (_, n) => `http://127.0.0.1:${10_001 + n}`);
    for (const [n, host] of hosts.entries()) await device(10 + n, `${host}/silent`);
    await device(3, "http://127.0.0.1:10000/quick");
    for (let n = 0; n < 80; n++) await tell([3, ...hosts.map((_, i) => 10 + i)]);
    await until(() => sent.length === 80);
    expect(hanging).toBe(hosts.length * 6);
    release();
    await node.broker.stop();
  });

  test("what a stop has broken off is sent by whoever starts next", async () => {
    const drip = await dripping();
    await device(2, `${drip.url}/a`);
    await hook(await silent());
    await tell([2]);
    await until(() => drip.open() === 1);
    const { stores } = contextOf(node.broker.getLocalService("notifications"));
    expect((await stores.pushJobs.findOne({}))?.attempts).toBe(1);
    const jobs = stores.pushJobs;
    const settled: object[] = [];
    const updateOne = jobs.updateOne.bind(jobs);
    jest.spyOn(jobs, "updateOne").mockImplementation((query, change) => {
      settled.push(change);
      return updateOne(query, change);
    });
    await node.broker.stop();
    expect(settled.at(-1)).toMatchObject({ $set: { attempts: 0 } });
  });
});

test("nobody registers a private address: neither an admin's webhook nor a user's device", async () => {
  const node = await notificationsNode();
  const refused = { type: "BAD_REQUEST", data: [{ rule: "private" }] };
  for (const url of ["https://127.0.0.1/", "https://[::7f00:1]/", "https://[64:ff9b::a00:1]/", "https://localhost/"]) {
    const params = { url, facts: ["message.created" as const] };
    const meta = { caller: caller(9, "admin") };
    await expect(call(node.broker, "notifications.addWebhook", params, { meta })).rejects.toMatchObject(refused);
    const device = { endpoint: url, keys: browserKeys() };
    await expect(node.as(2, "notifications.subscribe", device)).rejects.toMatchObject(refused);
  }
  await call(
    node.broker,
    "notifications.addWebhook",
    { url: "https://8.8.8.8/hook", facts: ["message.created"] },
    { meta: { caller: caller(9, "admin") } },
  );
  await node.broker.stop();
});
