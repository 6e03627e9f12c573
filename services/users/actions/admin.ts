/** What admins do: see all accounts, give and take roles, shut and open accounts. */
import { and, cast, col, fn, Op, where, type WhereOptions } from "sequelize";
import { type Caller, type Role } from "../../../contracts/caller";
import { badField } from "../../../contracts/errors";
import { type User } from "../../../contracts/shapes";
import { act, type Ctx } from "../../../platform/service";
import { ofUser, record } from "../audit";
import { cursorOf, placeOf } from "../cursors";
import { announceCut } from "../cuts";
import { existingUser, type UsersContext, contextOf, rolesOf } from "../context";
import { type UserRow } from "../models";
import { emailKey, ownUser, prefixQuery, soughtWords } from "../profiles";
import { grantRole, keepAnAdmin, mustBeAdmin, revokeRole } from "../roles";
import { voidTokens } from "../session-store";
import { openAccount, shutAccount, type Shut, tellShut } from "../shut";

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

/** Shuts an account, or opens one that is shut in this way. */
async function setShut(
  context: UsersContext,
  caller: Caller,
  { params: { id, until }, meta }: Ctx<{ id: number; until?: string | undefined }>,
  how: Shut,
  shut: boolean,
): Promise<User> {
  if (id === caller.userId) throw badField("id", "self", "You can't shut your own account.");
  const done = await context.db.work(async (tx) => {
    await mustBeAdmin(context, tx, caller);
    return shut ? shutAccount(context, tx, meta, id, how, until) : openAccount(context, tx, meta, id, how);
  });
  return tellShut(context, done);
}

/** Beginnings of words of the name, or how the address begins. */
function soughtBy(q: string) {
  const words = soughtWords(q);
  const address = where(fn("starts_with", col("email_key"), emailKey(q)), true as never);
  if (words.length === 0) return address;
  const name = where(col("name_words"), { [Op.match]: cast(prefixQuery(words), "tsquery") } as never);
  return { [Op.or]: [address, name] };
}

export const adminActions = {
  list: act("users.list", function (caller, { limit, cursor, q, status, email, external_ids }) {
    const context = contextOf(this);
    const before = cursor === undefined ? {} : { user_id: { [Op.lt]: placeOf(cursor)[1] } };
    const wanted: WhereOptions<UserRow> = {
      ...before,
      ...(status === undefined ? {} : { status }),
      ...(email === undefined ? {} : { email_key: emailKey(email) }),
      ...(external_ids === undefined ? {} : { external_id: { [Op.in]: external_ids } }),
    };
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const found = await context.User.findAll({
        where: q === undefined ? wanted : and(wanted, soughtBy(q)),
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
