/** WebSocket frames as the server sends them (RFC 6455): unmasked, unfragmented, uncompressed. */

export const TEXT = 0x81;
export const BINARY = 0x82;

/** How long a frame is whose payload has so many bytes. */
export function frameSize(payload: number): number {
  return payload + (payload < 126 ? 2 : payload < 65_536 ? 4 : 10);
}

/** Writes a frame's head and returns where its payload begins. */
export function writeHead(target: Buffer, offset: number, kind: number, payload: number): number {
  target[offset] = kind;
  if (payload < 126) {
    target[offset + 1] = payload;
    return offset + 2;
  }
  if (payload < 65_536) {
    target[offset + 1] = 126;
    target.writeUInt16BE(payload, offset + 2);
    return offset + 4;
  }
  target[offset + 1] = 127;
  target.writeUInt32BE(0, offset + 2);
  target.writeUInt32BE(payload, offset + 6);
  return offset + 10;
}

export function textFrame(text: string): Buffer {
  const payload = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(frameSize(payload));
  frame.write(text, writeHead(frame, 0, TEXT, payload));
  return frame;
}

export function binaryFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameSize(bytes.length));
  frame.set(bytes, writeHead(frame, 0, BINARY, bytes.length));
  return frame;
}
