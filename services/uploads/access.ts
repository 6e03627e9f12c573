/** Who may open a file: its uploader, participants of the conversations that it is in, holders of a signed URL. */
import { type Params, type Result } from "../../contracts/actions";
import { type Caller } from "../../contracts/caller";
import { codeOf, fail } from "../../contracts/errors";
import { type Variant } from "../../contracts/uploads";
import { call } from "../../platform/bus";
import { kindOfMime, kinds } from "../../platform/files";
import { type Ctx } from "../../platform/service";
import { type Attachment, urlOf, variantKey } from "./attachments";
import { type UploadsContext } from "./context";

/** Beyond so many, one question for all of the caller's conversations is cheaper than one for each of the file's. */
const ASK_EACH = 3;

/** Asked of chat each time, never remembered: a removed member is out at once. */
async function isParticipant(ctx: Ctx, conversationId: string): Promise<boolean> {
  try {
    await call(ctx, "chat.join", { conversationId });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "FORBIDDEN" || code === "NOTFOUND") return false;
    throw error;
  }
}

async function sharesOne(ctx: Ctx, conversationIds: readonly string[]): Promise<boolean> {
  if (conversationIds.length > ASK_EACH) {
    const mine = new Set(await call(ctx, "chat.mine", {}));
    return conversationIds.some((id) => mine.has(id));
  }
  for (const id of conversationIds) if (await isParticipant(ctx, id)) return true;
  return false;
}

export async function mayRead(ctx: Ctx, caller: Caller, doc: Attachment): Promise<boolean> {
  return doc.owner_id === caller.userId || doc.public || (await sharesOne(ctx, doc.conversation_ids));
}

export const noSuchFile = (details?: unknown) => fail("NOTFOUND", "There is no such file.", details);

/** @throws NOTFOUND also where the caller may not know of it */
export async function readableFile(context: UploadsContext, ctx: Ctx, caller: Caller, id: string): Promise<Attachment> {
  const doc = await context.attachments.findOne({ _id: id });
  if (!doc || !(await mayRead(ctx, caller, doc))) throw noSuchFile();
  return doc;
}

async function admitted(context: UploadsContext, ctx: Ctx, caller: Caller | undefined, params: Params<"uploads.open">) {
  const { id, variant, sig, exp } = params;
  if (sig !== undefined && exp !== undefined && context.signer.holds({ id, variant, exp }, sig)) {
    const doc = await context.attachments.findOne({ _id: id });
    if (!doc) throw noSuchFile();
    return doc;
  }
  if (caller) return readableFile(context, ctx, caller, id);
  if (sig !== undefined) throw fail("FORBIDDEN", "The link has run out, or is not one of ours.");
  throw fail("AUTH_INVALID", "This needs a token, or a signed link.");
}

function sizeOf(doc: Attachment, variant: Variant | undefined): number {
  const size = variant === undefined ? doc.size : variant === "thumbnail" ? doc.thumbnail_size : doc.preview_size;
  if (size === undefined) throw noSuchFile();
  return size;
}

export async function open(
  context: UploadsContext,
  ctx: Ctx,
  caller: Caller | undefined,
  params: Params<"uploads.open">,
): Promise<Result<"uploads.open">> {
  const doc = await admitted(context, ctx, caller, params);
  const { variant } = params;
  const kind = kindOfMime(doc.mime);
  return {
    key: variantKey(doc.object_key, variant),
    name: variant ? `${doc.name}.${variant}.webp` : doc.name,
    mime: variant ? kinds.webp.mime : doc.mime,
    size: sizeOf(doc, variant),
    etag: `"${variantKey(doc.sha256, variant)}"`,
    modified: doc.created_at.getTime(),
    ownerId: doc.owner_id,
    inline: kind !== undefined && kinds[kind].inline,
  };
}

export async function link(
  context: UploadsContext,
  ctx: Ctx,
  caller: Caller,
  id: string,
  variant: Variant | undefined,
) {
  const doc = await readableFile(context, ctx, caller, id);
  sizeOf(doc, variant);
  const exp = Math.floor((Date.now() + context.env.UPLOAD_LINK_TTL) / 1000);
  const query = new URLSearchParams({
    ...(variant ? { variant } : {}),
    exp: String(exp),
    sig: context.signer.sign({ id, variant, exp }),
  });
  return { url: `${urlOf(id)}?${query.toString()}`, expires_at: new Date(exp * 1000).toISOString() };
}
