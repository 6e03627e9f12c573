/** Making an account by oneself: whether one may, and what an invitation brings with it. */
import { type Transaction } from "sequelize";
import { fail } from "../../contracts/errors";
import { createUser, type NewUser } from "./accounts";
import { type UsersContext } from "./context";
import { lookAtInvitation, useInvitation } from "./invitations";
import { type UserRow } from "./models";
import { grantRole } from "./roles";

type Account = NewUser & { readonly email: string };

/** Before anything is said of the address: who may not come in is not told who has. @throws FORBIDDEN */
export async function mayRegister(
  context: UsersContext,
  tx: Transaction,
  email: string,
  code: string | undefined,
): Promise<void> {
  const { REGISTRATION } = context.env;
  if (REGISTRATION === "closed") throw fail("FORBIDDEN", "Accounts are made by the administrators here.");
  if (code !== undefined) return lookAtInvitation(context, tx, code, email);
  if (REGISTRATION === "invite")
    throw fail("FORBIDDEN", "An account here takes an invitation.", { required: "invite" });
}

/** @throws FORBIDDEN, UniqueConstraintError */
export async function register(
  context: UsersContext,
  tx: Transaction,
  account: Account,
  code: string | undefined,
): Promise<UserRow> {
  const user = await createUser(context, tx, account);
  if (code === undefined) return user;
  const { role, mailed } = await useInvitation(context, tx, code, account.email);
  const where = { user_id: user.user_id };
  if (role !== "user") await grantRole(context, tx, user.user_id, role);
  // The code went to this address and nowhere else.
  if (mailed) await context.User.update({ email_verified_at: new Date() }, { where, transaction: tx });
  return { ...user, email_verified_at: mailed ? new Date() : null };
}
