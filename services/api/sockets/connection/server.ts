/** The Socket.IO server on the gateway's HTTP server: its options, its Origin check and its WebSocket transport. */
import { type IncomingMessage, type Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import { type Env } from "../../../../contracts/env";
import { type Group } from "../../../../platform/processes/group";
import { originAllowed } from "../../http/origins";
import { isFlood, untangled } from "../inbound/packet-guard";
import { type Outbox } from "../outbound/wire/outbox";
import { WireTransport } from "../outbound/wire/transport";
import { shareSessions } from "./elsewhere";

/** The largest frame; what is larger cuts the socket, so it lies well over everything that has an answer of its own. */
export const MAX_FRAME = 1_000_000;
/** A connection that has not signed in by then is closed. */
const SIGN_IN_MS = 10_000;

/** What of Engine.IO's is reached into here, as its types don't show it. */
interface Transport {
  onPacket(packet: { data?: unknown }): void;
  onData(data: unknown): void;
  onError(message: string): void;
}
type Creator = (name: string, request: ConstructorParameters<typeof WireTransport>[0]) => Transport;

function guarded(transport: Transport): Transport {
  const onPacket = transport.onPacket.bind(transport);
  transport.onPacket = (packet) => {
    if (typeof packet.data === "string") packet.data = untangled(packet.data);
    onPacket(packet);
  };
  return transport;
}

function withoutFloods(polling: Transport): Transport {
  const onData = polling.onData.bind(polling);
  polling.onData = (body) => {
    if (typeof body === "string" && isFlood(body)) polling.onError("too many packets in one body");
    else onData(body);
  };
  return polling;
}

/** What of a request is needed after the handshake: the rest would be kept for as long as the socket lives. */
function slim({ headers, url, socket }: IncomingMessage): object {
  const { authorization, origin } = headers;
  const encrypted = "encrypted" in socket && socket.encrypted === true;
  return { headers: { authorization, origin, "user-agent": headers["user-agent"] }, url, connection: { encrypted } };
}

/**
 * The answer to an upgrade leaves with the first frame, in one write: a third of what a connect costs are writes. The
 * transport lets it go; should there be none, the turn after next does.
 */
function holdUpgrade({ socket }: IncomingMessage): void {
  socket.cork();
  setImmediate(() => setImmediate(() => socket.uncork()));
}

export function openSocketIo(http: HttpServer, env: Env, outbox: Outbox, group?: Group): Server {
  const io = new Server({
    maxHttpBufferSize: MAX_FRAME,
    connectTimeout: SIGN_IN_MS,
    perMessageDeflate: false,
    // CORS does not cover WebSockets, so both transports are checked here.
    allowRequest: ({ headers }, answer) =>
      originAllowed(env, headers.origin, headers.host)
        ? answer(null, true)
        : answer("This origin is not allowed.", false),
    cors: { origin: [...env.ALLOWED_ORIGINS], credentials: true },
  });
  io.attach(http);
  const engine = io.engine as unknown as { createTransport: Creator } & Parameters<typeof shareSessions>[0];
  if (group) shareSessions(engine, group);
  const stock = engine.createTransport.bind(engine);
  engine.createTransport = (name, request) =>
    guarded(
      name === "websocket"
        ? (new WireTransport(request, outbox) as unknown as Transport)
        : withoutFloods(stock(name, request)),
    );
  io.engine.on("connection", (connection: { request: unknown }) => {
    connection.request = slim(connection.request as IncomingMessage);
  });
  io.engine.on("headers", (_headers: unknown, request: IncomingMessage) => {
    if (request.headers.upgrade !== undefined) holdUpgrade(request);
  });
  io.use((_socket, next) =>
    next(
      Object.assign(new Error("Connect to /chat or /notifications."), {
        data: { code: "NOTFOUND", message: "Connect to /chat or /notifications." },
      }),
    ),
  );
  return io;
}
