/** One socket that several tabs hold. Whoever asks for it first says the handshake; when it falls, all are told. */
import { type Namespace, type OpenSockets, type SocketLike } from "./sockets";

export type Handshake = Readonly<Record<string, unknown>>;

/** One tab's hold of a socket. */
export interface Seat {
  readonly auth: Handshake;
  up(): void;
  down(why: string): void;
  refused(data: unknown, message: string): void;
  event(event: string, payload: unknown): void;
}

/** Nothing came for so long after a question: the connection is dead. */
const PROBE_MS = 5_000;

export class SharedSocket {
  private readonly seats = new Set<Seat>();
  private readonly socket: SocketLike;
  /** What the handshake in hand says. */
  private trying: Handshake | undefined;
  private renewed: { readonly token: string; readonly ack: Promise<unknown> } | undefined;

  constructor(
    namespace: Namespace,
    open: ReturnType<OpenSockets>,
    /** The connection is dead, for its other namespaces, too. */
    private readonly dead: () => void,
  ) {
    this.socket = open(namespace, () => ({ ...this.trying }));
    this.socket.onUp(() => this.up());
    this.socket.onDown((why) => this.end((seat) => seat.down(why)));
    this.socket.onRefused((data, message) => this.refused(data, message));
    this.socket.onEvent((event, payload) => {
      for (const seat of [...this.seats]) seat.event(event, payload);
    });
  }

  join(seat: Seat): void {
    this.seats.add(seat);
    if (this.socket.connected) seat.up();
    else if (!this.trying) this.connect(seat);
  }

  /** The last one ends the connection. One that gives up on it while others don't has it looked at. */
  leave(seat: Seat): void {
    if (!this.seats.delete(seat)) return;
    const [next] = this.seats;
    if (next && this.socket.connected) return this.probe();
    this.trying = undefined;
    this.socket.disconnect();
    // A handshake may hang: it is begun anew for whoever is left.
    if (next) this.connect(next);
  }

  /** Ends it for all. */
  cut(): void {
    this.socket.disconnect();
    this.end((seat) => seat.refused(undefined, "The connection is dead."));
  }

  /** Tabs learn of one fresh token at a time: it is said once for all of them. */
  ask(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const token = event === "auth:renew" ? (payload as { token?: unknown }).token : undefined;
    if (typeof token !== "string") return this.socket.ask(event, payload, timeoutMs);
    if (this.renewed?.token !== token) this.renewed = { token, ack: this.socket.ask(event, payload, timeoutMs) };
    return this.renewed.ack;
  }

  private connect({ auth }: Seat): void {
    this.trying = auth;
    this.socket.connect();
  }

  private up(): void {
    this.trying = this.renewed = undefined;
    for (const seat of [...this.seats]) seat.up();
  }

  private end(tell: (seat: Seat) => void): void {
    this.trying = this.renewed = undefined;
    const all = [...this.seats];
    this.seats.clear();
    for (const seat of all) tell(seat);
  }

  /** A server that is not reached refuses all; one token that is refused says nothing of another tab's. */
  private refused(data: unknown, message: string): void {
    const tried = JSON.stringify(this.trying);
    const others = [...this.seats].filter(({ auth }) => data !== undefined && JSON.stringify(auth) !== tried);
    this.end((seat) => {
      if (!others.includes(seat)) seat.refused(data, message);
    });
    if (others.length > 0) queueMicrotask(() => others.forEach((seat) => this.join(seat)));
  }

  private probe(): void {
    this.socket.ask("presence:get", { userIds: [] }, PROBE_MS).catch(() => this.dead());
  }
}
