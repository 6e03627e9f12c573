/** One socket of a signed-in user: who speaks through it, and the shortest way to write to it. */
import { type Socket } from "socket.io";
import { type Caller } from "../../../../contracts/caller";
import { type WireError } from "../../../../contracts/errors";
import { type Namespace } from "../../../../contracts/sockets";
import { type Verified } from "../../../../platform/tokens";
import { Frame, MESSAGE } from "../outbound/frame";
import { WireTransport } from "../outbound/wire/transport";

/** How a client wants to be served, as said in `auth` when it connected. */
export interface Wishes {
  /** Events of joined rooms only. */
  readonly joinedOnly: boolean;
  /** In the rooms of all conversations, those that come later included. */
  readonly joinAll: boolean;
}

/** Typing ends by itself after this, unless it is said again. */
const TYPING_MS = 6_000;
/** More conversations than anyone types in at once. */
const TYPING_MAX = 20;

export class Peer {
  open = true;
  /** The token has run out: nothing is delivered until it is renewed. */
  expired = false;
  /** Where this socket said that it is typing, and when; most never do. */
  private typing: Map<string, number> | undefined;

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
    this.typing?.delete(conversationId);
    if (!isTyping) return;
    const typing = (this.typing ??= new Map<string, number>());
    typing.set(conversationId, Date.now());
    const [oldest] = typing.keys();
    if (typing.size > TYPING_MAX && oldest !== undefined) typing.delete(oldest);
  }

  /** Where it is still typing. */
  typingIn(): string[] {
    const since = Date.now() - TYPING_MS;
    return [...(this.typing ?? [])].filter(([, at]) => at > since).map(([id]) => id);
  }

  private write(frame: Frame): void {
    const { conn } = this.socket;
    // A WireTransport takes all that Engine.IO has at once, so nothing can be overtaken here.
    if (conn.transport instanceof WireTransport) conn.transport.shared(frame.wire);
    else conn.write(frame.packet);
  }
}
