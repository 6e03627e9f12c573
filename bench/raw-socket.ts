/**
 * A Socket.IO client that is little more than a TCP socket. The official client tops out far below what a server can
 * send, and would make every server look alike.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { CLOSE, clientFrame, FrameReader, TEXT } from "./frames";

const HEADERS_END = Buffer.from("\r\n\r\n");
/** First characters of Engine.IO and Socket.IO packets. */
const [PING, MESSAGE] = [0x32, 0x34];
const [CONNECT, DISCONNECT, EVENT, ACK, REFUSED] = [0x30, 0x31, 0x32, 0x33, 0x34];
const PONG = clientFrame("3");

export interface Ack {
  ok: boolean;
  data?: unknown;
  error?: { code: string; message: string };
}
type OnEvent = (data: Buffer, start: number, end: number) => void;
type OnAck = (data: Buffer, start: number, end: number) => void;

export class RawSocket {
  /** Hot path: an event's bytes, from its `[` to its `]`. */
  onEvent: OnEvent | undefined;
  onClose: ((why: string) => void) | undefined;
  private readonly socket: Socket;
  private readonly acks = new Map<number, OnAck>();
  private nextAck = 0;
  private upgraded = false;
  private closing = false;
  private readonly frames = new FrameReader((opcode, data, start, end) => this.frame(opcode, data, start, end));
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(
    port: number,
    private readonly auth: object,
    private readonly namespace: string,
  ) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("connect", () => this.socket.write(upgradeRequest(port)));
    this.socket.on("data", (chunk: Buffer) => this.read(chunk));
    this.socket.on("error", (error) => this.ended(error.message));
    this.socket.on("close", () => this.ended("closed by the server"));
  }

  /** Resolves when the namespace has let the socket in. */
  static open(port: number, auth: object, namespace = "/chat"): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = new RawSocket(port, auth, namespace);
      socket.settle = { resolve: () => resolve(socket), reject };
    });
  }

  /** Emits with an ack; `onAck` gets its bytes, unparsed. */
  emit(event: string, json: string, onAck: OnAck): void {
    const id = this.nextAck++;
    this.acks.set(id, onAck);
    this.socket.write(clientFrame(`42${this.namespace},${id}["${event}",${json}]`));
  }

  /** Emits and waits for the ack; for everything that is not measured. */
  ask(event: string, payload: object): Promise<Ack> {
    return new Promise((resolve) => {
      this.emit(event, JSON.stringify(payload), (data, start, end) => {
        const [ack] = JSON.parse(data.toString("utf8", start, end)) as [Ack];
        resolve(ack);
      });
    });
  }

  close(): void {
    this.closing = true;
    this.socket.destroy();
  }

  private ended(why: string): void {
    if (this.closing) return;
    this.closing = true;
    this.settle?.reject(new Error(`no connection: ${why}`));
    this.onClose?.(why);
  }

  private read(chunk: Buffer): void {
    if (this.upgraded) return this.frames.push(chunk);
    const end = chunk.indexOf(HEADERS_END); // a short answer on loopback: it comes in one piece
    if (end < 0 || !chunk.subarray(0, 12).equals(Buffer.from("HTTP/1.1 101"))) {
      this.ended(chunk.toString("latin1", 0, 80).split("\r\n")[0] ?? "");
      this.socket.destroy();
      return;
    }
    this.upgraded = true;
    this.socket.write(clientFrame(`40${this.namespace},${JSON.stringify(this.auth)}`));
    if (chunk.length > end + 4) this.frames.push(chunk.subarray(end + 4));
  }

  private frame(opcode: number, data: Buffer, start: number, end: number): void {
    if (opcode === TEXT) this.packet(data, start, end);
    else if (opcode === CLOSE) this.socket.destroy();
  }

  private packet(data: Buffer, start: number, end: number): void {
    if (data[start] === PING) this.socket.write(PONG);
    if (data[start] !== MESSAGE) return;
    const body = start + 2 + this.namespace.length + 1;
    const kind = data[start + 1];
    if (kind === EVENT) this.onEvent?.(data, body, end);
    else if (kind === ACK) this.acked(data, body, end);
    else if (kind === CONNECT) this.welcome(data, start);
    else if (kind === DISCONNECT) this.ended("cut by the server");
    else if (kind === REFUSED) this.ended(data.toString("utf8", body, end));
  }

  private welcome(data: Buffer, start: number): void {
    if (data.toString("latin1", start + 2, start + 3 + this.namespace.length) !== `${this.namespace},`) return;
    this.settle?.resolve();
    this.settle = undefined;
  }

  private acked(data: Buffer, start: number, end: number): void {
    let id = 0;
    let at = start;
    for (let c = data[at]; c !== undefined && c >= 48 && c <= 57; c = data[++at]) id = id * 10 + c - 48;
    const onAck = this.acks.get(id);
    this.acks.delete(id);
    onAck?.(data, at, end);
  }
}

const upgradeRequest = (port: number): string =>
  [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "\r\n",
  ].join("\r\n");
