/** The Socket.IO part of the gateway: moleculer-io with our own handshake, door, delivery and wire. */
import moleculerIo from "moleculer-io";
import { type Service, type ServiceSchema } from "moleculer";
import { type Socket } from "socket.io";
import { type Namespace } from "../../../contracts/sockets";
import { directory } from "../../../mixins/directory";
import { takeHere } from "../../../mixins/delivery";
import { groupOf } from "../../../platform/processes/group";
import { act, hear } from "../../../platform/service";
import { STOPPING } from "../../../platform/stopping";
import { openSocketIo } from "./connection/server";
import { SocketsContext, type SocketService } from "./context";

const namespaces: readonly Namespace[] = ["/chat", "/notifications"];
// No events: what a client says is no business of moleculer-io, whose own event `call` would run any action.
const namespace = { authorization: true, createNamespace: false, events: {} };

const contexts = new WeakMap<Service, SocketsContext>();
export function contextOf(service: Service): SocketsContext {
  const context = contexts.get(service);
  if (!context) throw new Error("this service has no sockets");
  return context;
}

export const sockets: Partial<ServiceSchema> = {
  mixins: [
    directory("api"),
    {
      ...moleculerIo,
      actions: {}, // `call`, `broadcast` and `getClients` are for nobody
      settings: { server: true, io: { namespaces: Object.fromEntries(namespaces.map((n) => [n, namespace])) } },
    },
  ],
  settings: { $secureSettings: ["io"] },

  actions: {
    deliver: act("api.deliver", function (_caller, batch) {
      contextOf(this).deliverer.deliver(batch);
      return {};
    }),
    take: act("api.take", function (_caller, taken) {
      return contextOf(this).budget.keep(taken);
    }),
    rooms: act("api.rooms", async function (_caller, change) {
      await contextOf(this).rooms.change(change);
      return {};
    }),
  },

  events: {
    "users.revoked": hear("users.revoked", function (revoked) {
      contextOf(this).session.revoke(revoked);
    }),
    /** Before other services stop: what is under way is still answered. */
    [STOPPING](this: SocketService) {
      void contextOf(this).stop(this.io, this.server);
    },
    "$services.changed"(this: Service) {
      contextOf(this).look();
    },
    "$node.connected"(this: Service) {
      contextOf(this).look();
    },
    "$node.disconnected"(this: Service, ctx: { params: { node: { id: string } } }) {
      contextOf(this).announcer.gone(ctx.params.node.id);
    },
    "$transporter.connected"(this: Service) {
      contextOf(this).reconnected();
    },
  },

  methods: {
    /** Called by moleculer-io. */
    initSocketIO(this: SocketService) {
      const { env, outbox } = contextOf(this);
      this.io = openSocketIo(this.server, env, outbox, groupOf(this.broker));
    },
    async socketAuthorize(this: SocketService, socket: Socket) {
      await contextOf(this).admit(socket);
    },
  },

  created() {
    const service = this as SocketService;
    const context = new SocketsContext(service);
    contexts.set(service, context);
    // Before the server listens, so that no client meets a server without its namespaces.
    service.initSocketIO();
    for (const name of namespaces) {
      service.registerNamespace(name, name, namespace);
      service.io.of(name).on("connection", (socket) => context.connected(socket));
    }
  },
  started() {
    const context = contextOf(this);
    context.start();
    takeHere(this.broker, (batch) => context.deliverer.deliver(batch));
  },
  stopped() {
    takeHere(this.broker, undefined);
    const { io, server } = this as SocketService;
    return contextOf(this).stop(io, server);
  },
};
