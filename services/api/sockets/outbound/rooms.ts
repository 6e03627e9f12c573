/** Rooms of conversations: real Socket.IO rooms, which a removal leaves before it is acknowledged. */
import { type Namespace as IoNamespace } from "socket.io";
import { type Params } from "../../../../contracts/actions";
import { fail } from "../../../../contracts/errors";
import { roomOf } from "./deliverer";
import { type Hub, Joining } from "../connection/hub";
import { type Peer } from "../connection/peer";

export class Rooms {
  constructor(
    private readonly hub: Hub,
    private readonly chat: () => IoNamespace,
  ) {}

  /** Sockets that are in the room. */
  *peersIn(conversationId: string): Iterable<Peer> {
    const { adapter, sockets } = this.chat();
    for (const id of adapter.rooms.get(roomOf(conversationId)) ?? []) {
      const peer = (sockets.get(id)?.data as { peer?: Peer } | undefined)?.peer;
      if (peer) yield peer;
    }
  }

  async change({ conversationId, userIds, join, sessionId, eager }: Params<"api.rooms">): Promise<void> {
    const room = roomOf(conversationId);
    for (const userId of userIds) {
      const present = this.hub.get(userId);
      for (const joining of present?.joinings ?? []) joining.change(conversationId, join);
      for (const peer of present?.peers ?? []) {
        if (peer.namespace !== "/chat" || (sessionId !== undefined && peer.caller.sessionId !== sessionId)) continue;
        if (eager === true && !peer.wishes.joinAll) continue;
        if (join) await peer.socket.join(room);
        else await peer.socket.leave(room);
      }
    }
  }

  /** Joins when `allowed` does not refuse and no removal came in between. */
  async join(peer: Peer, conversationId: string, allowed: () => Promise<unknown>): Promise<void> {
    const joinings = this.hub.get(peer.userId)?.joinings;
    const joining = new Joining();
    joinings?.add(joining);
    try {
      await allowed();
      if (!joining.outcome([conversationId]).includes(conversationId))
        throw fail("FORBIDDEN", "You are not in this conversation.");
      await peer.socket.join(roomOf(conversationId));
    } finally {
      joinings?.delete(joining);
    }
  }

  /** Whoever is not in the room has left it already. */
  async leave(peer: Peer, conversationId: string): Promise<void> {
    await peer.socket.leave(roomOf(conversationId));
  }
}
