/** The port of a group: its connections go to the gateway that has the fewest, and wait while there is none. */
import { createServer, type Server, type Socket } from "node:net";
import { type Child } from "./child";

/** How long and how many wait for a gateway to come back. */
const PATIENCE_MS = 10_000;
const MOST_WAITING = 1_000;

const BODY = '{"ok":false,"error":{"code":"UNAVAILABLE","message":"No gateway runs at the moment."}}';
const UNAVAILABLE =
  `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n` +
  `Retry-After: 1\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

export class Port {
  readonly server: Server;
  private readonly waiting = new Map<Socket, NodeJS.Timeout>();

  constructor(private readonly gateways: readonly Child[]) {
    this.server = createServer({ pauseOnConnect: true }, (socket) => this.route(socket.on("error", () => undefined)));
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject).listen({ port, host }, resolve);
    });
  }

  /** A connection that nobody has read of. */
  route(socket: Socket): void {
    const ready = this.gateways.filter((gateway) => gateway.ready);
    if (ready.length === 0) return this.wait(socket);
    ready.reduce((least, gateway) => (gateway.load < least.load ? gateway : least)).take(socket);
  }

  /** A gateway takes connections now. */
  release(): void {
    const sockets = [...this.waiting.keys()];
    for (const socket of sockets) {
      clearTimeout(this.waiting.get(socket));
      this.waiting.delete(socket);
      this.route(socket);
    }
  }

  close(): void {
    this.server.close();
    for (const [socket, timer] of this.waiting) {
      clearTimeout(timer);
      socket.destroy();
    }
    this.waiting.clear();
  }

  private wait(socket: Socket): void {
    if (this.waiting.size >= MOST_WAITING) return this.refuse(socket);
    const timer = setTimeout(() => {
      this.waiting.delete(socket);
      this.refuse(socket);
    }, PATIENCE_MS);
    this.waiting.set(socket, timer);
  }

  private refuse(socket: Socket): void {
    socket.end(UNAVAILABLE, () => socket.destroy());
  }
}
