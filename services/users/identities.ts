/** Whose account a sign-in elsewhere opens. All of it inside the transaction of the caller. */
import { QueryTypes, type Transaction } from "sequelize";
import { type Params } from "../../contracts/actions";
import { fail } from "../../contracts/errors";
import { lockedUser, type UsersContext } from "./context";
import { bringUpToDate, firstName } from "./foreign";
import { createUser } from "./accounts";
import { type UserRow } from "./models";
import { emailKey } from "./profiles";

type Signed = Params<"users.signInBy">;

async function known(context: UsersContext, tx: Transaction, { issuer, subject }: Signed): Promise<UserRow | null> {
  const [row] = await context.db.sequelize.query<{ user_id: number }>(
    "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2",
    { bind: [issuer, subject], type: QueryTypes.SELECT, transaction: tx },
  );
  return row ? lockedUser(context, tx, row.user_id) : null;
}

async function remember(context: UsersContext, tx: Transaction, { issuer, subject }: Signed, userId: number) {
  await context.db.sequelize.query("INSERT INTO identities (issuer, subject, user_id) VALUES ($1, $2, $3)", {
    bind: [issuer, subject, userId],
    transaction: tx,
  });
}

/**
 * The account that is there with this address. Both sides must have verified it: an account whose holder never did may
 * be anybody's, and a provider that did not says nothing.
 * @throws CONFLICT
 */
async function byAddress(context: UsersContext, tx: Transaction, { email, link }: Signed): Promise<UserRow | null> {
  if (email === undefined) return null;
  const where = { email_key: emailKey(email) };
  const found = (await context.User.findOne({ where, transaction: tx, raw: true })) as UserRow | null;
  if (!found) return null;
  if (link && found.email_verified_at) return lockedUser(context, tx, found.user_id);
  throw fail("CONFLICT", "An account here has this address; sign in to it, and verify the address there first.", {
    required: "verification",
  });
}

async function make(context: UsersContext, tx: Transaction, signed: Signed): Promise<UserRow> {
  if (!signed.register && context.env.REGISTRATION !== "open")
    throw fail("FORBIDDEN", "You have no account here, and may not make one.");
  const username = firstName(signed.names) ?? firstName([signed.email?.split("@")[0] ?? ""]) ?? "New here";
  const user = await createUser(context, tx, { username, email: null, password_hash: null });
  await bringUpToDate(context, tx, user, signed, true);
  return user;
}

/** @throws CONFLICT, FORBIDDEN, UniqueConstraintError where another request was first */
export async function accountOf(context: UsersContext, tx: Transaction, signed: Signed): Promise<UserRow> {
  const before = await known(context, tx, signed);
  if (before) return before;
  const user = (await byAddress(context, tx, signed)) ?? (await make(context, tx, signed));
  await remember(context, tx, signed, user.user_id);
  const now = await lockedUser(context, tx, user.user_id);
  if (!now) throw new Error("the account was not stored");
  return now;
}
