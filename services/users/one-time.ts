/** Mailed tokens: random, kept as digests, good for one use and a short time. */
import { randomBytes } from "node:crypto";
import { QueryTypes, type Transaction } from "sequelize";
import { fail } from "../../contracts/errors";
import { type UsersContext } from "./context";
import { type UserRow } from "./models";
import { digest } from "./sessions";

export type Purpose = "reset" | "verify";
const LIFE: Readonly<Record<Purpose, string>> = { reset: "1 hour", verify: "1 day" };

/** Replaces an earlier one of the same purpose. */
export async function issueOneTime(
  context: UsersContext,
  tx: Transaction,
  user: { user_id: number; email_key: string | null },
  purpose: Purpose,
): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await dropOneTime(context, tx, user.user_id, purpose);
  await context.db.sequelize.query(
    `INSERT INTO one_time_tokens (digest, user_id, purpose, email_key, expires_at)
     VALUES ($1, $2, $3, $4, now() + interval '${LIFE[purpose]}')`,
    { bind: [digest(token), user.user_id, purpose, user.email_key], transaction: tx },
  );
  return token;
}

export async function dropOneTime(
  context: UsersContext,
  tx: Transaction,
  userId: number,
  purpose: Purpose,
): Promise<void> {
  await context.db.sequelize.query("DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2", {
    bind: [userId, purpose],
    transaction: tx,
  });
}

const noSuchLink = (): Error => fail("BAD_REQUEST", "This link was used, replaced, or has run out; ask for another.");

const OF_LINK = `digest = $1 AND purpose = $2 AND expires_at > now()
  AND users.user_id = one_time_tokens.user_id AND users.email_key = one_time_tokens.email_key`;

/** Whose it is; it stays usable. @throws BAD_REQUEST */
export async function userOfOneTime(
  context: UsersContext,
  tx: Transaction,
  token: string,
  purpose: Purpose,
): Promise<UserRow> {
  const [row] = await context.db.sequelize.query<UserRow>(
    `SELECT users.* FROM one_time_tokens, users WHERE ${OF_LINK}`,
    { bind: [digest(token), purpose], type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw noSuchLink();
  return row;
}

/** Whose it is; it is used up by this. @throws BAD_REQUEST */
export async function takeOneTime(
  context: UsersContext,
  tx: Transaction,
  token: string,
  purpose: Purpose,
): Promise<number> {
  const rows = await context.db.sequelize.query<{ user_id: number }>(
    `DELETE FROM one_time_tokens USING users WHERE ${OF_LINK} RETURNING one_time_tokens.user_id`,
    { bind: [digest(token), purpose], type: QueryTypes.SELECT, transaction: tx },
  );
  const [row] = rows;
  if (!row) throw noSuchLink();
  return row.user_id;
}
