/** A whole node in a process of its own is told to stop while outsiders hang on it from every side. */
import { createECDH, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateVAPIDKeys } from "web-push";
import { Client, register } from "../support/client";
import { NodeProcess } from "../support/cluster";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";

const ADMIN = { email: "admin@example.com", password: "a long walk by the river" };
const vapid = generateVAPIDKeys();

let dataDir: string;
let logs: string;
let node: NodeProcess;
const outside: Server[] = [];
const sockets = new Set<Socket>();
const clients: Client[] = [];
beforeAll(async () => {
  dataDir = await readyDataDir();
  logs = mkdtempSync(join(tmpdir(), "stopping-"));
  const env = {
    ...{ NODE_ENV: "test", LOG_FORMAT: "json", LOG_LEVEL: "info", DATA_DIR: dataDir, PASSWORD_COST: "4" },
    ...{ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, OUTGOING_PRIVATE: "on" },
    ...{ VAPID_PUBLIC_KEY: vapid.publicKey, VAPID_PRIVATE_KEY: vapid.privateKey },
  };
  node = new NodeProcess("whole", env, join(logs, "log"));
  await node.start();
});
afterAll(async () => {
  await node.kill();
  for (const client of clients) client.close();
  for (const socket of sockets) socket.destroy();
  for (const server of outside) server.close();
  for (const dir of [dataDir, logs]) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** Somebody outside who takes connections and does this to them. */
async function outsider(answer: (socket: Socket) => void): Promise<{ url: string; open: () => number }> {
  let open = 0;
  const server = createServer((socket) => {
    open++;
    sockets.add(socket.on("error", () => undefined).once("close", () => open--));
    answer(socket.resume());
  });
  outside.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, open: () => open };
}
function drip(socket: Socket): void {
  socket.write("HTTP/1.1 201 Created\r\n");
  const timer = setInterval(() => socket.write("X-More: y\r\n"), 50);
  socket.once("close", () => clearInterval(timer));
}

async function post(path: string, body: object, token?: string): Promise<any> {
  const res = await fetch(node.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const { data, error } = (await res.json()) as { data: unknown; error: unknown };
  if (!res.ok) throw new Error(`${path}: ${JSON.stringify(error)}`);
  return data;
}

interface Line {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly closed: Promise<unknown>;
}
function line(text: string): Line {
  let heard = "";
  const port = Number(new URL(node.url).port);
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(text));
  sockets.add(socket.on("error", () => undefined).on("data", (bytes) => (heard += bytes.toString("latin1"))));
  return { socket, heard: () => heard, closed: once(socket, "close") };
}
const json = (length: number): string => `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;
const offer = `POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${json(2)}\r\n`;

async function openLines(token: string): Promise<Line[]> {
  const form = "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n";
  const late = line(offer);
  const lines = [
    late,
    line(offer),
    line("GET /hea"),
    line(`POST /auth/login HTTP/1.1\r\nHost: x\r\n${json(99)}\r\n{`),
    line(`POST /upload/single HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${form}\r\n--b\r\n`),
    line("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"),
  ];
  const halfClosed = line("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /hea");
  await eventually(() => expect(halfClosed.heard()).toContain('"up"'));
  halfClosed.socket.end();
  late.socket.write("{}");
  await eventually(() => expect(late.heard()).toContain("BAD_REQUEST"));
  return [...lines, halfClosed];
}

const times = (text: string): number => node.log.split(text).length - 1;

const TIMES = 3;

test("SIGTERM ends a node within 10 s whatever hangs on it, however often it is sent: once, and in peace", async () => {
  const [push, hook] = [await outsider(drip), await outsider(() => undefined)];
  const { accessToken: admin } = await post("/auth/login", ADMIN);
  await post("/admin/webhooks", { url: hook.url, facts: ["message.created"] }, admin);
  const [ada, ben] = [await register(node.url), await register(node.url)];
  const keys = {
    p256dh: createECDH("prime256v1").generateKeys("base64url"),
    auth: randomBytes(16).toString("base64url"),
  };
  for (let n = 0; n < 10; n++)
    await post("/notifications/push/subscriptions", { endpoint: push.url + n, keys }, ben.token);
  const lines = await openLines(ada.token);
  const client = await Client.connect(node.url, ada.token);
  const poller = await Client.connect(node.url, ada.token, { namespace: "/notifications", transports: ["polling"] });
  clients.push(client, poller);
  const { _id: conversationId } = await client.ok("conversation:create", {
    participantIds: [ben.id],
    type: "group",
    name: "Crew",
  });
  await client.ok("message:send", { conversationId, content: "hello" });
  await eventually(() => expect(hook.open()).toBe(1));

  const at = Date.now();
  for (let n = 0; n < TIMES; n++) node.signal("SIGTERM");
  await eventually(() => expect(node.exit).toBeDefined());
  expect(node.exit).toBe(0);
  expect(Date.now() - at).toBeLessThan(30_000); // ten seconds, on a machine that has other things to do
  for (const { socket } of lines) socket.end();
  await Promise.all(lines.map(({ closed }) => closed));
  await eventually(() => expect([client.socket.connected, poller.socket.connected]).toEqual([false, false]));
  await eventually(() => expect([push.open(), hook.open()]).toEqual([0, 0]));
  expect(times("ServiceBroker is stopped")).toBe(1);
  const trouble = node.log.split("\n").filter((said) => /gracefully|did not stop|"level":"(error|fatal)"/.test(said));
  expect(trouble).toEqual([]);
});
