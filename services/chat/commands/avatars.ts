/** The picture of a group: one that was uploaded opens to the members, as a file that was sent there does. */
import { type Params } from "../../../contracts/actions";
import { type Caller } from "../../../contracts/caller";
import { badField, codeOf } from "../../../contracts/errors";
import { type Conversation } from "../../../contracts/shapes";
import { type Ctx } from "../../../platform/service";
import { attach } from "./attachments";
import { membershipOf } from "../queries/access";
import { type CommandBody } from "../conversation/commands";
import { wasClosed } from "../host/files";
import { type Stores } from "../host/stores";
import { conversationFor } from "../queries/reads";

const isFile = (avatar: string | null | undefined): avatar is string => /^\/files\/[0-9a-f]{24}$/.test(avatar ?? "");

/** @throws BAD_REQUEST for a file that the caller may not open, and for one that is no image */
export async function openAvatar(ctx: Ctx, conversationId: string, avatar: string | null | undefined): Promise<void> {
  if (!isFile(avatar)) return;
  const files = await attach(ctx, conversationId, [avatar]).catch((error: unknown) => {
    throw codeOf(error) === "BAD_REQUEST" ? badField("avatar", "file", "There is no such file.") : error;
  });
  if (!files.every(({ mime }) => mime.startsWith("image/")))
    throw badField("avatar", "image", "An avatar must be an image.");
}

/** What a change of the picture asks of the service. */
interface Chat {
  readonly stores: Stores;
  tell(caller: Caller, conversationId: string, body: CommandBody): Promise<unknown>;
  letGo(ctx: Ctx, conversationId: string, urls: readonly string[]): Promise<void>;
}

export async function update(chat: Chat, ctx: Ctx, caller: Caller, p: Params<"chat.update">): Promise<Conversation> {
  const { conversationId, ...fields } = p;
  const { conversation: before } = await membershipOf(chat.stores, caller.userId, conversationId);
  const once = async (): Promise<void> => {
    const openedAt = performance.now();
    await openAvatar(ctx, conversationId, fields.avatar);
    await chat.tell(caller, conversationId, { kind: "update", ...fields, openedAt });
  };
  await once().catch((error: unknown) => {
    if (wasClosed(error)) return once();
    throw error;
  });
  const after = await conversationFor(chat.stores, caller.userId, conversationId);
  if (isFile(before.avatar) && before.avatar !== after.avatar) await chat.letGo(ctx, conversationId, [before.avatar]);
  return after;
}
