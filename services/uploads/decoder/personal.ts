/**
 * Takes what tells of a person (EXIF, XMP, texts) out of PNG, WebP and GIF without touching a pixel, and bounds what a
 * decoder would unpack beside the pixels: a few kB of compressed text in a PNG cost it gigabytes. Pure.
 */
import { inflateSync } from "node:zlib";

export interface Stripped {
  /** The file without it. */
  readonly bytes: Buffer;
  /** Whether there was any, or what nobody should unpack. */
  readonly personal: boolean;
}

/** Real colour profiles have at most some hundred kB, unpacked. */
const MAX_PROFILE = 4 * 1024 * 1024;

/** Copies the pieces that stay into one buffer: a file may have a million of them. */
class Copy {
  private readonly out: Buffer;
  private at = 0;

  constructor(private readonly from: Buffer) {
    this.out = Buffer.alloc(from.length);
  }
  keep(start: number, end: number): void {
    this.at += this.from.copy(this.out, this.at, start, end);
  }
  done(): Buffer {
    return this.out.subarray(0, this.at);
  }
}

const textOf = (bytes: Buffer, start: number, length: number): string =>
  bytes.toString("latin1", start, start + length);

function isBoundedProfile(data: Buffer): boolean {
  const compressed = data.indexOf(0) + 2; // after its name and a byte for the method
  try {
    inflateSync(data.subarray(compressed), { maxOutputLength: MAX_PROFILE });
    return true;
  } catch {
    return false;
  }
}

/** Everything else tells of people and programs: texts, EXIF, times, certificates, what editors keep for themselves. */
const pngKept = new Set([
  ...["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI"],
  ...["bKGD", "hIST", "pHYs", "sPLT", "acTL", "fcTL", "fdAT"],
]);

/** @param turned keeps EXIF, which says how the image is turned */
export function stripPng(bytes: Buffer, turned = false): Stripped {
  const copy = new Copy(bytes);
  let personal = false;
  copy.keep(0, 8);
  for (let at = 8; at + 12 <= bytes.length;) {
    const type = textOf(bytes, at + 4, 4);
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) break; // cut: the decoder says so, if it matters
    const drop = type === "iCCP" ? !isBoundedProfile(bytes.subarray(at + 8, end - 4)) : !pngKept.has(type);
    personal ||= drop;
    if (!drop || (turned && type === "eXIf")) copy.keep(at, end);
    at = end;
    if (type === "IEND") {
      personal ||= at < bytes.length; // whatever hides behind its end
      break;
    }
  }
  return { bytes: copy.done(), personal };
}

const EXIF_AND_XMP = 0x08 | 0x04;
const webpKept = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);

export function stripWebp(bytes: Buffer): Stripped {
  const copy = new Copy(bytes);
  let personal = false;
  copy.keep(0, 12);
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = textOf(bytes, at, 4);
    const length = bytes.readUInt32LE(at + 4);
    const end = Math.min(at + 8 + length + (length % 2), bytes.length);
    const isPersonal = !webpKept.has(type);
    personal ||= isPersonal;
    if (!isPersonal) copy.keep(at, end);
    at = end;
  }
  const out = copy.done();
  if (out.length >= 12) out.writeUInt32LE(out.length - 8, 4);
  if (textOf(out, 12, 4) === "VP8X" && out.length > 20) out[20] = (out[20] ?? 0) & ~EXIF_AND_XMP;
  return { bytes: out, personal };
}

/** How often it plays, and its colours; other applications' blocks hold XMP and the like. */
const gifKept = new Set(["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]);

const colours = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Where the sub-blocks that begin here end: each says its length, and one of 0 is the last. */
function afterBlocks(bytes: Buffer, start: number): number {
  let at = start;
  for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
  return Math.min(at + 1, bytes.length);
}

export function stripGif(bytes: Buffer): Stripped {
  const copy = new Copy(bytes);
  let personal = false;
  let at = 13 + colours(bytes[10] ?? 0);
  copy.keep(0, at);
  while (at < bytes.length) {
    const [kind, label] = [bytes[at], bytes[at + 1]];
    if (kind !== 0x21 && kind !== 0x2c) break;
    const end = afterBlocks(bytes, kind === 0x21 ? at + 2 : at + 11 + colours(bytes[at + 9] ?? 0));
    const isPersonal = kind === 0x21 && (label === 0xfe || (label === 0xff && !gifKept.has(textOf(bytes, at + 3, 11))));
    personal ||= isPersonal;
    if (!isPersonal) copy.keep(at, end);
    at = end;
  }
  personal ||= at + 1 < bytes.length; // whatever hides behind its end
  return { bytes: Buffer.concat([copy.done(), Buffer.from([0x3b])]), personal };
}
