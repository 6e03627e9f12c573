/** Images are decoded before anyone may see them: their size, their smaller forms, and no personal data left inside. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import sharp, { type Metadata, type SharpOptions } from "sharp";
import { fail } from "../../contracts/errors";
import { damaged, type FileStore, type Kind } from "../../platform/files";
import { Slots } from "../../platform/slots";
import { type Checked } from "./attachments";

/** Decoded, an image takes 4 bytes for each pixel: a few kB of PNG could ask for gigabytes. */
const MAX_PIXELS = 50_000_000;
/** Of all frames of an animation, which a browser decodes one after the other. */
const MAX_FRAME_PIXELS = 500_000_000;
const PREVIEW = 1280;
const THUMBNAIL = 320;
const SECONDS = 20;

/** libvips works on libuv's threads, off the event loop; two images at a time leave threads for the disk. */
const workers = new Slots(2);
sharp.cache(false);
sharp.concurrency(1);

const options: SharpOptions = { limitInputPixels: MAX_PIXELS, failOn: "error" };
const formats: Partial<Record<Kind, string>> = { jpg: "jpeg", png: "png", gif: "gif", webp: "webp" };

export const isImage = (kind: Kind): boolean => kind in formats;

/** Where it was taken, with what, by whom: EXIF, XMP, IPTC, and text that PNGs carry. */
const isPersonal = (meta: Metadata): boolean =>
  Boolean(meta.exif ?? meta.xmp ?? meta.iptc ?? meta.tifftagPhotoshop) || Boolean(meta.comments?.length);

async function metadataOf(bytes: Buffer, kind: Kind): Promise<Metadata> {
  const meta = await sharp(bytes, { ...options, limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw damaged(kind);
    });
  if (meta.format !== formats[kind]) throw damaged(kind);
  const pixels = meta.width * (meta.pageHeight ?? meta.height);
  if (pixels > MAX_PIXELS || pixels * (meta.pages ?? 1) > MAX_FRAME_PIXELS)
    throw fail("TOO_LARGE", `An image may have at most ${MAX_PIXELS} pixels.`, { max: MAX_PIXELS });
  return meta;
}

const smaller = (bytes: Buffer, side: number): Promise<Buffer> =>
  sharp(bytes, options)
    .autoOrient()
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80 })
    .timeout({ seconds: SECONDS })
    .toBuffer();

/** Encoded anew, upright, without anything but its pixels and colours. */
function cleaned(bytes: Buffer, kind: Kind): Promise<Buffer> {
  const image = sharp(bytes, { ...options, animated: kind === "webp" || kind === "gif" }).timeout({ seconds: SECONDS });
  if (kind === "jpg") return image.autoOrient().keepIccProfile().jpeg({ quality: 90 }).toBuffer();
  if (kind === "png") return image.autoOrient().keepIccProfile().png().toBuffer();
  return kind === "webp" ? image.keepIccProfile().webp({ quality: 90 }).toBuffer() : image.gif().toBuffer();
}

async function check(store: FileStore, key: string, kind: Kind): Promise<Checked> {
  const bytes = await buffer(await store.read(key));
  const meta = await metadataOf(bytes, kind);
  const [preview, clean] = await Promise.all([
    smaller(bytes, PREVIEW),
    isPersonal(meta) ? cleaned(bytes, kind) : undefined,
  ]).catch(() => {
    throw damaged(kind);
  });
  const thumbnail = await smaller(preview, THUMBNAIL);
  await store.put(`${key}.preview`, Readable.from([preview]));
  await store.put(`${key}.thumbnail`, Readable.from([thumbnail]));
  if (clean) await store.put(key, Readable.from([clean]));
  const stored = clean ?? bytes;
  const { width, height } = meta.autoOrient;
  return {
    size: stored.length,
    sha256: createHash("sha256").update(stored).digest("hex"),
    width,
    height: meta.pageHeight ?? height,
    thumbnail_size: thumbnail.length,
    preview_size: preview.length,
  };
}

/**
 * Decodes the image, stores its smaller forms beside it, and where it holds personal data itself anew.
 * @throws UNSUPPORTED_TYPE, TOO_LARGE
 */
export const checkImage = (store: FileStore, key: string, kind: Kind): Promise<Checked> =>
  workers.run(() => check(store, key, kind));
