/** CRC-32: zlib's own, and the same in steps on a Node that has none yet. */
import * as zlib from "node:zlib";

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function checksumInSteps(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (table[(c ^ byte) & 0xff] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

const { crc32 } = zlib as { crc32?: (bytes: Uint8Array) => number };
export const checksum: (bytes: Uint8Array) => number = crc32 ?? checksumInSteps;
