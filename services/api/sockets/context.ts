/** Everything that the sockets of one gateway share: made with the service, started and stopped with it. */
import { randomBytes } from "node:crypto";
import { type Server as HttpServer } from "node:http";
import { type Service, type ServiceBroker } from "moleculer";
import { type Server, type Socket } from "socket.io";
import { type Env } from "../../../contracts/env";
import { type Params } from "../../../contracts/actions";
import { type Meta } from "../../../contracts/caller";
import { toWire } from "../../../contracts/errors";
import { directoryOf } from "../../../mixins/directory";
import { call } from "../../../platform/bus";
import { envOf } from "../../../platform/env";
import { metricsOf } from "../../../platform/metrics";
import { groupOf } from "../../../platform/processes/group";
import { endConnections } from "../http/server";
import { Announcer, type Listener } from "./connection/announcer";
import { Deliverer, roomOf } from "./outbound/deliverer";
import { Door, type DoorEvents, type EventPacket } from "./inbound/door";
import { type Admission, admit } from "./connection/handshake";
import { Hub, type Present } from "./connection/hub";
import { Limiter } from "../../../platform/limiter";
import { type Peer } from "./connection/peer";
import { revocationsOf } from "./connection/revocations";
import { Rooms } from "./outbound/rooms";
import { Session } from "./connection/session";
import { Outbox } from "./outbound/wire/outbox";
import { SharedBudget } from "./inbound/shared-budget";

/** The service that moleculer-io's mixin makes. */
export interface SocketService extends Service {
  io: Server;
  server: HttpServer;
  initSocketIO(): void;
  registerNamespace(name: string, handlers: string, item: object): void;
}

/** What Socket.IO keeps for us with each socket. */
interface SocketData {
  admission?: Admission | undefined;
  peer?: Peer;
  present?: Present;
}

const PULL_MS = 5_000;
const CHECK_MS = 10_000;
const SWEEP_MS = 60_000;
/** Until all nodes have heard who is gone, so that one look is enough. */
const SETTLE_MS = 500;
/** How long a stop waits for answers to what was said before. */
const ANSWERS_MS = 4_000;
/** Who has not said all of a request by then says it elsewhere: the stop of the service waits for calls for 3 s at most. */
const REQUESTS_MS = 1_500;
/** How long sockets may take over the closing handshake when the node stops. */
const GOODBYE_MS = 1_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
/** Who is told which users are here: services that deliver; on one machine other gateways, for a budget that they share. */
const listenersOf = (broker: ServiceBroker): readonly Listener[] => [
  ...(["chat", "notifications"] as const),
  ...(groupOf(broker) ? (["api"] as const) : []),
];

export class SocketsContext {
  readonly env: Env;
  readonly outbox: Outbox;
  readonly hub: Hub;
  readonly rooms: Rooms;
  readonly deliverer: Deliverer;
  readonly announcer: Announcer;
  readonly session: Session;
  readonly budget: SharedBudget;
  private readonly broker: ServiceBroker;
  private readonly door: Door;
  /** For all sockets: a closure for each of them would be paid for with memory. */
  private readonly onEvent: (this: Socket, packet: EventPacket) => void;
  private readonly onDisconnect: (this: Socket) => void;
  private timers: NodeJS.Timeout[] = [];
  private stopping = false;
  private stopped: Promise<void> | undefined;
  /** The service that knows of revocations is there. */
  private canPull = false;
  /** The nodes that host conversations. */
  private actorsOn = "";
  private catchingUp: NodeJS.Timeout | undefined;

  constructor(service: SocketService) {
    const { broker, logger } = service;
    const env = (this.env = envOf(broker));
    this.broker = broker;
    this.outbox = new Outbox((bytes) => logger.warn(`a socket was cut: it left ${bytes} bytes unread`));
    const limiter = new Limiter(env.EVENT_RATE_LIMIT);
    this.hub = new Hub(limiter, { changed: (userId) => this.announcer.changed(userId) });
    this.rooms = new Rooms(this.hub, () => service.io.of("/chat"));
    this.deliverer = new Deliverer(this.hub, {
      audienceOf: (conversationId, after) =>
        call(broker, "chat.audience", { conversationId, ...(after === undefined ? {} : { after }) }),
      room: (conversationId) => this.rooms.peersIn(conversationId),
      lost: (id, batches, why) => logger.warn(`${batches} batches of conversation ${id} were not delivered: ${why}`),
    });
    this.announcer = new Announcer(broker.nodeID, randomBytes(8).toString("hex"), {
      tell: async (listener, node, a) => {
        const answer = await call(broker, `${listener}.located`, a, { nodeID: node, timeout: PULL_MS });
        // Until now that node did not know whom this one holds, and told them nothing.
        if (a.snapshot && listener === "chat") this.catchUpSoon();
        return answer;
      },
      everyone: () => this.hub.everyone(),
      find: (userId) => this.hub.get(userId),
    });
    this.session = new Session(broker, this.hub, revocationsOf(broker));
    this.budget = new SharedBudget(broker, limiter, (userId) => directoryOf(service).isOnline(userId));
    this.door = new Door(broker, this.budget, this.ownEvents());
    const { door, disconnected } = { door: this.door, disconnected: (peer: Peer) => this.disconnected(peer) };
    this.onEvent = function (packet) {
      const { peer, present } = this.data as Required<SocketData>;
      void door.receive(peer, present.bucket, packet);
    };
    this.onDisconnect = function () {
      disconnected((this.data as Required<SocketData>).peer);
    };
    for (const name of ["/chat", "/notifications"] as const)
      metricsOf(broker).countConnections(name, () => service.io.of(name).sockets.size);
  }

