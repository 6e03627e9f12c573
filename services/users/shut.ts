/** Accounts that are shut and opened again, by the staff or because their time has come. In the caller's transaction. */
import { Op, type Transaction } from "sequelize";
import { type Meta } from "../../contracts/caller";
import { badField } from "../../contracts/errors";
import { type User } from "../../contracts/shapes";
import { ofUser, record } from "./audit";
import { oweChat, tellChatSoon } from "./chat-news";
import { clock, existingUser, rolesOf, type UsersContext } from "./context";
import { announceChange, announceCut } from "./cuts";
import { actorOf, oweFact } from "./facts";
import { type UserRow } from "./models";
import { ownUser } from "./profiles";
import { keepAnAdmin } from "./roles";
import { cutSessions, voidTokens } from "./session-store";

export type Shut = "banned" | "deactivated";
const eventOf = {
  banned: ["user.banned", "user.unbanned"],
  deactivated: ["user.deactivated", "user.reactivated"],
} as const;
const AT_ONCE = 100;

interface Done {
  readonly user: User;
  /** When its tokens ended. */
  readonly at?: Date;
}

/** A time that is still to come. @throws BAD_REQUEST */
export async function ahead(context: UsersContext, tx: Transaction, until: string): Promise<Date> {
  const end = new Date(until);
  if (end <= (await clock(context, tx))) throw badField("until", "past", "This time is over.");
  return end;
}

/** A ban says more: it is neither made less nor lifted by the other. @throws CONFLICT for the last admin */
export async function shutAccount(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  userId: number,
  how: Shut,
  until?: string,
): Promise<Done> {
  const { status } = await existingUser(context, tx, userId);
  await keepAnAdmin(context, tx, userId);
  const banned_until = until === undefined ? null : await ahead(context, tx, until);
  const next = status === "banned" ? {} : { status: how };
  const change = { ...next, ...(how === "banned" ? { banned_until } : {}), updated_at: await clock(context, tx) };
  await context.User.update(change, { where: { user_id: userId }, transaction: tx });
  await oweShut(context, tx, meta, userId, how, { isNew: status !== how && status !== "banned", until: banned_until });
  await cutSessions(context, tx, { user_id: userId });
  const at = await voidTokens(context, tx, userId);
  const details = until === undefined ? {} : { details: { until } };
  return { at, user: await told(context, tx, meta, userId, eventOf[how][0], details) };
}

/** A ban that is made again may end at another time. */
async function oweShut(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  userId: number,
  how: Shut,
  { isNew, until }: { readonly isNew: boolean; readonly until: Date | null },
): Promise<void> {
  const ban = { userId, actorId: actorOf(meta), until: until?.toISOString() ?? null };
  if (how === "banned") await oweFact(context, tx, "moderation.banned", ban);
  else if (isNew) await oweFact(context, tx, "user.deactivated", { userId });
}

async function oweOpen(context: UsersContext, tx: Transaction, meta: Meta, userId: number, how: Shut): Promise<void> {
  if (how === "banned") await oweFact(context, tx, "moderation.unbanned", { userId, actorId: actorOf(meta) });
  else await oweFact(context, tx, "user.reactivated", { userId });
}

export async function openAccount(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  userId: number,
  how: Shut,
): Promise<Done> {
  const { status } = await existingUser(context, tx, userId);
  const next = status === how ? { status: "active" as const, banned_until: null } : {};
  const change = { ...next, updated_at: await clock(context, tx) };
  await context.User.update(change, { where: { user_id: userId }, transaction: tx });
  if (status === how) await oweOpen(context, tx, meta, userId, how);
  return { user: await told(context, tx, meta, userId, eventOf[how][1]) };
}

async function told(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  userId: number,
  event: (typeof eventOf)[Shut][number],
  details: object = {},
): Promise<User> {
  await oweChat(context, tx, userId);
  const user = ownUser(await existingUser(context, tx, userId), await rolesOf(context, tx, userId));
  await record(context, tx, meta, { event, target: ofUser(userId), ...details });
  return user;
}

/** After that transaction. */
export async function tellShut(context: UsersContext, { at, user }: Done): Promise<User> {
  if (at) await announceCut(context, { userId: user.user_id, at });
  await announceChange(context, user);
  tellChatSoon(context);
  return user;
}

/** Bans whose time has come; nobody did it, so the audit log names nobody. */
export async function endBans(context: UsersContext): Promise<void> {
  const found = await context.db.work(async (transaction) => {
    const where = { status: "banned" as const, banned_until: { [Op.lte]: await clock(context, transaction) } };
    return context.User.findAll({ where, attributes: ["user_id"], limit: AT_ONCE, transaction, raw: true });
  });
  for (const { user_id } of found as unknown as Pick<UserRow, "user_id">[])
    await tellShut(context, await context.db.work((tx) => openAccount(context, tx, {}, user_id, "banned")));
}
