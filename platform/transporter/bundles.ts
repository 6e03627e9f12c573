/**
 * Packets that leave for one queue in one turn of the loop, as one message of the bus: what a message costs there, on
 * both sides and in between, is paid once for all of them. A packet alone goes as it is.
 */

/** Larger ones leave at once: a bundle is to save messages, and not to copy files. */
const LARGE = 2 ** 16;
const LENGTH = 4;

/** Each with its length before it. */
export function pack(packets: readonly Buffer[]): Buffer {
  const bundle = Buffer.allocUnsafe(packets.reduce((sum, { length }) => sum + LENGTH + length, 0));
  let at = 0;
  for (const packet of packets) {
    at = bundle.writeUInt32LE(packet.length, at);
    at += packet.copy(bundle, at);
  }
  return bundle;
}

/** @throws RangeError for what is no bundle */
export function* unpack(bundle: Buffer): Generator<Buffer> {
  for (let at = 0; at < bundle.length;) {
    const from = at + LENGTH;
    const end = from > bundle.length ? Infinity : from + bundle.readUInt32LE(at);
    if (end > bundle.length) throw new RangeError("a bundle ends within a packet");
    yield bundle.subarray(from, end);
    at = end;
  }
}

export class Bundles {
  private readonly gathered = new Map<string, Buffer[]>();
  private due: NodeJS.Immediate | undefined;
  /** Bytes that have not left yet. */
  bytes = 0;

  /** @param send puts what there is for one queue onto the bus: one packet or more */
  constructor(private readonly send: (topic: string, packets: readonly Buffer[]) => void) {}

  add(topic: string, packet: Buffer): void {
    const packets = this.gathered.get(topic);
    if (packets) packets.push(packet);
    else this.gathered.set(topic, [packet]);
    this.bytes += packet.length;
    if (this.bytes > LARGE) this.flush();
    else this.due ??= setImmediate(() => this.flush());
  }

  /** All of it, before what must not overtake it. Queues in the order of their first packets, each in its own order. */
  flush(): void {
    clearImmediate(this.due);
    this.due = undefined;
    if (this.gathered.size === 0) return;
    const all = [...this.gathered];
    this.clear();
    for (const [topic, packets] of all) this.send(topic, packets);
  }

  /** Of a connection that is gone. */
  clear(): void {
    this.gathered.clear();
    this.bytes = 0;
  }
}
