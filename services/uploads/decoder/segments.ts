/** Takes what tells of a person out of a JPEG without touching a pixel: of its segments only those that show it stay. Pure. */

/** ICC profiles of cameras and screens; JFIF's resolution; how Adobe coded the colours. */
const signs: Readonly<Record<number, string>> = { 0xe0: "JFIF\0", 0xe2: "ICC_PROFILE\0", 0xee: "Adobe" };
const END = 0xd9;
const SCAN = 0xda;

const isKept = (marker: number, bytes: Buffer, at: number): boolean => {
  if (marker === 0xfe) return false; // a comment
  if (marker < 0xe0 || marker > 0xef) return true;
  const sign = signs[marker];
  return sign !== undefined && bytes.toString("latin1", at, at + sign.length) === sign;
};

/** Where coded pixels end: at a marker that is neither a stuffed byte nor a restart. */
function afterScan(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return bytes.length;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

/**
 * The same image alone, and the very `bytes` where nothing has to go. Other pictures and films behind its end go as well.
 * Undefined where its segments can't be told apart: some decoders forgive that.
 */
export function stripJpeg(bytes: Buffer): Buffer | undefined {
  const parts = [bytes.subarray(0, 2)];
  for (let at = 2; at + 2 <= bytes.length;) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1; // a filler
      continue;
    }
    if (marker === END) {
      parts.push(bytes.subarray(at, at + 2));
      const out = Buffer.concat(parts);
      return out.length === bytes.length ? bytes : out;
    }
    if (at + 4 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const until = marker === SCAN ? afterScan(bytes, end) : end;
    if (end > bytes.length || end < at + 4) return undefined;
    if (isKept(marker, bytes, at + 4)) parts.push(bytes.subarray(at, until));
    at = until;
  }
  return undefined;
}
