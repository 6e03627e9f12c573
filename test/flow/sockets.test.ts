/** Sockets in the whole system: sessions that end, limits that hold, devices that see the same. */
import { Client, login, register, request } from "../support/client";
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
}, 240_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => system.stop(), 60_000);

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
