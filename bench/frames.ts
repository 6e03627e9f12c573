/** WebSocket frames as a client sees them: the least code that reads a server's frames in place and writes masked ones. */

export const TEXT = 1;
export const CLOSE = 8;

type OnFrame = (opcode: number, data: Buffer, start: number, end: number) => void;

/** Cuts a byte stream into frames; a frame's bytes stay where they are, in the chunk that brought them. */
export class FrameReader {
  private rest: Buffer | undefined;

  constructor(private readonly onFrame: OnFrame) {}

  push(chunk: Buffer): void {
    const data = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = undefined;
    let at = 0;
    for (;;) {
      const body = bodyOf(data, at);
      if (!body || body.end > data.length) break;
      this.onFrame((data[at] ?? 0) & 0x0f, data, body.start, body.end);
      at = body.end;
    }
    if (at < data.length) this.rest = data.subarray(at);
  }
}

/** Where the payload of the frame at `at` lies; undefined while its head is incomplete. Server frames carry no mask. */
function bodyOf(data: Buffer, at: number): { start: number; end: number } | undefined {
  const short = data[at + 1];
  if (short === undefined) return undefined;
  if (short < 126) return { start: at + 2, end: at + 2 + short };
  if (short === 126) {
    if (data.length < at + 4) return undefined;
    return { start: at + 4, end: at + 4 + data.readUInt16BE(at + 2) };
  }
  if (data.length < at + 10) return undefined;
  return { start: at + 10, end: at + 10 + Number(data.readBigUInt64BE(at + 2)) };
}

/** A text frame from a client. The mask is all zeros: allowed, and the server unmasks it like any other. */
export function clientFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length > 65_535) throw new RangeError(`a frame of ${length} bytes; the benchmark sends small ones`);
  const head = length < 126 ? 2 : 4;
  const frame = Buffer.alloc(head + 4 + length);
  frame[0] = 0x80 | TEXT;
  if (length < 126) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, head + 4);
  return frame;
}
