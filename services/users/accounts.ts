/** Accounts in the database: made, changed, erased. All of it inside the transaction of the caller. */
import { QueryTypes, type Transaction } from "sequelize";
import { DELETED_NAME, type PublicUser } from "../../contracts/shapes";
import { oweChat } from "./chat-news";
import { clock, type UsersContext } from "./context";
import { oweFact } from "./facts";
import { type UserRow } from "./models";
import { emailKey, nameKey, publicUser, wordsOf } from "./profiles";
import { giveRole } from "./roles";
import { revokeTokens } from "./api-tokens";
import { cutSessions, voidTokens } from "./session-store";

export interface NewUser {
  readonly username: string;
  readonly email: string | null;
  readonly password_hash: string | null;
  readonly owner_id?: number;
  readonly external_id?: string;
}

/** How the search finds a name: its words, not one more parsed by PostgreSQL. */
async function setName(context: UsersContext, tx: Transaction, userId: number, username: string): Promise<void> {
  const words = wordsOf(username);
  await context.db.sequelize.query(
    `UPDATE users SET username = $2, name_key = $3,
       name_words = array_to_tsvector(ARRAY(SELECT json_array_elements_text($4::json)))
     WHERE user_id = $1`,
    { bind: [userId, username, nameKey(username), JSON.stringify(words)], transaction: tx },
  );
}

/** @throws UniqueConstraintError when the e-mail or the key in the other system is taken */
export async function createUser(context: UsersContext, tx: Transaction, user: NewUser): Promise<UserRow> {
  const { username, email, password_hash, owner_id = null, external_id = null } = user;
  const key = email === null ? null : emailKey(email);
  const [row] = await context.db.sequelize.query<{ user_id: number }>(
    `INSERT INTO users (username, name_key, name_words, email, email_key, password_hash, owner_id, external_id)
     VALUES ($1, '', '', $2, $3, $4, $5, $6) RETURNING user_id`,
    { bind: [username, email, key, password_hash, owner_id, external_id], type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw new Error("the account was not stored");
  await setName(context, tx, row.user_id, username);
  await giveRole(context, tx, row.user_id, "user");
  await oweFact(context, tx, "user.created", { userId: row.user_id });
  return (await context.User.findByPk(row.user_id, { transaction: tx, raw: true, rejectOnEmpty: true })) as never;
}

type Change = { username?: string } & Partial<
  Pick<UserRow, "avatar_url" | "group_invites" | "custom" | "external_id" | "email" | "email_key" | "email_verified_at">
>;
/** By which name a field is known outside, where it is another. */
const namesOf: Partial<Record<keyof Change, string>> = { email_key: "email", email_verified_at: "email_verified" };

const differs = (before: UserRow, change: Change, field: keyof Change): boolean =>
  field === "email_verified_at"
    ? (before[field] === null) !== (change[field] === null)
    : before[field] !== change[field];

/** Of an account that was just made it is no news. */
export async function changeProfile(
  context: UsersContext,
  tx: Transaction,
  before: UserRow,
  change: Change,
  isNew = false,
): Promise<void> {
  const { user_id: userId } = before;
  const { username, ...fields } = change;
  const changed = (Object.keys(change) as (keyof Change)[]).filter((field) => differs(before, change, field));
  const names = [...new Set(changed.map((field) => namesOf[field] ?? field))];
  if (names.length > 0 && !isNew) await oweFact(context, tx, "user.updated", { userId, fields: names });
  if (username !== undefined) await setName(context, tx, userId, username);
  const updated_at = await clock(context, tx);
  await context.User.update({ ...fields, updated_at }, { where: { user_id: userId }, transaction: tx });
}

const nothingPersonal = {
  email: null,
  email_key: null,
  email_verified_at: null,
  password_hash: null,
  avatar_url: null,
  owner_id: null,
  external_id: null,
  guest_of: null,
  guest_until: null,
  custom: null,
  totp_secret: null,
  totp_confirmed_at: null,
  totp_last_step: null,
};
const ownedRows = ["user_role", "user_block", "one_time_tokens", "recovery_codes", "identities", "notices"];

/**
 * Erases a profile whose row the caller holds locked. The row itself stays, because messages name it, and so do the
 * cut sessions, which api nodes must still refuse; neither tells who it was.
 */
export async function eraseUser(
  context: UsersContext,
  tx: Transaction,
  userId: number,
): Promise<{ userId: number; at: Date; profile: PublicUser }> {
  const where = { user_id: userId };
  await context.db.sequelize.query(
    "DELETE FROM invitations WHERE email_key = (SELECT email_key FROM users WHERE user_id = $1)",
    { bind: [userId], transaction: tx },
  );
  await setName(context, tx, userId, DELETED_NAME);
  await context.db.sequelize.query("UPDATE users SET name_words = '', name_key = '' WHERE user_id = $1", {
    bind: [userId],
    transaction: tx,
  });
  const updated_at = await clock(context, tx);
  await context.User.update({ ...nothingPersonal, status: "deleted", updated_at }, { where, transaction: tx });
  await cutSessions(context, tx, where);
  await context.Session.update({ user_agent: "", ip: "" }, { where, transaction: tx });
  await revokeTokens(context, tx, where);
  await context.ApiToken.update({ name: "" }, { where, transaction: tx });
  for (const table of ownedRows)
    await context.db.sequelize.query(`DELETE FROM ${table} WHERE user_id = $1`, { bind: [userId], transaction: tx });
  await context.Block.destroy({ where: { blocked_id: userId }, transaction: tx });
  await oweChat(context, tx, userId);
  await oweFact(context, tx, "user.deleted", { userId });
  const at = await voidTokens(context, tx, userId);
  const row = await context.User.findByPk(userId, { transaction: tx, raw: true, rejectOnEmpty: true });
  return { userId, at, profile: publicUser(row as unknown as UserRow) };
}
