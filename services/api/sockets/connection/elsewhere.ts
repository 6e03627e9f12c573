/**
 * A session of Engine.IO lives in one gateway, and its name says in which. What comes for it to another one of this machine
 * is brought there: a request is passed on, a connection that becomes a WebSocket moves for good.
 */
import { randomBytes } from "node:crypto";
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type Socket } from "node:net";
import { tell } from "../../../../platform/processes/channel";
import { doorPathOf, type Group } from "../../../../platform/processes/group";

/** What of Engine.IO's is reached into here, as its types don't show it. */
interface Engine {
  generateId(): string;
  handleRequest(req: IncomingMessage, res: ServerResponse): void;
  handleUpgrade(req: IncomingMessage, socket: Socket, head: Buffer): void;
}

const BYTES = 15;
/**
 * Kept open, as much for the answers as for their speed: a connection that is closed behind an answer fails the empty write
 * that ends a request, and the answer is lost with it. Not for as long as the other side keeps it.
 */
const agent = new Agent({ keepAlive: true, timeout: 5_000 });
/** Of one connection alone, and none of what is behind the next. */
const perConnection = new Set(["connection", "keep-alive", "transfer-encoding"]);

export const sessionIdIn = (index: number): string => `${index}.${randomBytes(BYTES).toString("base64url")}`;

/** The gateway that a request's session lives in, where it is another one than this. */
export function elsewhereOf({ index, size }: Group, url = ""): number | undefined {
  const sid = new URLSearchParams(url.split("?", 2)[1]).get("sid") ?? "";
  const place = Number(/^(\d{1,2})\./.exec(sid)?.[1] ?? index);
  return place !== index && place > 0 && place < size ? place : undefined;
}

const pairs = (raw: readonly string[]): (readonly [string, string])[] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as const] : []));

const endToEnd = (raw: readonly string[]): string[] =>
  pairs(raw).flatMap((pair) => (perConnection.has(pair[0].toLowerCase()) ? [] : pair));

/** As Engine.IO answers of a session that is gone, which makes clients begin a new one. */
function refuse(res: ServerResponse): void {
  if (res.headersSent) return void res.destroy();
  res.writeHead(400, { "Content-Type": "application/json" }).end('{"code":1,"message":"Session ID unknown"}');
}

function passOn(socketPath: string, req: IncomingMessage, res: ServerResponse): void {
  const { method, url: path, rawHeaders } = req;
  const there = request({ socketPath, method, path, headers: endToEnd(rawHeaders), agent }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders));
    answer.on("error", () => res.destroy()).pipe(res);
  });
  there.on("error", () => refuse(res));
  res.once("close", () => there.destroy());
  req.pipe(there);
}

/** The request as it came, to be read again where it belongs. */
function moveTo(index: number, { method, url, rawHeaders }: IncomingMessage, socket: Socket, rest: Buffer): void {
  const lines = pairs(rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${url} HTTP/1.1\r\n${lines.join("")}\r\n${rest.toString("latin1")}`;
  socket.on("error", () => undefined); // nobody else listens any more
  Object.assign(socket, { server: null }); // or Node would count it off a server that has never counted it
  void tell({ say: "elsewhere", index, head }, socket).then(() => socket.destroy());
}

export function shareSessions(engine: Engine, group: Group): void {
  const [handleRequest, handleUpgrade] = [engine.handleRequest.bind(engine), engine.handleUpgrade.bind(engine)];
  engine.generateId = () => sessionIdIn(group.index);
  engine.handleRequest = (req, res) => {
    const index = elsewhereOf(group, req.url);
    if (index === undefined) handleRequest(req, res);
    else passOn(doorPathOf(group, index), req, res);
  };
  engine.handleUpgrade = (req, socket, head) => {
    const index = elsewhereOf(group, req.url);
    if (index === undefined) handleUpgrade(req, socket, head);
    else moveTo(index, req, socket, head);
  };
}
