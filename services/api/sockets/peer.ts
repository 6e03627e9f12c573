/** One socket of a signed-in user: who speaks through it, and the shortest way to write to it. */
import { type Socket } from "socket.io";
import { type Caller } from "../../../contracts/caller";
import { type WireError } from "../../../contracts/errors";
import { type Namespace } from "../../../contracts/sockets";
import { type Verified } from "../../../mixins/tokens";
import { Frame, MESSAGE } from "./frame";
import { WireTransport } from "./wire/transport";

/** How a client wants to be served, as said in `auth` when it connected. */
export interface Wishes {
  /** Events of joined rooms only. */
  readonly joinedOnly: boolean;
  /** In the rooms of all conversations, those that come later included. */
  readonly joinAll: boolean;
}

/** More conversations than anyone types in at once. */
const TYPING_MAX = 20;

export class Peer {
  open = true;
  /** The token has run out: nothing is delivered until it is renewed. */
  expired = false;
  /** Where this socket said that it is typing; most never do. */
  typing: Set<string> | undefined;

  constructor(
    readonly socket: Socket,
    readonly namespace: Namespace,
    public verified: Verified,
    readonly wishes: Wishes,
  ) {}

  get caller(): Caller {
    return this.verified.caller;
  }

  get userId(): number {
    return this.verified.caller.userId;
  }

  /** Gives an event to the socket, if events are to reach it. */
  deliver(frame: Frame): void {
    if (this.open && !this.expired) this.write(frame);
  }

  /** An event for this socket alone. */
  emit(event: "error", payload: object): void {
    if (this.open) this.write(new Frame(this.namespace, event, JSON.stringify(payload)));
  }

  ack(id: number, body: string): void {
    if (!this.open) return;
    const packet = `3${this.namespace},${id}[${body}]`;
    const { transport } = this.socket.conn;
    if (transport instanceof WireTransport) transport.text(MESSAGE + packet);
    else this.socket.conn.write(packet);
  }

  error(error: WireError, event?: string): void {
    this.emit("error", event === undefined ? error : { ...error, event });
  }

  joined(room: string): boolean {
    return this.socket.rooms.has(room);
  }

  noteTyping(conversationId: string, isTyping: boolean): void {
    if (!isTyping) this.typing?.delete(conversationId);
    else if ((this.typing?.size ?? 0) < TYPING_MAX) (this.typing ??= new Set()).add(conversationId);
  }

  private write(frame: Frame): void {
    const { conn } = this.socket;
    // A WireTransport takes all that Engine.IO has at once, so nothing can be overtaken here.
    if (conn.transport instanceof WireTransport) conn.transport.shared(frame.wire);
    else conn.write(frame.packet);
  }
}
