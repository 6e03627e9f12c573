/** Who may do what to whose account: the one place for it. Asked inside the transaction that does it. */
import { QueryTypes, type Transaction } from "sequelize";
import { type Caller, isOperator, isStaff, type Role } from "../../contracts/caller";
import { badField, fail } from "../../contracts/errors";
import { type UsersContext, rolesOf } from "./context";
import { oweFact } from "./facts";
import { type UserRow } from "./models";

/** By the database and not by the token, so that a role that was taken is gone this very moment. */
export async function mustBeAdmin(context: UsersContext, tx: Transaction, caller: Caller): Promise<void> {
  if (isOperator(caller)) return;
  const roles = await rolesOf(context, tx, caller.userId);
  if (!roles.includes("admin")) throw fail("FORBIDDEN", "This needs the role admin.");
}

/** @throws FORBIDDEN unless the caller is a moderator or an admin at this moment; @returns whether they are an admin */
export async function mustBeStaff(context: UsersContext, tx: Transaction, caller: Caller): Promise<boolean> {
  if (isOperator(caller)) return true;
  const roles = await rolesOf(context, tx, caller.userId);
  if (!isStaff({ roles })) throw fail("FORBIDDEN", "This is for moderators and admins.");
  return roles.includes("admin");
}

/** Moderators act on members, admins on anybody; nobody on themselves. @throws FORBIDDEN, BAD_REQUEST */
export async function mustOutrank(
  context: UsersContext,
  tx: Transaction,
  caller: Caller,
  userId: number,
): Promise<void> {
  const isAdmin = await mustBeStaff(context, tx, caller);
  if (userId === caller.userId) throw badField("id", "self", "Nobody moderates themselves.");
  if (!isAdmin && isStaff({ roles: await rolesOf(context, tx, userId) }))
    throw fail("FORBIDDEN", "Moderators don't act on the staff.");
}

/** Oneself, the owner of a bot, or an admin. */
export async function mayManage(context: UsersContext, tx: Transaction, caller: Caller, user: UserRow): Promise<void> {
  if (user.user_id === caller.userId || user.owner_id === caller.userId) return;
  await mustBeAdmin(context, tx, caller);
}

/** There is always one who can mend things. The lock on the role makes two admins who leave at once take turns. */
export async function keepAnAdmin(context: UsersContext, tx: Transaction, leaving: number): Promise<void> {
  await context.db.sequelize.query("SELECT 1 FROM roles WHERE name = 'admin' FOR UPDATE", { transaction: tx });
  const others = await context.db.sequelize.query<{ user_id: number }>(
    `SELECT user_id FROM users JOIN user_role USING (user_id) JOIN roles r USING (role_id)
     WHERE r.name = 'admin' AND status = 'active'`,
    { type: QueryTypes.SELECT, transaction: tx },
  );
  const admins = others.map((row) => row.user_id);
  if (admins.includes(leaving) && admins.length === 1) throw fail("CONFLICT", "This is the last admin.");
}

/** @returns whether it is new to them */
export async function giveRole(context: UsersContext, tx: Transaction, userId: number, role: Role): Promise<boolean> {
  const rows = await context.db.sequelize.query(
    `INSERT INTO user_role (user_id, role_id) SELECT $1, role_id FROM roles WHERE name = $2
     ON CONFLICT DO NOTHING RETURNING user_id`,
    { bind: [userId, role], type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.length > 0;
}

export async function grantRole(context: UsersContext, tx: Transaction, userId: number, role: Role): Promise<boolean> {
  const isNew = await giveRole(context, tx, userId, role);
  if (isNew) await oweFact(context, tx, "user.role", { userId, role, granted: true });
  return isNew;
}

export async function revokeRole(context: UsersContext, tx: Transaction, userId: number, role: Role): Promise<boolean> {
  const rows = await context.db.sequelize.query(
    `DELETE FROM user_role USING roles
     WHERE user_id = $1 AND roles.role_id = user_role.role_id AND name = $2 RETURNING user_id`,
    { bind: [userId, role], type: QueryTypes.SELECT, transaction: tx },
  );
  if (rows.length > 0) await oweFact(context, tx, "user.role", { userId, role, granted: false });
  return rows.length > 0;
}
