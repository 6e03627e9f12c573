/**
 * Engine.IO's WebSocket transport with another way out: frames are collected and written once per turn of the loop.
 * Everything else (packets in, ping and pong, close, upgrade) is Engine.IO's own.
 */
import { transports } from "engine.io";
import { type Socket as NetSocket } from "node:net";
import { binaryFrame } from "./frames";
import { type Outbox } from "./outbox";
import { type Run } from "./run";

type EngineRequest = ConstructorParameters<typeof transports.websocket>[0];
type Packets = Parameters<InstanceType<typeof transports.websocket>["send"]>[0];
type WebSocket = NonNullable<EngineRequest["websocket"]>;
const OPEN = 1;

/** A reader that leaves more than this unread is cut: it comes back and catches up through `sync`. */
export const MAX_UNREAD = 4 * 2 ** 20;

export class WireTransport extends transports.websocket {
  private readonly ws: WebSocket;
  private readonly net: NetSocket;
  private run: Run | undefined;

  constructor(
    request: EngineRequest,
    private readonly outbox: Outbox,
  ) {
    super(request);
    this.ws = request.websocket as WebSocket;
    this.net = request.socket;
    outbox.open.add(this);
    this.once("close", () => outbox.open.delete(this));
  }

  /** From Engine.IO. Stays writable, so that its queue never holds what this one could overtake. */
  override send(packets: Packets): void {
    for (const packet of packets)
      this.parser.encodePacket(packet, this.supportsBinary, (data: unknown) => {
        if (typeof data === "string") this.text(data);
        else this.run = this.begun().withFrame(binaryFrame(data as Uint8Array));
      });
    this.emit("drain"); // settles Engine.IO's account of batches
  }

  /** A message for this socket alone, as Engine.IO encodes it. */
  text(message: string): void {
    this.run = this.begun().withText(message);
  }

  /** A whole frame that other sockets get, too. */
  shared(frame: Buffer): void {
    this.run = this.begun().withShared(frame);
  }

  private begun(): Run {
    if (this.run) return this.run;
    this.outbox.enlist(this);
    return this.outbox.root;
  }

  flush(): void {
    const { run } = this;
    this.run = undefined;
    if (!run || this.ws.readyState !== OPEN) return;
    this.net.write(run.buffer());
    this.net.uncork(); // held since the upgrade, the first time
    if (this.net.writableLength > MAX_UNREAD) this.cut(this.net.writableLength);
  }

  override doClose(done?: () => void): void {
    this.flush();
    super.doClose(done);
  }

  /** Ends the connection without the closing handshake, which a reader that is gone would never answer. */
  terminate(): void {
    this.ws.terminate();
  }

  private cut(bytes: number): void {
    this.outbox.slow(bytes);
    this.onError("slow reader", `${bytes} bytes unread`);
    this.terminate();
  }
}
