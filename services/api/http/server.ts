/** The HTTP server itself: its deadlines, and what it says to those who don't speak HTTP. */
import { randomUUID } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import { type ListenOptions, type Socket } from "node:net";
import { type Duplex } from "node:stream";
import { errorTable, type ErrorCode, fail, toWire, type WireError } from "../../../contracts/errors";
import { openDoor } from "../../../platform/processes/door";
import { type Group } from "../../../platform/processes/group";
import { requestIdOf, sendJson } from "./answers";
import { OfferingRequest, OfferingToTenants } from "./offers";

/** A head that takes longer comes from a slow attacker, not from a slow network. */
const HEAD_MS = 10_000;
/** For a whole request: ten files of 10 MB over a slow line. */
const REQUEST_MS = 300_000;
/** A body of JSON is at most 100 kB. */
const JSON_MS = 15_000;

const RAW: Readonly<Record<string, readonly [string, ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "TOO_LARGE", "The address and headers are too long."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "BAD_REQUEST", "The request did not come in time."],
};
const NOT_HTTP = ["400 Bad Request", "BAD_REQUEST", "This is no HTTP request."] as const;

/** Parsers' errors never reach a handler, so they are answered on the bare connection. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, code, message] = RAW[error.code ?? ""] ?? NOT_HTTP;
  endRaw(socket, status, { code, message });
}

function endRaw(socket: Duplex, status: string, error: WireError): void {
  const body = JSON.stringify({ ok: false, error });
  const head = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${randomUUID()}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** An upgrade has no response to write to. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  socket.on("error", () => socket.destroy());
  const wire = toWire(error);
  const { status } = errorTable[wire.code];
  endRaw(socket, `${status} ${STATUS_CODES[status] ?? "Error"}`, wire);
}

interface Connections {
  readonly all: Set<Socket>;
  /** Requests under way. */
  readonly serving: Map<Socket, Set<IncomingMessage>>;
}
const connectionsOf = new WeakMap<Server, Connections>();

/** @param done when a connection has no request any more */
function trackRequests(server: Server, serving: Connections["serving"], done?: (socket: Socket) => void): void {
  server.on("request", (req, res) => {
    const { socket } = req;
    const requests = serving.get(socket) ?? new Set();
    serving.set(socket, requests.add(req));
    res.once("close", () => {
      requests.delete(req);
      if (requests.size > 0) return;
      serving.delete(socket);
      done?.(socket);
    });
  });
}

/** Every connection of the port: Node's own list knows neither upgraded ones nor those that have sent nothing yet. */
function track(server: Server, countsRequests: boolean): void {
  const { all, serving }: Connections = { all: new Set(), serving: new Map() };
  connectionsOf.set(server, { all, serving });
  server.on("connection", (socket) => {
    all.add(socket);
    socket.once("close", () => (all.delete(socket), serving.delete(socket)));
  });
  if (countsRequests) trackRequests(server, serving);
}

/**
 * A server without a port of its own: a front that several share hands it requests and upgrades. Its connections are those
 * that it serves just now, or that were upgraded: between two requests one may be another's.
 */
export function makeServerBehind(handler: RequestListener): Server {
  const server = createServer(handler);
  const { all, serving }: Connections = { all: new Set(), serving: new Map() };
  connectionsOf.set(server, { all, serving });
  const upgraded = new Set<Socket>();
  const closing: (() => void)[] = [];
  const left = (socket: Socket): void => {
    all.delete(socket);
    if (all.size === 0) for (const done of closing.splice(0)) done();
  };
  server.on("request", ({ socket }) => void all.add(socket));
  trackRequests(server, serving, (socket) => void (upgraded.has(socket) || left(socket)));
  server.on("upgrade", (_req, socket: Socket) => {
    all.add(socket);
    upgraded.add(socket);
    socket.once("close", () => (upgraded.delete(socket), left(socket)));
  });
  return Object.assign(server, {
    listen: (_port: number, _host: string, done: () => void) => (done(), server),
    address: () => ({ address: "behind the front", port: 0, family: "" }),
    close(done?: () => void) {
      if (done) closing.push(done);
      if (all.size === 0) for (const one of closing.splice(0)) one();
      return server;
    },
  });
}

/** Ends connections, whatever they are: all, those that wait for no answer, or those that have not said all of what they ask. */
export function endConnections(server: Server, which: "all" | "idle" | "unfinished"): void {
  const connections = connectionsOf.get(server);
  if (!connections) return;
  const { all, serving } = connections;
  const isMeant = (socket: Socket): boolean => {
    const requests = serving.get(socket);
    if (which === "idle") return !requests;
    return which === "all" || [...(requests ?? [])].some((req) => !req.complete);
  };
  for (const socket of [...all]) if (isMeant(socket)) socket.destroy();
}

function whenEmpty(server: Server, then: () => void): void {
  const all = [...(connectionsOf.get(server)?.all ?? [])];
  const [next] = all;
  if (next) next.once("close", () => whenEmpty(server, then));
  else then();
}

/** Node itself answers without a word. */
function refuseExpectation(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader("X-Request-Id", requestIdOf(req));
  res.setHeader("Connection", "close");
  const error = { code: "BAD_REQUEST", message: "Of Expect only 100-continue is understood." };
  sendJson(res, 417, { ok: false, error });
}

type Done = (error?: Error) => void;
type Listen = (at: ListenOptions, done: Done) => void;

/**
 * In a group the port is another process's, and connections are handed over. They are not the server's own: it would count
 * as closed before they are answered.
 */
function joinGroup(server: Server, group: Group, listen: Listen): void {
  const close = server.close.bind(server);
  server.listen = ((port: number, host: string, done: Done) => {
    server.address = () => ({ port, address: host, family: "" });
    listen({ path: openDoor(server, group) }, done);
  }) as Server["listen"];
  server.close = (done) => close((error) => whenEmpty(server, () => done?.(error)));
}

interface Kind {
  /** It hands requests on to servers behind it, which keep count of their own. */
  readonly isFront?: boolean;
  readonly group?: Group | undefined;
}

export function makeServer(handler: RequestListener, { isFront = false, group }: Kind = {}): Server {
  const server = createServer(
    {
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 2_000,
      keepAliveTimeout: 20_000,
      IncomingMessage: isFront ? OfferingToTenants : OfferingRequest,
      requireHostHeader: false, // the door refuses it, in the envelope
    },
    handler,
  );
  server.maxHeadersCount = 100;
  track(server, !isFront);
  server.on("clientError", refuseRaw);
  server.on("checkExpectation", refuseExpectation);
  server.on("connect", (_req, socket) => refuseUpgrade(socket, fail("METHOD", "This is no proxy.")));
  const bare = server.listen.bind(server) as (at: ListenOptions, done: () => void) => Server;
  // moleculer-web waits for ever when the port is taken: it looks for an error only in the listener's argument.
  const listen: Listen = (at, done) => {
    server.once("error", done);
    bare(at, () => (server.off("error", done), done()));
  };
  server.listen = ((port: number, host: string, done: Done) => listen({ port, host }, done)) as Server["listen"];
  if (group) joinGroup(server, group, listen);
  return server;
}

/** Cuts a request whose body does not arrive in time; forms with files may take as long as the server lets them. */
export function limitBodyTime(req: IncomingMessage): void {
  const { "content-type": type = "", "content-length": length, "transfer-encoding": encoding } = req.headers;
  if ((length === undefined || length === "0") && encoding === undefined) return;
  if (type.startsWith("multipart/")) return;
  const timer = setTimeout(() => req.destroy(), JSON_MS).unref();
  req.once("close", () => clearTimeout(timer));
}
