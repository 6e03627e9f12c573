/** The wire with raw WebSockets: what leaves together, ping and pong, close, readers that do not read. */
import { once } from "node:events";
import { type Socket as NetSocket } from "node:net";
import WebSocket from "ws";
import { MAX_UNREAD } from "../../services/api/sockets/outbound/wire/transport";
import { emission, Gateway } from "../support/gateway";

const id = "a".repeat(24);
let gateway: Gateway;
const open: WebSocket[] = [];

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
  gateway.closeClients();
});
afterAll(() => gateway.stop());

interface Raw {
  readonly socket: WebSocket;
  readonly messages: string[];
  /** Resolves with the first message that contains it. */
  until(part: string): Promise<string>;
}

async function raw(userId: number): Promise<Raw> {
  const socket = new WebSocket(`${gateway.system.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  open.push(socket);
  const messages: string[] = [];
  const until = async (part: string): Promise<string> => {
    for (;;) {
      const found = messages.find((m) => m.includes(part));
      if (found !== undefined) return found;
      await once(socket, "message");
    }
  };
  socket.on("message", (data: Buffer) => messages.push(data.toString()));
  await until('0{"sid"');
  socket.send(`40/chat,${JSON.stringify({ token: gateway.token(userId) })}`);
  await until("40/chat,");
  return { socket, messages, until };
}
const batch = (n: number, more: object = {}): any => ({
  conversationId: id,
  membersVersion: "1",
  members: [1, 2],
  emissions: [emission({ n, ...more })],
});
const bytesOf = (socket: WebSocket): NetSocket => (socket as unknown as { _socket: NetSocket })._socket;

it("everything that is ready in one turn arrives in one read", async () => {
  const a = await raw(1);
  const reads: number[] = [];
  bytesOf(a.socket).on("data", (chunk: Buffer) => reads.push(chunk.length));
  for (let n = 0; n < 50; n++) void gateway.deliver(batch(n));
  await a.until('{"n":49}');
  expect(a.messages.slice(2)).toEqual([...Array(50).keys()].map((n) => `42/chat,["message:created",{"n":${n}}]`));
  expect(reads.length).toBeLessThanOrEqual(2);
});

it("packets of Engine.IO and frames of WebSocket keep their place among events", async () => {
  const a = await raw(1);
  a.socket.ping("hello");
  const [pong] = (await once(a.socket, "pong")) as [Buffer];
  expect(pong.toString()).toBe("hello");
  for (let n = 0; n < 3; n++) {
    void gateway.deliver(batch(n));
    a.socket.send(`42/chat,${n}["presence:get",{"userIds":[]}]`);
    await a.until(`43/chat,${n}[`);
  }
  expect(a.messages.slice(2).map((m) => m.slice(0, 9))).toEqual(
    [0, 1, 2].flatMap((n) => ["42/chat,[", `43/chat,${n}`]),
  );
});

it("a client that says goodbye is told so, after all that was ready for it", async () => {
  const a = await raw(1);
  void gateway.deliver(batch(7));
  a.socket.send("41/chat,");
  a.socket.close(1000);
  const [code] = (await once(a.socket, "close")) as [number];
  expect(code).toBe(1000);
});

it("words that are no Socket.IO cut their sender, and nobody else", async () => {
  const [a, b] = [await raw(1), await raw(2)];
  a.socket.send('42/chat,["message:send",{');
  await once(a.socket, "close");
  for (const odd of ["9", "", "42", "4", "42/chat,[]", "42/chat,[null]", "42/chat,[7,{}]", "43/chat,0[]", "45"]) {
    const c = await raw(3);
    c.socket.send(odd);
    c.socket.send('42/chat,5["presence:get",{"userIds":[]}]');
    await Promise.race([once(c.socket, "close"), c.until("43/chat,5[")]);
  }
  b.socket.send('42/chat,5["presence:get",{"userIds":[]}]');
  expect(await b.until("43/chat,5[")).toContain('"ok":true');
});

it("a frame over the limit cuts its sender with a reason", async () => {
  const a = await raw(1);
  a.socket.send(`42/chat,1["message:send",{"content":"${"x".repeat(1_100_000)}"}]`);
  const [code] = (await once(a.socket, "close")) as [number];
  expect(code).toBe(1009);
});

it("a connection that never signs in is closed", async () => {
  const socket = new WebSocket(`${gateway.system.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  open.push(socket);
  await once(socket, "close");
});

it("a reader that does not read is cut at the bound, and the others hear everything", async () => {
  const [slow, quick] = [await raw(1), await raw(2)];
  bytesOf(slow.socket).pause();
  const text = "x".repeat(200_000);
  const rounds = Math.ceil((3 * MAX_UNREAD) / text.length) + 50;
  const held = process.memoryUsage().rss;
  let sent = 0;
  for (; sent < rounds; sent++) {
    await gateway.deliver(batch(sent, { text }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await quick.until(`{"n":${rounds - 1},`);
  const heard = quick.messages.filter((m) => m.startsWith("42")).length;
  expect(heard).toBe(rounds);
  bytesOf(slow.socket).resume();
  await once(slow.socket, "close");
  expect(slow.messages.length).toBeLessThan(rounds);
  expect(process.memoryUsage().rss - held).toBeLessThan(300 * 2 ** 20);
});
