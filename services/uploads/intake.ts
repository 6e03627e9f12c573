/** How bytes become a user's files: room is promised, what came is checked, and all of it is theirs or none. */
import { type Infer } from "../../contracts/schema";
import { fail } from "../../contracts/errors";
import { type UploadedFile } from "../../contracts/shapes";
import { type Received } from "../../contracts/uploads";
import { beforeHookOf } from "../../platform/before-hook";
import { DuplicateKey, newId } from "../../mixins/documents";
import { kindOfMime } from "../../platform/files";
import { allKeys, type Attachment, type Checked, newAttachment, shown } from "./attachments";
import { checkDoc, checkZip, isZip } from "./containers";
import { type UploadsContext } from "./context";
import { intend, tellFactsSoon } from "./facts";
import { checkImage, isImage } from "./images";
import { checkMedia, isMedia } from "./media";
import { refuseInfected } from "./scan";

type Uploaded = Infer<typeof UploadedFile>;

/** A grant outlives the upload's deadline by the time that the checks may take. */
const CHECKS_MS = 60_000;

/** What a user's files take in the store; duplicates share their bytes. */
async function usedBy({ attachments }: UploadsContext, ownerId: number): Promise<number> {
  const docs = await attachments.find({ owner_id: ownerId }, { fields: ["object_key", "size"] });
  const sizes = new Map(docs.map(({ object_key, size }) => [object_key, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function refuseOverQuota(context: UploadsContext, ownerId: number, more: number): Promise<void> {
  const max = context.env.UPLOAD_QUOTA;
  const used = await usedBy(context, ownerId);
  if (used + more > max) throw fail("FULL", "Your files take all the room that one user has.", { used, max });
}

/** @throws FULL */
export function grant(context: UploadsContext, ownerId: number, bytes: number): Promise<{ grantId: string }> {
  return context.owners.turn(ownerId, async () => {
    await refuseOverQuota(context, ownerId, context.owners.promised(ownerId) + bytes);
    const grantId = newId();
    const until = Date.now() + context.env.UPLOAD_TIMEOUT + CHECKS_MS;
    context.owners.promise(ownerId, grantId, { bytes, until });
    return { grantId };
  });
}

/** Beyond what the first bytes say: images are decoded, documents opened, all of them shown to the scanner. */
async function check(context: UploadsContext, owner: number, file: Received): Promise<Checked> {
  const { fileId, size, sha256, mime } = file;
  const kind = kindOfMime(mime);
  if (!kind) throw fail("UNSUPPORTED_TYPE");
  await refuseInfected(context, { key: fileId, size, mime, sha256 });
  if (isImage(kind)) return checkImage(context.decoders, context.store, { owner, key: fileId, kind, size, sha256 });
  if (isMedia(kind)) return checkMedia(context.store, { key: fileId, kind, size, sha256 });
  if (isZip(kind)) await checkZip(context.store, fileId, size, kind);
  if (kind === "doc") await checkDoc(context.store, fileId);
  return { size, sha256 };
}

/** Removes bytes that no file has (any more). In the owner's turn, so that no duplicate comes to share them meanwhile. */
export async function discard({ attachments, store }: UploadsContext, keys: readonly string[]): Promise<void> {
  const taken = await attachments.find({ object_key: { $in: [...keys] } }, { fields: ["object_key"] });
  const used = new Set(taken.map((doc) => doc.object_key));
  await store.remove(keys.filter((key) => !used.has(key)).flatMap(allKeys));
}

const copied = ({ size, sha256, width, height, duration, thumbnail_size, preview_size }: Attachment): Checked => ({
  size,
  sha256,
  ...(width === undefined ? {} : { width }),
  ...(height === undefined ? {} : { height }),
  ...(duration === undefined ? {} : { duration }),
  ...(thumbnail_size === undefined ? {} : { thumbnail_size }),
  ...(preview_size === undefined ? {} : { preview_size }),
});

/** The same bytes of the same owner are kept once, however often and by whatever name they come. */
async function withTwins(
  context: UploadsContext,
  ownerId: number,
  files: readonly Received[],
  checks: readonly Checked[],
) {
  const hashes = files.map((f) => f.sha256);
  const stored = await context.attachments.find({ owner_id: ownerId, source_sha256: { $in: hashes } });
  const known = new Map(stored.map((doc) => [`${doc.source_sha256} ${doc.mime}`, doc]));
  return files.map((file, i) => {
    const twin = known.get(`${file.sha256} ${file.mime}`);
    const checked = twin ? copied(twin) : (checks[i] as Checked);
    const doc = newAttachment(ownerId, file, checked, twin?.object_key ?? file.fileId);
    known.set(`${file.sha256} ${file.mime}`, doc);
    return doc;
  });
}

async function store(context: UploadsContext, ownerId: number, docs: readonly Attachment[]): Promise<void> {
  const fresh = docs.filter((doc) => doc.object_key === doc._id);
  await refuseOverQuota(
    context,
    ownerId,
    fresh.reduce((sum, { size }) => sum + size, 0),
  );
  await intend(context, "upload.stored", docs);
  try {
    await context.attachments.insert(docs);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error; // a retry of what was already done
  }
}

async function already(
  context: UploadsContext,
  ownerId: number,
  ids: readonly string[],
): Promise<Uploaded[] | undefined> {
  const docs = await context.attachments.find({ _id: { $in: [...ids] }, owner_id: ownerId });
  const byId = new Map(docs.map((doc) => [doc._id, doc]));
  const found = ids.flatMap((id) => byId.get(id) ?? []);
  return found.length === ids.length ? found.map(shown) : undefined;
}

/** @throws UNSUPPORTED_TYPE, TOO_LARGE, FULL, UNAVAILABLE; then none of the files is left */
export async function confirm(
  context: UploadsContext,
  ownerId: number,
  grantId: string,
  files: readonly Received[],
): Promise<Uploaded[]> {
  const keys = files.map((f) => f.fileId);
  const before = await already(context, ownerId, keys); // the answer to an earlier try may have been lost
  if (before) return before;
  try {
    const checks = await Promise.all(files.map((file) => check(context, ownerId, file)));
    await beforeHookOf(context.broker)?.ask("upload", {
      userId: ownerId,
      files: files.map(({ fileId, name, mime, size, sha256 }) => ({ fileId, name, mime, size, sha256 })),
    });
    return await context.owners.turn(ownerId, async () => {
      const docs = await withTwins(context, ownerId, files, checks);
      await store(context, ownerId, docs);
      tellFactsSoon(context);
      return docs.map(shown);
    });
  } finally {
    context.owners.release(ownerId, grantId);
    // Duplicates' second copies, or after a failure everything.
    await context.owners.turn(ownerId, () => discard(context, keys));
  }
}
