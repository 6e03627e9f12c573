/** Accounts that another system keeps. All of it inside the transaction of the caller. */
import { type Transaction, UniqueConstraintError } from "sequelize";
import { type Caller, isOperator } from "../../contracts/caller";
import { type Custom, customAfter } from "../../contracts/custom";
import { fail } from "../../contracts/errors";
import { type User } from "../../contracts/shapes";
import { changeProfile, createUser } from "./accounts";
import { announceChange } from "./cuts";
import { existingUser, type UsersContext, rolesOf } from "./context";
import { type UserRow } from "./models";
import { checkedName, emailKey, ownUser } from "./profiles";

export interface Wanted {
  readonly external_id?: string | null | undefined;
  readonly username?: string | undefined;
  readonly email?: string | null | undefined;
  readonly email_verified?: boolean | undefined;
  readonly avatar_url?: string | null | undefined;
  readonly custom?: Custom | null | undefined;
}

/** Another address is not verified by what was said of the one before. */
function addressOf({ email, email_verified }: Wanted, user: UserRow) {
  const next = email === undefined ? user.email : email;
  const isAnother = next !== user.email;
  const before = isAnother ? null : user.email_verified_at;
  const isVerified = next !== null && (email_verified ?? before !== null);
  return {
    ...(isAnother ? { email: next, email_key: next === null ? null : emailKey(next) } : {}),
    email_verified_at: isVerified ? (before ?? new Date()) : null,
  };
}

/** Who can change these can come in as the account: an admin sees much, but is never somebody else. */
function refuseTakeover(caller: Caller, user: UserRow, { email, external_id, email_verified }: Wanted): void {
  const same =
    (email === undefined || email === user.email) &&
    (external_id === undefined || external_id === user.external_id) &&
    (email_verified === undefined || email_verified === (user.email_verified_at !== null));
  if (!same && !isOperator(caller))
    throw fail("FORBIDDEN", "The address and the external_id of an account are changed by a server key alone.");
}

/** @throws UniqueConstraintError, FORBIDDEN */
export function change(
  context: UsersContext,
  tx: Transaction,
  caller: Caller,
  user: UserRow,
  wanted: Wanted,
): Promise<User> {
  refuseTakeover(caller, user, wanted);
  return set(context, tx, user, wanted);
}

async function set(
  context: UsersContext,
  tx: Transaction,
  user: UserRow,
  wanted: Wanted,
  isNew = false,
): Promise<User> {
  const { external_id, username, avatar_url, custom } = wanted;
  const next = {
    ...(username === undefined ? {} : { username: checkedName(username) }),
    ...(avatar_url === undefined ? {} : { avatar_url: avatar_url || null }),
    ...(external_id === undefined ? {} : { external_id }),
    ...(custom === undefined ? {} : { custom: customAfter(user.custom, custom, context.customCheck) }),
    ...addressOf(wanted, user),
  };
  await changeProfile(context, tx, user, next, isNew);
  return shown(context, tx, user.user_id);
}

/** @throws UniqueConstraintError */
export async function make(
  context: UsersContext,
  tx: Transaction,
  wanted: Wanted & { username: string },
): Promise<User> {
  const { username, external_id, email = null, ...rest } = wanted;
  const user = await createUser(context, tx, {
    username: checkedName(username),
    email,
    password_hash: null,
    ...(external_id ? { external_id } : {}),
  });
  return set(context, tx, user, rest, true);
}

export async function shown(context: UsersContext, tx: Transaction, id: number): Promise<User> {
  return ownUser(await existingUser(context, tx, id), await rolesOf(context, tx, id));
}

export async function byExternalId(
  context: UsersContext,
  tx: Transaction,
  external_id: string,
): Promise<UserRow | null> {
  return (await context.User.findOne({ where: { external_id }, transaction: tx, raw: true })) as UserRow | null;
}

/** Runs it in one transaction, and tells everybody of the profile. @throws CONFLICT */
export async function kept(context: UsersContext, work: (tx: Transaction) => Promise<User>): Promise<User> {
  try {
    const user = await context.db.work(work);
    await announceChange(context, user);
    return user;
  } catch (error) {
    if (error instanceof UniqueConstraintError)
      throw fail("CONFLICT", "This e-mail or external_id is another account's.");
    throw error;
  }
}
