/** The first admin, and what is swept away once nobody can use it any more. */
import { UniqueConstraintError } from "sequelize";
import { EnvError } from "../../contracts/env";
import { createUser } from "./accounts";
import { type House, rolesOf } from "./house";
import { resetMail } from "./mailer";
import { type UserRow } from "./models";
import { issueOneTime } from "./one-time";
import { checkPassword } from "./passwords";
import { emailKey } from "./profiles";
import { grantRole } from "./roles";
import { voidTokens } from "./session-store";

/** Without ADMIN_PASSWORD a new admin has none, and gets a mail to set it. */
async function makeAdmin(house: House, email: string, password: string | undefined): Promise<void> {
  try {
    if (password !== undefined) checkPassword(password, "ADMIN_PASSWORD");
  } catch (error) {
    throw new EnvError("ADMIN_PASSWORD", (error as Error).message);
  }
  const password_hash = password === undefined ? null : await house.hasher.hash(password);
  const token = await house.db.work(async (tx) => {
    const user = await createUser(house, tx, { username: "Admin", email, password_hash });
    await grantRole(house, tx, user.user_id, "admin");
    return password === undefined ? issueOneTime(house, tx, user, "reset") : undefined;
  });
  house.logger.info("The account of ADMIN_EMAIL was made");
  if (token !== undefined) await house.mailer.send(resetMail(house.env, email, token));
}

/** An account that is there keeps its password: the variable only says who is admin. */
async function promote(house: House, user: UserRow): Promise<void> {
  await house.db.work(async (tx) => {
    if ((await rolesOf(house, tx, user.user_id)).includes("admin")) return;
    await grantRole(house, tx, user.user_id, "admin");
    await voidTokens(house, tx, user.user_id);
    house.logger.info("The account of ADMIN_EMAIL was given the role admin");
  });
}

export async function ensureAdmin(house: House): Promise<void> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = house.env;
  if (email === undefined) return;
  const where = { email_key: emailKey(email) };
  const found = await house.db.work((tx) => house.User.findOne({ where, transaction: tx, raw: true }));
  if (found) return promote(house, found as unknown as UserRow);
  try {
    await makeAdmin(house, email.trim(), password);
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error; // else another node was first
  }
}

const EXPIRED = [
  "DELETE FROM tokens WHERE expired_at < now() - interval '7 days'",
  "DELETE FROM api_tokens WHERE revoked_at < now() - interval '7 days'",
  "DELETE FROM one_time_tokens WHERE expires_at < now()",
  "DELETE FROM attempts WHERE resets_at < now()",
];
export const SWEEP_EVERY = 3_600_000;

export async function sweep(house: House): Promise<void> {
  for (const statement of EXPIRED)
    await house.db.work((tx) => house.db.sequelize.query(statement, { transaction: tx }));
}
