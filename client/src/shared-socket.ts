/** One socket that several tabs hold. Whoever asks for it first says the handshake; when it falls, all are told. */
import { probe } from "./probe";
import { type Namespace, type OpenSockets, type SocketLike } from "./sockets";

export type Handshake = Readonly<Record<string, unknown>>;

/** A tab that holds a socket. */
export interface Subscriber {
  readonly auth: Handshake;
  up(): void;
  down(why: string): void;
  refused(data: unknown, message: string): void;
  event(event: string, payload: unknown): void;
}

export class SharedSocket {
  private readonly subscribers = new Set<Subscriber>();
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
    this.socket.onDown((why) => this.end((subscriber) => subscriber.down(why)));
    this.socket.onRefused((data, message) => this.refused(data, message));
    this.socket.onEvent((event, payload) => {
      for (const subscriber of [...this.subscribers]) subscriber.event(event, payload);
    });
  }

  join(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
    if (this.socket.connected) subscriber.up();
    else if (!this.trying) this.connect(subscriber);
  }

  /** The last one ends the connection. One that gives up on it while others don't has it looked at. */
  leave(subscriber: Subscriber): void {
    if (!this.subscribers.delete(subscriber)) return;
    const [next] = this.subscribers;
    if (next && this.socket.connected) return this.probe();
    this.trying = undefined;
    this.socket.disconnect();
    // A handshake may hang: it is begun anew for whoever is left.
    if (next) this.connect(next);
  }

  /** Ends it for all. */
  cut(): void {
    this.socket.disconnect();
    this.end((subscriber) => subscriber.refused(undefined, "The connection is dead."));
  }

  /** Tabs learn of one fresh token at a time: it is said once for all of them. */
  ask(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    const token = event === "auth:renew" ? (payload as { token?: unknown }).token : undefined;
    if (typeof token !== "string") return this.socket.ask(event, payload, timeoutMs);
    if (this.renewed?.token !== token) this.renewed = { token, ack: this.socket.ask(event, payload, timeoutMs) };
    return this.renewed.ack;
  }

  private connect({ auth }: Subscriber): void {
    this.trying = auth;
    this.socket.connect();
  }

  private up(): void {
    this.trying = this.renewed = undefined;
    for (const subscriber of [...this.subscribers]) subscriber.up();
  }

  private end(tell: (subscriber: Subscriber) => void): void {
    this.trying = this.renewed = undefined;
    const all = [...this.subscribers];
    this.subscribers.clear();
    for (const subscriber of all) tell(subscriber);
  }

  /** A server that is not reached refuses all; one token that is refused says nothing of another tab's. */
  private refused(data: unknown, message: string): void {
    const tried = JSON.stringify(this.trying);
    const others = [...this.subscribers].filter(({ auth }) => data !== undefined && JSON.stringify(auth) !== tried);
    this.end((subscriber) => {
      if (!others.includes(subscriber)) subscriber.refused(data, message);
    });
    if (others.length > 0) queueMicrotask(() => others.forEach((subscriber) => this.join(subscriber)));
  }

  private probe(): void {
    probe(this.socket).catch(() => this.dead());
  }
}
