/** The two sockets as the rest sees them; what a test puts in the place of a network. */
import { Manager } from "socket.io-client";
import { addressOf } from "./address";
import { type ClientEvents } from "./protocol";

export type Namespace = keyof ClientEvents;

/** The part of a Socket.IO client socket that is used. */
export interface SocketLike {
  readonly connected: boolean;
  connect(): unknown;
  disconnect(): unknown;
  /** Sends and waits for the ack; rejects where none came. */
  ask(event: string, payload: unknown, timeoutMs: number): Promise<unknown>;
  onEvent(run: (event: string, payload: unknown) => void): void;
  onUp(run: () => void): void;
  onDown(run: (why: string) => void): void;
  /** `data` of a refused handshake, undefined where the server was not reached. */
  onRefused(run: (data: unknown, message: string) => void): void;
}

/** What the handshake says; at hand when it begins. */
export type Auth = () => Record<string, unknown>;
/** How a client is connected to a server: its own way, or `sharedSockets()`. */
export type OpenSockets = (url: string) => (namespace: Namespace, auth: Auth) => SocketLike;

/** Both namespaces over one connection. Reconnecting is ours: the library knows no tokens, tabs or sleep. */
export const openSockets: OpenSockets = (url) => {
  const manager = new Manager(url, {
    path: new URL(addressOf(url, "/socket.io")).pathname,
    autoConnect: false,
    reconnection: false,
    transports: ["websocket", "polling"],
  });
  return (namespace, auth) => {
    const socket = manager.socket(namespace, {
      auth: (give) => give(auth()),
    });
    return {
      get connected() {
        return socket.connected;
      },
      connect: () => socket.connect(),
      disconnect: () => socket.disconnect(),
      ask: (event, payload, timeoutMs) => socket.timeout(timeoutMs).emitWithAck(event, payload) as Promise<unknown>,
      onEvent: (run) => void socket.onAny((event: string, payload: unknown) => run(event, payload)),
      onUp: (run) => void socket.on("connect", run),
      onDown: (run) => void socket.on("disconnect", run),
      onRefused: (run) =>
        void socket.on("connect_error", (error: Error & { data?: unknown }) => run(error.data, error.message)),
    };
  };
};