  async admit(socket: Socket): Promise<void> {
    (socket.data as SocketData).admission = await admit(this.broker, this.hub, socket);
  }

  /** In the same tick in which the client is told that it is connected. */
  connected(socket: Socket): void {
    const data = socket.data as SocketData;
    const { peer, present, rooms, joining } = data.admission as Admission;
    Object.assign(data, { peer, present, admission: undefined });
    this.hub.attach(present, peer);
    this.deliverer.audiences.arrived(peer);
    this.session.begin(peer);
    void socket.join([`user:${peer.userId}`, ...joining.outcome(rooms).map(roomOf)]);
    // All events come in here, with one function for all sockets: moleculer-io would hang a listener for each of
    // fifty events on each of them, and unknown events would have none.
    Object.assign(socket, { onevent: this.onEvent });
    socket.on("disconnect", this.onDisconnect);
  }

  /** Looks at who is there: services that deliver to sockets, and the one that knows of revocations. */
  look(): void {
    if (this.stopping) return;
    const services = this.broker.registry.getServiceList({ onlyAvailable: true }) as { name: string; nodeID: string }[];
    const { nodeID: own } = this.broker;
    for (const name of listenersOf(this.broker)) {
      const offers = services.filter((s) => s.name === name && !(name === "api" && s.nodeID === own));
      this.announcer.offered(
        name,
        offers.map((s) => s.nodeID),
      );
    }
    this.canPull = services.some((s) => s.name === "users");
    void this.pull();
    const actors = services.filter((s) => s.name === "chat").map((s) => s.nodeID);
    if (actors.length && actors.join() !== this.actorsOn) this.catchUpSoon();
    this.actorsOn = actors.join();
  }

  /** The bus is back after an outage. */
  reconnected(): void {
    this.announcer.resync(); // and what was missed is asked for when they know us again
  }

  /** What an actor stored and could not tell any more is asked for where it lives now. */
  private catchUpSoon(): void {
    clearTimeout(this.catchingUp);
    this.catchingUp = setTimeout(() => void this.deliverer.catchUp(), SETTLE_MS).unref();
  }

  start(): void {
    this.timers = [
      setInterval(() => void this.pull(), PULL_MS),
      setInterval(() => this.announcer.flush(), CHECK_MS),
      setInterval(() => this.deliverer.audiences.sweep(), SWEEP_MS),
    ];
    for (const timer of this.timers) timer.unref();
    this.look();
  }

  /** Clients see their transport close, which makes them come back, here or elsewhere. */
  stop(io: Server, http: HttpServer): Promise<void> {
    return (this.stopped ??= this.end(io, http));
  }

  private async end(io: Server, http: HttpServer): Promise<void> {
    this.stopping = true;
    for (const timer of [...this.timers, this.catchingUp]) clearInterval(timer);
    this.announcer.stop();
    this.session.stop();
    http.close(); // no new connections
    const unfinished = setTimeout(() => endConnections(http, "unfinished"), REQUESTS_MS);
    const last = setTimeout(() => endConnections(http, "all"), ANSWERS_MS + GOODBYE_MS);
    await Promise.race([this.door.close(), pause(ANSWERS_MS)]);
    const impatience = setTimeout(() => {
      for (const transport of this.outbox.open) transport.terminate();
      endConnections(http, "idle");
    }, GOODBYE_MS);
    await io.close();
    clearTimeout(impatience);
    clearTimeout(unfinished);
    clearTimeout(last);
  }

  private disconnected(peer: Peer): void {
    this.hub.detach(peer);
    this.deliverer.audiences.left();
    this.session.end(peer);
    if (this.stopping) return;
    const meta = { caller: peer.caller };
    const elsewhere = new Set(this.hub.peersOf(peer.userId).flatMap((other) => other.typingIn()));
    for (const conversationId of peer.typingIn()) {
      if (elsewhere.has(conversationId)) continue;
      call(this.broker, "chat.typing", { conversationId, isTyping: false }, { meta }).catch((error: unknown) => {
        this.broker.logger.debug(`typing was not ended: ${toWire(error).code}`); // it ends by itself in seconds
      });
    }
  }

  private ownEvents(): DoorEvents {
    const { broker } = this;
    const as = ({ caller }: Peer): { meta: Meta } => ({ meta: { caller } });
    return {
      "conversation:join": (peer: Peer, payload: Params<"chat.join">) =>
        this.rooms.join(peer, payload.conversationId, () => call(broker, "chat.join", payload, as(peer))),
      "conversation:leave": (peer: Peer, payload: Params<"chat.join">) =>
        this.rooms.leave(peer, payload.conversationId),
      "auth:renew": (peer: Peer, { token }: { token: string }) => this.session.renew(peer, token),
      typing: async (peer: Peer, payload: Params<"chat.typing">) => {
        await call(broker, "chat.typing", payload, as(peer));
        peer.noteTyping(payload.conversationId, payload.isTyping);
      },
    };
  }

  private async pull(): Promise<void> {
    if (!this.canPull) return;
    const { since } = revocationsOf(this.broker);
    try {
      this.session.learn(await call(this.broker, "users.revocations", { since }, { timeout: PULL_MS }));
    } catch (error) {
      this.broker.logger.debug(`revocations were not to be had: ${toWire(error).code}`);
    }
  }
}
