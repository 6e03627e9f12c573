/** What admins do: see all accounts, give and take roles, shut and open accounts. */
import { Op, type WhereOptions } from "sequelize";
import { type Caller, type Role } from "../../../contracts/caller";
import { badField } from "../../../contracts/errors";
import { type User } from "../../../contracts/shapes";
import { act, type Ctx } from "../../../platform/service";
import { ofUser, record } from "../audit";
import { oweChat, tellChatSoon } from "../chat-news";
import { cursorOf, placeOf } from "../cursors";
import { announceChange, announceCut } from "../cuts";
import { clock, existingUser, type UsersContext, contextOf, rolesOf } from "../context";
import { type UserRow } from "../models";
import { emailKey, ownUser } from "../profiles";
import { grantRole, keepAnAdmin, mustBeAdmin, revokeRole } from "../roles";
import { cutSessions, voidTokens } from "../session-store";

/** Old tokens say old roles, so they are void at once; the sessions stay, and their next token says the new ones. */
async function setRole(
  context: UsersContext,
  caller: Caller,
  { params: { id: userId, role }, meta }: Ctx<{ id: number; role: Role }>,
  give: boolean,
): Promise<User> {
  const done = await context.db.work(async (tx) => {
    await mustBeAdmin(context, tx, caller);
    await existingUser(context, tx, userId);
    if (!give && role === "admin") await keepAnAdmin(context, tx, userId);
    const changed = await (give ? grantRole : revokeRole)(context, tx, userId, role);
    const at = changed ? await voidTokens(context, tx, userId) : undefined;
    const user = ownUser(await existingUser(context, tx, userId), await rolesOf(context, tx, userId));
    const event = give ? "role.granted" : "role.revoked";
    if (changed) await record(context, tx, meta, { event, target: ofUser(userId), details: { role } });
    return { at, user };
  });
  if (done.at) await announceCut(context, { userId, at: done.at });
  return done.user;
}

type Shut = "banned" | "deactivated";
const eventOf = {
  banned: ["user.banned", "user.unbanned"],
  deactivated: ["user.deactivated", "user.reactivated"],
} as const;

/** Shuts an account, or opens one that is shut in this way. */
async function setShut(
  context: UsersContext,
  caller: Caller,
  { params: { id: userId }, meta }: Ctx<{ id: number }>,
  how: Shut,
  shut: boolean,
): Promise<User> {
  if (userId === caller.userId) throw badField("id", "self", "You can't shut your own account.");
  const { at, user } = await context.db.work(async (tx) => {
    await mustBeAdmin(context, tx, caller);
    const { status } = await existingUser(context, tx, userId);
    // A ban says more: it is neither made less nor lifted by the other.
    const next = shut ? (status === "banned" ? status : how) : status === how ? "active" : status;
    if (shut) await keepAnAdmin(context, tx, userId);
    const where = { user_id: userId };
    const updated_at = await clock(context, tx);
    await context.User.update({ status: next, updated_at }, { where, transaction: tx });
    if (shut) await cutSessions(context, tx, where);
    const at = shut ? await voidTokens(context, tx, userId) : undefined;
    await oweChat(context, tx, userId);
    const user = ownUser(await existingUser(context, tx, userId), await rolesOf(context, tx, userId));
    await record(context, tx, meta, { event: eventOf[how][shut ? 0 : 1], target: ofUser(userId) });
    return { at, user };
  });
  if (at) await announceCut(context, { userId, at });
  await announceChange(context, user);
  tellChatSoon(context);
  return user;
}

export const adminActions = {
  list: act("users.list", function (caller, { limit, cursor, status, email, external_ids }) {
    const context = contextOf(this);
    const before = cursor === undefined ? {} : { user_id: { [Op.lt]: placeOf(cursor)[1] } };
    const where: WhereOptions<UserRow> = {
      ...before,
      ...(status === undefined ? {} : { status }),
      ...(email === undefined ? {} : { email_key: emailKey(email) }),
      ...(external_ids === undefined ? {} : { external_id: { [Op.in]: external_ids } }),
    };
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const found = await context.User.findAll({
        where,
        limit,
        order: [["user_id", "DESC"]],
        transaction: tx,
        raw: true,
      });
      const users = [];
      for (const row of found as unknown as UserRow[])
        users.push({ ...ownUser(row, await rolesOf(context, tx, row.user_id)), cursor: cursorOf(["", row.user_id]) });
      return users;
    });
  }),

  grantRole: act("users.grantRole", function (caller, _params, ctx) {
    return setRole(contextOf(this), caller, ctx, true);
  }),

  revokeRole: act("users.revokeRole", function (caller, _params, ctx) {
    return setRole(contextOf(this), caller, ctx, false);
  }),

  ban: act("users.ban", function (caller, _params, ctx) {
    return setShut(contextOf(this), caller, ctx, "banned", true);
  }),

  unban: act("users.unban", function (caller, _params, ctx) {
    return setShut(contextOf(this), caller, ctx, "banned", false);
  }),

  deactivate: act("users.deactivate", function (caller, _params, ctx) {
    return setShut(contextOf(this), caller, ctx, "deactivated", true);
  }),

  reactivate: act("users.reactivate", function (caller, _params, ctx) {
    return setShut(contextOf(this), caller, ctx, "deactivated", false);
  }),
};
