/** Whatever is open, upgraded, half-closed or dripping: offers to upgrade are ignored, and a stop comes to its end. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type ServiceSchema } from "moleculer";
import { stopsOnce } from "../../platform/stopping";
import { type Client } from "../support/client";
import { Gateway } from "../support/gateway";

const chat: ServiceSchema["actions"] = { list: () => new Promise(() => undefined) };
const starts: Gateway[] = [];
async function start(): Promise<Gateway> {
  const gateway = await Gateway.start(chat);
  starts.push(gateway);
  return gateway;
}
afterEach(async () => {
  await Promise.all(starts.splice(0).map((gateway) => gateway.stop()));
});

const portOf = ({ system }: Gateway): number => Number(new URL(system.url).port);
interface Line {
  readonly socket: Socket;
  readonly heard: () => string;
  readonly closed: Promise<unknown>;
}
function line(port: number, text: string): Line {
  let heard = "";
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.write(text));
  socket.on("error", () => undefined);
  socket.on("data", (bytes) => (heard += bytes.toString("latin1")));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  return { socket, heard: () => heard, closed };
}
const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const offering = (offer: string, path = "/auth/login", method = "POST", more = ""): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${offer}\r\n` +
  `HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n${more}\r\n`;
const json = (length: number): string => `Content-Type: application/json\r\nContent-Length: ${length}\r\n`;

describe("an offer to speak another protocol", () => {
  test.each(["h2c", "h2", "TLS/1.0", "websocket", "foo/2, h2c", ""])("%s is ignored", async (offer) => {
    const gateway = await start();
    const { heard, socket } = line(portOf(gateway), offering(offer, "/health/live", "GET"));
    await until(() => heard().includes('"up"'));
    socket.write(offering(offer, "/nope", "GET")); // and the connection goes on
    await until(() => heard().includes("NOTFOUND"));
    socket.destroy();
  });

  test("with a body that comes later is a request like any", async () => {
    const gateway = await start();
    const { heard, socket } = line(portOf(gateway), offering("h2c", "/auth/login", "POST", json(2)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write("{}");
    await until(() => heard().includes("BAD_REQUEST") || heard().includes("UNAVAILABLE"));
    socket.destroy();
  });

  test("is ignored at Socket.IO's door, too, unless it is a WebSocket", async () => {
    const gateway = await start();
    const polling = "/socket.io/?EIO=4&transport=polling";
    const { heard, socket } = line(portOf(gateway), offering("h2c", polling, "GET"));
    await until(() => heard().includes('"sid"'));
    socket.destroy();
    const client = await gateway.connect(1);
    expect(client.socket.io.engine.transport.name).toBe("websocket");
  });
});

const KEY = randomBytes(16).toString("base64");
const handshake =
  `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const form = `POST /upload/single HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n`;

/** Every kind of connection that there is, by what it has said. */
const kinds: Readonly<Record<string, (gateway: Gateway) => Line | Promise<Client>>> = {
  "says nothing": (g) => line(portOf(g), ""),
  "drips its head": (g) => line(portOf(g), "GET /hea"),
  "drips its body": (g) => line(portOf(g), `POST /auth/login HTTP/1.1\r\nHost: x\r\n${json(99)}\r\n{`),
  "drips a form": (g) => line(portOf(g), `${form}Authorization: Bearer ${g.token(1)}\r\n\r\n--b\r\n`),
  "waits for an answer that does not come": (g) =>
    line(portOf(g), `GET /conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${g.token(1)}\r\n\r\n`),
  "is kept alive": (g) => line(portOf(g), "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"),
  "offered an upgrade and no body": (g) => line(portOf(g), offering("h2c", "/auth/login", "POST", json(2))),
  "opens a tunnel": (g) => line(portOf(g), "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"),
  "is no HTTP": (g) => line(portOf(g), "\u0016\u0003\u0001 hello\r\n\r\n"),
  "is a WebSocket that never signs in": (g) => line(portOf(g), handshake),
  "is a WebSocket that breaks off": (g) => line(portOf(g), handshake.slice(0, -2)),
  "polls and never signs in": (g) =>
    line(portOf(g), "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"),
  "is a client": (g) => g.connect(1),
  "is a client that polls": (g) => g.connect(2, { transports: ["polling"] }),
  "is a client with an event under way": async (g) => {
    const client = await g.connect(3);
    client.socket.emit("conversation:list", {}, () => undefined);
    return client;
  },
};

test("a stop ends every kind of connection, in time, and by itself", async () => {
  const gateway = await start();
  const warned: unknown[] = [];
  gateway.system.broker.logger.warn = (...args: unknown[]) => void warned.push(args);
  const lines: Line[] = [];
  for (const open of Object.values(kinds)) {
    for (const one of [await open(gateway), await open(gateway)]) if ("closed" in one) lines.push(one);
    lines.at(-1)?.socket.end(); // of each two one is half closed
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const at = Date.now();
  const closed = Promise.all(lines.map((one) => one.closed));
  await gateway.system.broker.stop();
  expect(Date.now() - at).toBeLessThan(9_000);
  for (const { socket } of lines) socket.end();
  await closed;
  expect(warned.flat().join()).not.toContain("did not stop");
});

test("a stop runs once, however often it is asked for", async () => {
  const gateway = await start();
  let stops = 0;
  const { broker } = gateway.system;
  broker.createService({ name: "counted", stopped: () => void stops++ });
  await broker.waitForServices("counted");
  await Promise.all([broker.stop(), broker.stop(), broker.stop()]);
  await broker.stop();
  expect(stops).toBe(1);
});

test("a stop is over in time although something never stops", async () => {
  const { broker } = (await start()).system;
  const warned: string[] = [];
  const stuck = { stop: () => new Promise<void>(() => undefined), broadcastLocal: () => Promise.resolve() };
  const node = Object.assign(Object.create(broker) as typeof broker, stuck, {
    logger: { warn: (text: string) => void warned.push(text) },
  });
  (stopsOnce(50) as unknown as { created(node: unknown): void }).created(node);
  await node.stop();
  expect(warned.join()).toContain("did not stop within 50 ms");
});
