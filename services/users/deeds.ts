/** What the staff does to people, and how they are told. In the caller's transaction. */
import { type Transaction } from "sequelize";
import { type Meta } from "../../contracts/caller";
import { type Report } from "../../contracts/moderation";
import { tell, told as words } from "../../contracts/told";
import { ofUser, record } from "./audit";
import { existingUser, type UsersContext } from "./context";
import { actorOf, oweFact } from "./facts";
import { oweNotice } from "./notices";
import { voidTokens } from "./session-store";
import { ahead } from "./shut";

export async function warn(context: UsersContext, tx: Transaction, meta: Meta, userId: number, told: string) {
  await existingUser(context, tx, userId);
  await oweNotice(context, tx, { userId, title: words.warned, content: told });
  await oweFact(context, tx, "moderation.warned", { userId, actorId: actorOf(meta) });
  await record(context, tx, meta, { event: "user.warned", target: ofUser(userId), details: { told } });
}

/** Tokens say it, so all before are void; sessions stay. */
async function setMute(context: UsersContext, tx: Transaction, userId: number, muted_until: Date | null) {
  await context.User.update({ muted_until }, { where: { user_id: userId }, transaction: tx });
  return voidTokens(context, tx, userId);
}

/** @returns when their tokens ended */
export async function mute(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  userId: number,
  { until, told = "" }: { until: string; told?: string | undefined },
): Promise<Date> {
  await existingUser(context, tx, userId);
  const end = await ahead(context, tx, until);
  const at = await setMute(context, tx, userId, end);
  await oweNotice(context, tx, { userId, title: tell("mutedUntil", end.toISOString()), content: told });
  await oweFact(context, tx, "moderation.muted", { userId, actorId: actorOf(meta), until: end.toISOString() });
  await record(context, tx, meta, { event: "user.muted", target: ofUser(userId), details: { until, told } });
  return at;
}

/** @returns when their tokens ended */
export async function unmute(context: UsersContext, tx: Transaction, meta: Meta, userId: number): Promise<Date> {
  const { muted_until } = await existingUser(context, tx, userId);
  const at = await setMute(context, tx, userId, null);
  await oweNotice(context, tx, { userId, title: words.unmuted, content: "" });
  if (muted_until) await oweFact(context, tx, "moderation.unmuted", { userId, actorId: actorOf(meta) });
  await record(context, tx, meta, { event: "user.unmuted", target: ofUser(userId) });
  return at;
}

const removed: Readonly<Record<Report["kind"], string>> = {
  message: words.messageRemoved,
  upload: words.fileRemoved,
  conversation: "",
  user: "",
};

/** What was done about something of theirs; a warning, a mute and a ban tell of themselves. */
export async function tellOfRemoval(
  context: UsersContext,
  tx: Transaction,
  { kind, user_id }: Pick<Report, "kind" | "user_id">,
  told = "",
): Promise<void> {
  const title = removed[kind];
  if (user_id !== null && title) await oweNotice(context, tx, { userId: user_id, title, content: told });
}
