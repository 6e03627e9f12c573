/** Images are decoded before anyone may see them: their size, their smaller forms, and no personal data left inside. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { fail } from "../../contracts/errors";
import { damaged, type FileStore, type Kind, type Stored } from "../../platform/files";
import { type Checked } from "./attachments";
import { type Decoding } from "./decoder/decoding";
import { type ImageKind, type Picture } from "./decoder/picture";

/** An image is held whole in memory, at two places. */
const MAX_BYTES = 32 * 1024 * 1024;

const imageKinds: readonly Kind[] = ["jpg", "png", "gif", "webp"] satisfies ImageKind[];
export const isImage = (kind: Kind): kind is ImageKind => imageKinds.includes(kind);

async function decoded(
  decoders: Decoding,
  owner: number,
  kind: ImageKind,
  read: () => Promise<Buffer>,
): Promise<Picture> {
  const outcome = await decoders.decode(owner, async () => ({ kind, bytes: await read() }));
  if ("picture" in outcome) return outcome.picture;
  if (outcome.refused === "damaged") throw damaged(kind);
  throw outcome.refused === "pixels"
    ? fail("TOO_LARGE", "The image has too many pixels.")
    : fail("TOO_LARGE", "The image takes too much memory or time to open.");
}

const put = (store: FileStore, key: string, bytes: Uint8Array): Promise<Stored> =>
  store.put(key, Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]));

export interface Image {
  readonly owner: number;
  readonly key: string;
  readonly kind: ImageKind;
  readonly size: number;
  /** Of the bytes as they came. */
  readonly sha256: string;
}

/**
 * Decodes the image, stores its smaller forms beside it, and where it holds personal data itself anew.
 * @throws UNSUPPORTED_TYPE, TOO_LARGE, UNAVAILABLE
 */
export async function checkImage(decoders: Decoding, store: FileStore, image: Image): Promise<Checked> {
  const { owner, key, kind, size, sha256 } = image;
  if (size > MAX_BYTES) throw fail("TOO_LARGE", `An image may have at most ${MAX_BYTES} bytes.`, { max: MAX_BYTES });
  const picture = await decoded(decoders, owner, kind, async () => buffer(await store.read(key)));
  const { width, height, preview, thumbnail, clean } = picture;
  await put(store, `${key}.preview`, preview);
  await put(store, `${key}.thumbnail`, thumbnail);
  const stored = clean ? await put(store, key, clean) : { size, sha256 };
  return {
    ...stored,
    width,
    height,
    thumbnail_size: thumbnail.length,
    preview_size: preview.length,
  };
}
