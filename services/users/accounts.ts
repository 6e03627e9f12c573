/** Accounts in the database: made, changed, erased. All of it inside the transaction of the caller. */
import { QueryTypes, type Transaction } from "sequelize";
import { type Role } from "../../contracts/caller";
import { clock, type House } from "./house";
import { type UserRow } from "./models";
import { emailKey, fold, wordsOf } from "./profiles";

export interface NewUser {
  readonly username: string;
  readonly email: string | null;
  readonly password_hash: string | null;
  readonly owner_id?: number;
}

/** How the search finds a name: its words, not one more parsed by PostgreSQL. */
async function setName(house: House, tx: Transaction, userId: number, username: string): Promise<void> {
  const words = wordsOf(username);
  await house.db.sequelize.query(
    `UPDATE users SET username = $2, name_key = $3,
       name_words = array_to_tsvector(ARRAY(SELECT json_array_elements_text($4::json)))
     WHERE user_id = $1`,
    { bind: [userId, username, fold(username), JSON.stringify(words)], transaction: tx },
  );
}

/** @throws UniqueConstraintError when the e-mail is taken */
export async function createUser(house: House, tx: Transaction, user: NewUser): Promise<UserRow> {
  const { username, email, password_hash, owner_id = null } = user;
  const key = email === null ? null : emailKey(email);
  const [row] = await house.db.sequelize.query<{ user_id: number }>(
    `INSERT INTO users (username, name_key, name_words, email, email_key, password_hash, owner_id)
     VALUES ($1, '', '', $2, $3, $4, $5) RETURNING user_id`,
    { bind: [username, email, key, password_hash, owner_id], type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw new Error("the account was not stored");
  await setName(house, tx, row.user_id, username);
  await grantRole(house, tx, row.user_id, "user");
  return (await house.User.findByPk(row.user_id, { transaction: tx, raw: true, rejectOnEmpty: true })) as never;
}

export async function grantRole(house: House, tx: Transaction, userId: number, role: Role): Promise<void> {
  await house.db.sequelize.query(
    `INSERT INTO user_role (user_id, role_id) SELECT $1, role_id FROM roles WHERE name = $2 ON CONFLICT DO NOTHING`,
    { bind: [userId, role], transaction: tx },
  );
}

export async function changeProfile(
  house: House,
  tx: Transaction,
  userId: number,
  change: { username?: string; avatar_url?: string | null },
): Promise<void> {
  if (change.username !== undefined) await setName(house, tx, userId, change.username);
  const avatar = change.avatar_url === undefined ? {} : { avatar_url: change.avatar_url };
  const updated_at = await clock(house, tx);
  await house.User.update({ ...avatar, updated_at }, { where: { user_id: userId }, transaction: tx });
}
