/** Packets in a stream of bytes: the length of each, what kind it is, and the packet. */

const HEAD = 5;
/** Above the largest packet that we send. */
export const MAX_PACKET = 64 * 2 ** 20;

export interface Packet {
  readonly type: number;
  readonly data: Buffer;
}

export function framed(type: number, data: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + data.length);
  frame.writeUInt32LE(data.length, 0);
  frame[4] = type;
  data.copy(frame, HEAD);
  return frame;
}

/** Takes the stream in pieces of any size, and gives back what is whole. */
export class Frames {
  private pieces: Buffer[] = [];
  private length = 0;
  private needed = HEAD;

  /** @throws RangeError for a length that nobody sends */
  *take(piece: Buffer): Generator<Packet> {
    this.pieces.push(piece);
    this.length += piece.length;
    if (this.length < this.needed) return; // a large packet is put together once, when all of it is there
    const all = this.pieces.length === 1 ? piece : Buffer.concat(this.pieces, this.length);
    let at = 0;
    for (this.needed = HEAD; all.length - at >= HEAD;) {
      const size = all.readUInt32LE(at);
      if (size > MAX_PACKET) throw new RangeError(`a packet of ${size} bytes`);
      if (all.length - at < HEAD + size) {
        this.needed = HEAD + size;
        break;
      }
      yield { type: all[at + 4] ?? 0, data: all.subarray(at + HEAD, at + HEAD + size) };
      at += HEAD + size;
    }
    this.pieces = at < all.length ? [all.subarray(at)] : [];
    this.length = all.length - at;
  }
}
