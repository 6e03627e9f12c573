/** Small files that ask a decoder for gigabytes or minutes, one of each kind that we know of. */
import { createDeflate, crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { zip } from "./upload-files";

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const u16le = (n: number): Buffer => Buffer.from([n & 255, n >> 8]);

export const pngChunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
};
/** A PNG with more chunks right behind its header. */
export function pngWith(png: Buffer, ...chunks: Buffer[]): Buffer {
  const afterHeader = 8 + 12 + 13;
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)]);
}
const tinyPng = (): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();

/** Each text unpacks to 10 MB. */
export async function pngOfTexts(type: "zTXt" | "iTXt", count = 60): Promise<Buffer> {
  const packed = deflateSync(Buffer.alloc(10_000_000, "a"));
  const head = type === "zTXt" ? "Comment\0\0" : "Comment\0\x01\0\0\0";
  const chunk = pngChunk(type, Buffer.concat([Buffer.from(head, "latin1"), packed]));
  return pngWith(await tinyPng(), ...Array.from({ length: count }, () => chunk));
}

export async function pngOfProfile(): Promise<Buffer> {
  const profile = Buffer.concat([Buffer.from("icc\0\0", "latin1"), deflateSync(Buffer.alloc(200_000_000))]);
  return pngWith(await tinyPng(), pngChunk("iCCP", profile));
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Interlaced, with 16 bits a sample: all of it has to be in memory at once. */
export async function pngInterlaced(side = 5_000): Promise<Buffer> {
  let raw = 0;
  for (const [x, y, dx, dy] of adam7) raw += Math.ceil((side - y) / dy) * (1 + 8 * Math.ceil((side - x) / dx));
  const deflate = createDeflate({ level: 1 });
  const parts: Buffer[] = [];
  deflate.on("data", (part: Buffer) => parts.push(part));
  const zeros = Buffer.alloc(1 << 20);
  for (let left = raw; left > 0; left -= zeros.length)
    if (!deflate.write(zeros.subarray(0, left))) await new Promise((resolve) => deflate.once("drain", resolve));
  await new Promise<void>((resolve) => deflate.end(resolve));
  await new Promise((resolve) => (deflate.readableEnded ? resolve(0) : deflate.once("end", resolve)));
  const header = Buffer.concat([u32(side), u32(side), Buffer.from([16, 6, 0, 0, 1])]);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [pngChunk("IHDR", header), pngChunk("IDAT", Buffer.concat(parts)), pngChunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

/** A large canvas with one pixel on it. */
export function gifCanvas(side = 7_000, frames = 1): Buffer {
  const frame = Buffer.from("\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0", "latin1");
  const screen = Buffer.concat([u16le(side), u16le(side), Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255])]);
  return Buffer.concat([
    Buffer.from("GIF89a"),
    screen,
    ...Array.from({ length: frames }, () => frame),
    Buffer.from(";"),
  ]);
}

/** A progressive JPEG whose last scan comes again and again. */
export async function jpegOfScans(side = 3_000, scans = 2_000): Promise<Buffer> {
  const image = sharp({ create: { width: side, height: side, channels: 3, background: "red" } });
  const bytes = await image.jpeg({ progressive: true }).toBuffer();
  const last = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = bytes.subarray(last, -2);
  return Buffer.concat([bytes.subarray(0, -2), ...Array.from({ length: scans }, () => scan), bytes.subarray(-2)]);
}

export const webpLarge = (): Promise<Buffer> =>
  sharp({ create: { width: 16_000, height: 3_000, channels: 4, background: { r: 1, g: 2, b: 3, alpha: 0.5 } } })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();

/** An archive with far more entries than any document has. */
export const docxOfEntries = (count = 60_000): Buffer =>
  zip(Object.fromEntries(Array.from({ length: count }, (_, n) => [`word/${n}.xml`, ""])));
