/** Sockets in the whole system: sessions that end, limits that hold, devices that see the same. */
import { type Account, Client, login, register, request } from "../support/client";
import { startSystem, type System } from "../support/system";

let system: System;
const clients: Client[] = [];
const connect = async (token: string, options: Parameters<typeof Client.connect>[2] = {}): Promise<Client> => {
  const client = await Client.connect(system.url, token, options);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  system = await startSystem();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => system.stop());

it("logging out cuts that session's sockets in both namespaces, and no other device", async () => {
  const phone = await register(system.url);
  const laptop = await login(system.url, phone);
  const [a, n] = [await connect(phone.token), await connect(phone.token, { namespace: "/notifications" })];
  const other = await connect(laptop.token);
  const cut = [a.disconnected(), n.disconnected()];
  await request(system.url, "POST", "/auth/logout", { token: phone.token });
  expect(await Promise.all(cut)).toEqual(["io server disconnect", "io server disconnect"]);
  await other.ok("conversation:list");
  await expect(connect(phone.token)).rejects.toMatchObject({ data: { code: "AUTH_INVALID" } });
});

it("a message reaches every device of every member once, joined or not, before and after joining", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const laptop = await login(system.url, ann);
  const [a, a2, b] = [
    await connect(ann.token),
    await connect(laptop.token, { transports: ["polling"] }),
    await connect(bob.token, { auth: { join: "all" } }),
  ];
  const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
  await a2.ok("conversation:join", { conversationId: _id });
  for (let i = 0; i < 20; i++) await a.ok("message:send", { conversationId: _id, content: `${i}` });
  for (const client of [a, a2, b]) {
    await client.next("message:created", (m: any) => m.seq === 20);
    expect(client.all<any>("message:created").map((m) => m.seq)).toEqual([...Array(20).keys()].map((i) => i + 1));
  }
});

it("messages that one socket sends in a row without waiting keep their order", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await connect(ann.token), await connect(bob.token)];
  const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
  const acks = await Promise.all(
    [...Array(100)].map((_x, i) => a.ok("message:send", { conversationId: _id, content: `${i}` })),
  );
  expect(acks.map((m: any) => m.content)).toEqual(acks.map((_m, i) => `${i}`));
  expect(acks.map((m: any) => m.seq)).toEqual(acks.map((_m, i) => i + 1));
  await b.next("message:created", (m: any) => m.seq === 100);
  expect(b.all<any>("message:created").map((m) => m.content)).toEqual(acks.map((_m, i) => `${i}`));
});

it("content that is too long is TOO_LARGE, however long", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const a = await connect(ann.token);
  const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
  for (const length of [4_001, 99_999, 100_001, 200_000, 900_000]) {
    const ack = await a.send("message:send", { conversationId: _id, content: "x".repeat(length) });
    expect([length, ack.error?.code]).toEqual([length, "TOO_LARGE"]);
  }
  await a.ok("message:send", { conversationId: _id, content: "x".repeat(4_000) });
});

it("an internal key of a message is never shown", async () => {
  const [ann, bob] = [await register(system.url), await register(system.url)];
  const [a, b] = [await connect(ann.token), await connect(bob.token)];
  const { _id } = await a.ok("conversation:create", { participantIds: [bob.id], name: "group" });
  const sent = await a.ok("message:send", { conversationId: _id, content: "x" });
  const heard = await b.next("message:created");
  const [listed] = await a.ok("message:list", { conversationId: _id });
  expect(JSON.stringify([sent, heard, listed])).not.toContain("auto:");
});

it("a removed member's three devices get none of what is sent right behind the ack of the removal", async () => {
  const people = [await register(system.url), await register(system.url), await register(system.url)];
  const [ann, bob, cid] = people as [Account, Account, Account];
  const [a, b] = [await connect(ann.token), await connect(bob.token)];
  const devices = [
    await connect(cid.token, { auth: { join: "all" } }),
    await connect((await login(system.url, cid)).token, { transports: ["polling"] }),
    await connect((await login(system.url, cid)).token),
  ];
  const { _id } = await a.ok("conversation:create", { participantIds: [bob.id, cid.id], name: "group" });
  await Promise.all(
    [a, b, devices[1] as Client].map((client) => client.ok("conversation:join", { conversationId: _id })),
  );
  await a.ok("message:send", { conversationId: _id, content: "for all" });
  for (const device of devices) await device.next("message:created", (m: any) => m.content === "for all");

  // What is on its way to the socket when the ack comes was sent before it.
  await a.ok("conversation:remove-member", { conversationId: _id, userId: cid.id });
  const sends = [...Array(50)].map((_x, i) => a.ok("message:send", { conversationId: _id, content: `secret ${i}` }));
  const sent = await Promise.all(sends);
  await b.ok("typing", { conversationId: _id, isTyping: true });
  await b.ok("message:react", { messageId: sent[0]._id, emoji: "👍" });
  await b.ok("conversation:mark-read", { conversationId: _id });
  const secrets = (client: Client) => client.all<any>("message:created").filter((m) => m.content.startsWith("secret"));
  await b.next("message:created", (m: any) => m.content === "secret 49");
  expect(secrets(b)).toHaveLength(50);
  for (const device of devices) {
    await device.settled();
    expect(secrets(device)).toEqual([]);
    for (const event of ["typing", "message:reaction", "message:status", "conversation:read"])
      expect(device.all(event)).toEqual([]);
    const refused = await device.send("message:list", { conversationId: _id });
    expect(refused.error?.code).toBe("FORBIDDEN");
  }
});
