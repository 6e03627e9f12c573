/**
 * Moleculer over unix sockets, for the processes of one machine: each listens in a folder that only its user may enter, and
 * keeps one connection to each of the others for what it says. A dead process is known at once, for its connections close.
 */
import { rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { Errors, type LoggerInstance, type ServiceBroker, Transporters } from "moleculer";
import { Frames, framed, MAX_PACKET } from "./frames";
import { CALLERS_WAIT, type Packet, TYPES } from "./packets";

/** The parts of Moleculer that its type file leaves out. */
interface Transit {
  removePendingRequestByNodeID(nodeID: string): void;
}
interface Nodes {
  get(id: string): { readonly available: boolean } | undefined;
  disconnected(id: string, unexpected: boolean): void;
}

const CLOSE_MS = 500;

const unreachable = (): Error =>
  new Errors.MoleculerRetryableError("That process takes no messages at the moment.", 503, "UNREACHABLE", undefined);

/** What this process says to one other; what is said in one turn of the loop leaves in one write. */
class Line {
  private frames: Buffer[] = [];
  private bytes = 0;
  private readonly socket: Socket;

  constructor(path: string, closed: () => void) {
    this.socket = createConnection(path);
    this.socket.on("error", () => undefined); // "close" follows
    this.socket.once("close", closed);
    this.socket.resume(); // the other side says nothing here
  }

  get isFull(): boolean {
    return this.bytes + this.socket.writableLength > MAX_PACKET;
  }

  add(frame: Buffer): void {
    if (this.frames.length === 0) setImmediate(() => this.flush());
    this.frames.push(frame);
    this.bytes += frame.length;
  }

  private flush(): void {
    const { frames } = this;
    this.frames = [];
    this.bytes = 0;
    if (frames.length === 0 || this.socket.destroyed) return;
    this.socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }

  /** With what was said until now. */
  close(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      const late = setTimeout(() => this.socket.destroy(), CLOSE_MS);
      this.socket.once("close", () => (clearTimeout(late), resolve()));
      this.socket.end();
    });
  }
}

export class LocalTransporter extends Transporters.Base {
  declare broker: ServiceBroker;
  declare logger: LoggerInstance;
  declare transit: Transit;
  declare connected: boolean;
  declare receive: (packetType: string, data: Buffer) => Promise<void>;
  declare onConnected: (wasReconnect: boolean) => Promise<void>;

  private server: Server | undefined;
  private readonly heard = new Set<Socket>();
  private readonly lines = new Map<string, Line>();
  private stopped = false;

  /** @param peers the paths of the others, by their names as nodes */
  constructor(
    private readonly path: string,
    private readonly peers: ReadonlyMap<string, string>,
  ) {
    super({});
  }

  override async connect(): Promise<void> {
    rmSync(this.path, { force: true }); // of a process that was killed
    this.server = createServer((socket) => this.hear(socket));
    await new Promise<void>((resolve, reject) => {
      this.server?.once("error", reject).listen(this.path, resolve);
    });
    await this.onConnected(false); // which asks the others who they are; who comes later asks us
  }

  override async disconnect(): Promise<void> {
    this.stopped = true;
    this.connected = false;
    const lines = [...this.lines.values()];
    this.lines.clear();
    await Promise.all(lines.map((line) => line.close()));
    for (const socket of this.heard) socket.destroy();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }

  /** Whatever comes here is for this process. */
  override subscribe(): Promise<void> {
    return Promise.resolve();
  }

  override send(_topic: string, data: Buffer, { packet }: { packet: Packet }): Promise<void> {
    const type = TYPES.indexOf(packet.type);
    const frame = framed(type, data);
    const targets = packet.target ? [packet.target] : [...this.peers.keys()];
    let reached = true;
    for (const target of targets) reached = this.say(target, frame) && reached;
    return reached || !CALLERS_WAIT.has(packet.type) ? Promise.resolve() : Promise.reject(unreachable());
  }

  private say(target: string, frame: Buffer): boolean {
    const line = this.lines.get(target) ?? this.open(target);
    if (!line || line.isFull) return false;
    line.add(frame);
    return true;
  }

  /** Connects while what is said waits; with nobody there the line closes, and who waits for an answer hears so. */
  private open(target: string): Line | undefined {
    const path = this.peers.get(target);
    if (path === undefined || this.stopped) return undefined;
    const line = new Line(path, () => this.lost(target, line));
    this.lines.set(target, line);
    return line;
  }

  private lost(target: string, line: Line): void {
    if (this.lines.get(target) !== line) return;
    this.lines.delete(target);
    const nodes = this.broker.registry.nodes as Nodes;
    if (!nodes.get(target)?.available) return this.transit.removePendingRequestByNodeID(target);
    this.logger.warn(`Node ${target} is gone.`);
    nodes.disconnected(target, true);
  }

  private hear(socket: Socket): void {
    const frames = new Frames();
    this.heard.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.heard.delete(socket));
    socket.on("data", (piece) => {
      try {
        for (const { type, data } of frames.take(piece)) void this.receive(TYPES[type] ?? "", data);
      } catch (error) {
        this.logger.warn(`A connection was cut: ${String(error)}`);
        socket.destroy();
      }
    });
  }
}
