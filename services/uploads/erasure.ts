/** Files of a deleted account that no message has any more: those go at once. */
import { type Traces } from "../../contracts/erasure";
import { call } from "../../platform/bus";
import { type UploadsContext } from "./context";

const PAGE = 500;

/** Those in no conversation (never sent, taken back with their messages, pictures of the account), and how many are in one. */
async function filesOf(
  { attachments }: UploadsContext,
  owner_id: number,
): Promise<{ alone: string[]; shared: number }> {
  const all = await attachments.find({ owner_id }, { fields: ["conversation_ids"] });
  const alone = all.filter(({ conversation_ids }) => conversation_ids.length === 0).map(({ _id }) => _id);
  return { alone, shared: all.length - alone.length };
}

export async function tracesOf(context: UploadsContext, userId: number): Promise<Traces> {
  const { alone, shared } = await filesOf(context, userId);
  return { counts: { files: alone.length, shared_files: shared }, places: [] };
}

export async function erase(context: UploadsContext, userId: number): Promise<{ done: boolean; held: boolean }> {
  const fileIds = (await filesOf(context, userId)).alone.slice(0, PAGE);
  if (fileIds.length) await call(context.broker, "uploads.remove", { ownerId: userId, fileIds });
  return { done: fileIds.length < PAGE, held: false };
}
