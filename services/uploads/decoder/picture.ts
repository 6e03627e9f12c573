/** What is made of an image: its size, its smaller forms, and itself without personal data. Runs in a decoder alone. */
import sharp, { type Metadata, type SharpOptions } from "sharp";
import { type Stripped, stripGif, stripPng, stripWebp } from "./personal";
import { stripJpeg } from "./segments";

/** Decoded, an image takes 4 bytes for each pixel: a few kB of PNG could ask for gigabytes. Of each frame. */
const MAX_PIXELS = 50_000_000;
/** Of all frames of an animation, which a browser decodes one after the other. */
const MAX_FRAME_PIXELS = 500_000_000;
const PREVIEW = 1280;
const THUMBNAIL = 320;

sharp.cache(false);
sharp.concurrency(1);

/** The formats in which images come. */
const formats = { jpg: "jpeg", png: "png", gif: "gif", webp: "webp" } as const;
export type ImageKind = keyof typeof formats;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly preview: Uint8Array;
  readonly thumbnail: Uint8Array;
  /** Takes the place of what came, where that told of a person. */
  readonly clean?: Uint8Array;
}
export class TooManyPixels extends Error {}
export class TooMuchMemory extends Error {}

// Pixels are counted here, frame by frame; a limit of the library's own counts an animation as one tall image.
const options: SharpOptions = { limitInputPixels: false, failOn: "error" };

async function metadataOf(bytes: Buffer, kind: ImageKind): Promise<Metadata> {
  const meta = await sharp(bytes, options).metadata();
  if (meta.format !== formats[kind]) throw new Error(`this is ${meta.format}`);
  const frame = meta.width * (meta.pageHeight ?? meta.height);
  if (frame > MAX_PIXELS || frame * (meta.pages ?? 1) > MAX_FRAME_PIXELS) throw new TooManyPixels();
  return meta;
}

/** Bytes that a pixel takes where the decoder needs the whole image at once; 0 where it goes line by line. */
function bytesPerPixel({ isProgressive, depth, channels, chromaSubsampling }: Metadata, kind: ImageKind): number {
  if (kind === "gif") return 6; // the canvas, and what it looked like a frame ago
  if (kind === "webp") return 3.4; // scaled down while it is decoded, unless it is lossless: then the watch sees it
  if (!isProgressive) return 0;
  if (kind === "jpg") return chromaSubsampling === "4:2:0" ? 3.5 : 2 * channels + 1; // coefficients of 2 bytes
  return channels * (depth === "ushort" ? 2 : 1);
}

const isTurned = ({ orientation = 1, pages = 1 }: Metadata): boolean => orientation > 1 && pages === 1;

/** Said before it is tried: memory can be taken faster than anybody looks. */
function refuseTooMuch(meta: Metadata, kind: ImageKind, most: number): void {
  const frame = meta.width * (meta.pageHeight ?? meta.height);
  const turning = isTurned(meta) ? meta.channels : 0;
  if (frame * (bytesPerPixel(meta, kind) + turning) > most) throw new TooMuchMemory();
}

const smaller = (bytes: Buffer, side: number): Promise<Buffer> =>
  sharp(bytes, options)
    .autoOrient()
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();

/** Encoded anew, upright, without anything but its pixels and colours. */
function upright(bytes: Buffer, kind: ImageKind): Promise<Buffer> {
  const image = sharp(bytes, options).autoOrient().keepIccProfile();
  // Coding tables of its own would take three times the memory, and be a few percent smaller.
  if (kind === "jpg") return image.jpeg({ quality: 90, optimiseCoding: false }).toBuffer();
  return kind === "png" ? image.png().toBuffer() : image.webp({ quality: 90 }).toBuffer();
}

function stripped(bytes: Buffer, kind: Exclude<ImageKind, "jpg">): Stripped {
  if (kind === "png") return stripPng(bytes);
  return kind === "webp" ? stripWebp(bytes) : stripGif(bytes);
}

async function cleaned(given: Buffer, bytes: Buffer, kind: ImageKind, meta: Metadata): Promise<Buffer | undefined> {
  if (isTurned(meta)) return upright(bytes, kind);
  if (kind === "jpg") {
    const clean = stripJpeg(given) ?? (await upright(bytes, kind));
    return clean === given ? undefined : clean;
  }
  const without = stripped(given, kind);
  return without.personal ? without.bytes : undefined;
}

/**
 * @param memory bytes that the decoder may take
 * @throws TooManyPixels, TooMuchMemory, or what the decoder says
 */
export async function pictureOf(given: Buffer, kind: ImageKind, memory: number): Promise<Picture> {
  // Before any decoder sees it.
  const bytes = kind === "png" ? stripPng(given, true).bytes : given;
  const meta = await metadataOf(bytes, kind);
  refuseTooMuch(meta, kind, memory);
  // One after the other: each may need a whole image in memory.
  const preview = await smaller(bytes, PREVIEW);
  const thumbnail = await smaller(preview, THUMBNAIL);
  const clean = await cleaned(given, bytes, kind, meta);
  const { width, height } = (meta.pages ?? 1) > 1 ? meta : meta.autoOrient;
  return { width, height: meta.pageHeight ?? height, preview, thumbnail, ...(clean ? { clean } : {}) };
}
