/** The first admin, and what is swept away once nobody can use it any more. */
import { UniqueConstraintError } from "sequelize";
import { EnvError } from "../../contracts/env";
import { createUser } from "./accounts";
import { type UsersContext, rolesOf } from "./context";
import { resetMail } from "./mailer";
import { type UserRow } from "./models";
import { issueOneTime } from "./one-time";
import { checkPassword } from "./passwords";
import { emailKey } from "./profiles";
import { grantRole } from "./roles";
import { voidTokens } from "./session-store";

/** Without ADMIN_PASSWORD a new admin has none, and gets a mail to set it. */
async function makeAdmin(context: UsersContext, email: string, password: string | undefined): Promise<void> {
  try {
    if (password !== undefined) checkPassword(password, "ADMIN_PASSWORD");
  } catch (error) {
    throw new EnvError("ADMIN_PASSWORD", (error as Error).message);
  }
  const password_hash = password === undefined ? null : await context.hasher.hash(password);
  const token = await context.db.work(async (tx) => {
    const user = await createUser(context, tx, { username: "Admin", email, password_hash });
    await grantRole(context, tx, user.user_id, "admin");
    return password === undefined ? issueOneTime(context, tx, user, "reset") : undefined;
  });
  context.logger.info("The account of ADMIN_EMAIL was made");
  if (token !== undefined) await context.mailer.send(resetMail(context.env, email, token));
}

/** An account that is there keeps its password: the variable only says who is admin. */
async function promote(context: UsersContext, user: UserRow): Promise<void> {
  await context.db.work(async (tx) => {
    if ((await rolesOf(context, tx, user.user_id)).includes("admin")) return;
    await grantRole(context, tx, user.user_id, "admin");
    await voidTokens(context, tx, user.user_id);
    context.logger.info("The account of ADMIN_EMAIL was given the role admin");
  });
}

export async function ensureAdmin(context: UsersContext): Promise<void> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = context.env;
  if (email === undefined) return;
  const where = { email_key: emailKey(email) };
  const found = await context.db.work((tx) => context.User.findOne({ where, transaction: tx, raw: true }));
  if (found) return promote(context, found as unknown as UserRow);
  try {
    await makeAdmin(context, email.trim(), password);
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

export async function sweep(context: UsersContext): Promise<void> {
  for (const statement of EXPIRED)
    await context.db.work((tx) => context.db.sequelize.query(statement, { transaction: tx }));
}
