/** How a socket comes in: a verified token, its user known to the services that deliver, its rooms found. */
import { type ServiceBroker } from "moleculer";
import { type Socket } from "socket.io";
import { toWire, type WireError } from "../../../../contracts/errors";
import { type Namespace } from "../../../../contracts/sockets";
import { call } from "../../../../platform/bus";
import { authenticateAny } from "../../auth";
import { type Hub, Joining, type Present } from "./hub";
import { Peer } from "./peer";

/** What a handshake leaves for the moment when the socket is connected. */
export interface Admission {
  readonly peer: Peer;
  readonly present: Present;
  readonly rooms: readonly string[];
  readonly joining: Joining;
}

/** What the client sees as `connect_error`. */
class Refusal extends Error {
  readonly data: WireError;
  constructor(error: unknown) {
    const data = toWire(error);
    super(data.message);
    this.data = data;
  }
}

interface Auth {
  readonly token?: unknown;
  readonly receive?: unknown;
  readonly join?: unknown;
}

/** The header is for clients that give no token in `auth`; an empty one is none. */
const tokenOf = ({ token }: Auth, headers: Socket["handshake"]["headers"]): unknown =>
  token === undefined || token === null || token === "" ? headers.authorization : token;

/** @throws Refusal */
export async function admit(broker: ServiceBroker, hub: Hub, socket: Socket): Promise<Admission> {
  const { handshake, nsp } = socket;
  const auth: Auth = handshake.auth;
  const token = tokenOf(auth, handshake.headers);
  handshake.auth = {}; // no need to keep a secret in memory
  try {
    const verified = await authenticateAny(broker, token);
    const peer = new Peer(socket, nsp.name as Namespace, verified, {
      joinedOnly: auth.receive === "joined",
      joinAll: auth.join === "all",
    });
    const present = hub.arrive(peer.userId, peer.namespace);
    const joining = new Joining();
    present.joinings.add(joining);
    try {
      await present.known;
      const wantsAll = auth.join === "all" && peer.namespace === "/chat";
      const rooms = wantsAll ? await call(broker, "chat.mine", {}, { meta: { caller: peer.caller } }) : [];
      await authenticateAny(broker, token); // it may have been revoked while we waited
      return { peer, present, rooms, joining };
    } finally {
      // Socket.IO connects the socket in the next tick, or never, when its connection has gone meanwhile.
      setImmediate(() => {
        present.joinings.delete(joining);
        hub.arrived(present, peer.namespace);
      });
    }
  } catch (error) {
    throw new Refusal(error);
  }
}
