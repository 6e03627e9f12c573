/** The Socket.IO part of the gateway: moleculer-io with our own handshake, door, delivery and wire. */
import { type Server as HttpServer } from "node:http";
import moleculerIo from "moleculer-io";
import { type Service, type ServiceSchema } from "moleculer";
import { type Server, type Socket } from "socket.io";
import { type Namespace } from "../../../contracts/sockets";
import { act, hear } from "../../../mixins/service";
import { openSocketIo } from "./server";
import { SocketSide } from "./side";

const namespaces: readonly Namespace[] = ["/chat", "/notifications"];
// No events: what a client says is no business of moleculer-io, whose own event `call` would run any action.
const namespace = { authorization: true, createNamespace: false, events: {} };

export interface SocketService extends Service {
  io: Server;
  server: HttpServer;
  initSocketIO(): void;
  registerNamespace(name: string, handlers: string, item: typeof namespace): void;
}

const sides = new WeakMap<Service, SocketSide>();
export function sideOf(service: Service): SocketSide {
  const side = sides.get(service);
  if (!side) throw new Error("this service has no sockets");
  return side;
}

export const sockets: Partial<ServiceSchema> = {
  mixins: [
    {
      ...moleculerIo,
      actions: {}, // `call`, `broadcast` and `getClients` are for nobody
      settings: { server: true, io: { namespaces: Object.fromEntries(namespaces.map((n) => [n, namespace])) } },
    },
  ],
  settings: { $secureSettings: ["io"] },

  actions: {
    deliver: act("api.deliver", function (_caller, batch) {
      sideOf(this).deliverer.deliver(batch);
      return {};
    }),
    rooms: act("api.rooms", async function (_caller, change) {
      await sideOf(this).rooms.change(change);
      return {};
    }),
  },

  events: {
    "users.revoked": hear("users.revoked", function (revoked) {
      sideOf(this).session.revoke(revoked);
    }),
    "$services.changed"(this: Service) {
      sideOf(this).look();
    },
    "$node.connected"(this: Service) {
      sideOf(this).look();
    },
    "$node.disconnected"(this: Service, ctx: { params: { node: { id: string } } }) {
      sideOf(this).announcer.gone(ctx.params.node.id);
    },
    "$transporter.connected"(this: Service) {
      sideOf(this).reconnected();
    },
  },

  methods: {
    /** Called by moleculer-io. */
    initSocketIO(this: SocketService) {
      this.io = openSocketIo(this.server, sideOf(this).env, sideOf(this).outbox);
    },
    async socketAuthorize(this: SocketService, socket: Socket) {
      await sideOf(this).admit(socket);
    },
  },

  created() {
    const service = this as SocketService;
    const side = new SocketSide(service);
    sides.set(service, side);
    // Before the server listens, so that no client meets a server without its namespaces.
    service.initSocketIO();
    for (const name of namespaces) {
      service.registerNamespace(name, name, namespace);
      service.io.of(name).on("connection", (socket) => side.connected(socket));
    }
  },
  started() {
    sideOf(this).start();
  },
  stopped() {
    const { io, server } = this as SocketService;
    return sideOf(this).stop(io, server);
  },
};
