/** Files and the conversations they are in: sent, taken back, published as an avatar, deleted. */
import { type Caller } from "../../contracts/caller";
import { badField, fail } from "../../contracts/errors";
import { call } from "../../platform/bus";
import { type Ctx } from "../../platform/service";
import { mayRead, noSuchFile, readableFile } from "./access";
import { attached, type Attachment, idOfUrl } from "./attachments";
import { type UploadsContext } from "./context";
import { intend, tellFactsSoon } from "./facts";
import { discard } from "./intake";

/** @throws NOTFOUND with the place of the url among `urls` */
async function sendable(
  context: UploadsContext,
  ctx: Ctx,
  caller: Caller,
  conversationId: string,
  url: string,
  index: number,
) {
  const id = idOfUrl(url);
  const doc = id === undefined ? undefined : await context.attachments.findOne({ _id: id });
  // What is already in this conversation needs no question back: who sends there was just found to be a member.
  if (!doc || !(doc.conversation_ids.includes(conversationId) || (await mayRead(ctx, caller, doc))))
    throw noSuchFile([{ field: `attachments[${index}]`, rule: "file", index, url }]);
  return doc;
}

export async function attach(
  context: UploadsContext,
  ctx: Ctx,
  caller: Caller,
  conversationId: string,
  urls: readonly string[],
) {
  const docs: Attachment[] = [];
  for (const [index, url] of urls.entries())
    docs.push(await sendable(context, ctx, caller, conversationId, url, index));
  for (const [index, { _id, url }] of docs.entries()) {
    const change = { $addToSet: { conversation_ids: conversationId }, $set: { orphan_since: null } };
    // The file may have been deleted since it was looked at.
    if (!(await context.attachments.updateOne({ _id }, change)))
      throw noSuchFile([{ field: `attachments[${index}]`, rule: "file", index, url }]);
  }
  return { files: docs.map(attached) };
}

export async function detach(context: UploadsContext, conversationId: string, urls: readonly string[]): Promise<void> {
  const ids = urls.flatMap((url) => idOfUrl(url) ?? []);
  await context.attachments.updateMany({ _id: { $in: ids } }, { $pull: { conversation_ids: conversationId } });
  const left = await context.attachments.find({ _id: { $in: ids }, public: false });
  const orphans = left.filter((doc) => doc.conversation_ids.length === 0).map((doc) => doc._id);
  await context.attachments.updateMany({ _id: { $in: orphans } }, { $set: { orphan_since: new Date() } });
}

/** @throws NOTFOUND for files that are not the caller's, BAD_REQUEST for what is no image */
export async function publishFile(context: UploadsContext, caller: Caller, url: string): Promise<void> {
  const id = idOfUrl(url);
  const doc = id === undefined ? undefined : await context.attachments.findOne({ _id: id, owner_id: caller.userId });
  if (!doc) throw noSuchFile();
  if (!doc.mime.startsWith("image/")) throw badField("url", "image", "An avatar must be an image.");
  await context.attachments.updateOne({ _id: doc._id }, { $set: { public: true, orphan_since: null } });
}

/** @throws NOTFOUND for strangers, FORBIDDEN for those who may see it but not delete it */
export async function deleteFile(context: UploadsContext, ctx: Ctx, caller: Caller, fileUrl: string): Promise<void> {
  const id = idOfUrl(fileUrl, true);
  if (id === undefined) throw badField("fileUrl", "url", "This is no URL of a file; expected /files/<id>.");
  const isAdmin = caller.roles.includes("admin");
  const doc = isAdmin ? await context.attachments.findOne({ _id: id }) : await readableFile(context, ctx, caller, id);
  if (!doc) throw noSuchFile();
  if (!isAdmin && doc.owner_id !== caller.userId) throw fail("FORBIDDEN", "Only its uploader may delete this file.");
  await call(ctx, "uploads.remove", { ownerId: doc.owner_id, fileIds: [id] });
}

/** The document goes first: from then on nobody can open it, whatever becomes of the bytes. */
export function removeFiles(
  context: UploadsContext,
  ownerId: number,
  fileIds: readonly string[],
  orphanedBefore?: Date,
) {
  return context.owners.turn(ownerId, async () => {
    const fence = orphanedBefore ? { orphan_since: { $lt: orphanedBefore } } : {};
    const filter = { _id: { $in: [...fileIds] }, owner_id: ownerId, ...fence };
    const docs = await context.attachments.find(filter, { fields: ["object_key", "owner_id", "size", "mime"] });
    await intend(context, "upload.removed", docs);
    let count = 0;
    for (const { _id } of docs) count += await context.attachments.remove({ _id, ...fence });
    tellFactsSoon(context);
    await discard(context, [...new Set(docs.map((doc) => doc.object_key))]);
    return { count };
  });
}
