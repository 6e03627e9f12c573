/** The first admin, and what is swept away once nobody can use it any more. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Transaction, UniqueConstraintError } from "sequelize";
import { EnvError } from "../../contracts/env";
import { codeOf } from "../../contracts/errors";
import { changeProfile, createUser } from "./accounts";
import { ofUser, record } from "./audit";
import { type UsersContext, rolesOf } from "./context";
import { announceCuts } from "./cuts";
import { endGuests } from "./guests";
import { endTokens } from "./household";
import { resetMail } from "./mailer";
import { type UserRow } from "./models";
import { tellNotices } from "./notices";
import { dropOneTime, issueOneTime } from "./one-time";
import { checkPassword, type Owner } from "./passwords";
import { emailKey } from "./profiles";
import { forgetEvidence } from "./reports";
import { grantRole } from "./roles";
import { cutSessions, voidTokens } from "./session-store";
import { endBans } from "./shut";

const ADMIN_NAME = "Admin";
/** In milliseconds. */
const AGAIN = 1_000;

async function hashed(context: UsersContext, owner: Owner): Promise<string | null> {
  const { ADMIN_PASSWORD: password } = context.env;
  if (password === undefined) return null;
  try {
    checkPassword(password, owner, "ADMIN_PASSWORD");
  } catch (error) {
    throw new EnvError("ADMIN_PASSWORD", (error as Error).message);
  }
  return context.hasher.hash(password, "operator");
}

/** By nobody who signed in: the variables said so. */
const tellAdmin = (context: UsersContext, tx: Transaction, userId: number): Promise<void> =>
  record(context, tx, {}, { event: "role.granted", target: ofUser(userId), details: { role: "admin" } });

/** Without ADMIN_PASSWORD a new admin has none, and gets a mail to set it. */
async function makeAdmin(context: UsersContext, email: string): Promise<void> {
  const password_hash = await hashed(context, { username: ADMIN_NAME, email });
  const token = await context.db.work(async (tx) => {
    const user = await createUser(context, tx, { username: ADMIN_NAME, email, password_hash });
    await grantRole(context, tx, user.user_id, "admin");
    // Whoever sets the variables knows whose address it is.
    const where = { user_id: user.user_id };
    await context.User.update({ email_verified_at: new Date() }, { where, transaction: tx });
    const token = password_hash === null ? await issueOneTime(context, tx, user, "reset") : undefined;
    await tellAdmin(context, tx, user.user_id);
    return token;
  });
  context.logger.info("The account of ADMIN_EMAIL was made");
  if (token === undefined) return;
  await context.mailer.send(resetMail(context.env, email, token)).catch(() => {
    context.logger.warn("ADMIN_EMAIL could not be mailed; ask for another link with POST /auth/password/forgot");
  });
}

/** Ends all that speaks for an account, and says whom to tell of it. */
async function cutAll(context: UsersContext, tx: Transaction, userId: number): Promise<{ at: Date; bots: number[] }> {
  await cutSessions(context, tx, { user_id: userId });
  const bots = await endTokens(context, tx, userId);
  return { bots, at: await voidTokens(context, tx, userId) };
}

/** The owner of the address becomes admin; from then on ADMIN_PASSWORD holds, where it is set. */
async function promote(context: UsersContext, user: UserRow): Promise<void> {
  const { user_id } = user;
  const password_hash = await hashed(context, user);
  const { at, bots } = await context.db.work(async (tx) => {
    await grantRole(context, tx, user_id, "admin");
    if (password_hash !== null) await context.User.update({ password_hash }, { where: { user_id }, transaction: tx });
    const cut =
      password_hash === null
        ? { bots: [], at: await voidTokens(context, tx, user_id) }
        : await cutAll(context, tx, user_id);
    await tellAdmin(context, tx, user_id);
    return cut;
  });
  await announceCuts(context, { userId: user_id, at }, bots);
  context.logger.info("The account of ADMIN_EMAIL was given the role admin");
}

/** Anybody can sign up with any address; who never showed that it is theirs does not keep it from its owner. */
async function takeAddress(context: UsersContext, user: UserRow): Promise<void> {
  const { user_id } = user;
  const { at, bots } = await context.db.work(async (tx) => {
    await context.User.update({ password_hash: null }, { where: { user_id }, transaction: tx });
    await changeProfile(context, tx, user, { email: null, email_key: null, email_verified_at: null });
    await dropOneTime(context, tx, user_id, "reset");
    await dropOneTime(context, tx, user_id, "verify");
    return cutAll(context, tx, user_id);
  });
  await announceCuts(context, { userId: user_id, at }, bots);
  context.logger.warn("An account had signed up with ADMIN_EMAIL and never verified it; it lost the address", {
    user_id,
  });
}

const isOwner = (user: UserRow, email: string): boolean =>
  user.email_verified_at !== null && user.email?.toLowerCase() === email.toLowerCase();

/** Moleculer's own flag, which its types leave out. */
const isStopping = ({ broker }: UsersContext): boolean => (broker as unknown as { stopping: boolean }).stopping;

/** A busy machine, or a database that goes just now, ends no start. */
export async function ensureAdmin(context: UsersContext): Promise<void> {
  for (;;)
    try {
      return await ensureOnce(context);
    } catch (error) {
      if (codeOf(error) !== "UNAVAILABLE" || isStopping(context)) throw error;
      context.logger.warn(`The account of ADMIN_EMAIL waits: ${(error as Error).message}`);
      await sleep(AGAIN);
    }
}

async function ensureOnce(context: UsersContext): Promise<void> {
  const { ADMIN_EMAIL: email } = context.env;
  if (email === undefined) return;
  const where = { email_key: emailKey(email) };
  const found = await context.db.work(async (tx) => {
    const user = (await context.User.findOne({ where, transaction: tx, raw: true })) as UserRow | null;
    return user && { user, roles: await rolesOf(context, tx, user.user_id) };
  });
  if (found?.roles.includes("admin")) return; // and keeps its password, whatever the variables say
  if (found && isOwner(found.user, email)) return promote(context, found.user);
  if (found) await takeAddress(context, found.user);
  try {
    await makeAdmin(context, email);
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error; // else another node was first
  }
}

const EXPIRED = [
  "DELETE FROM tokens WHERE expired_at < now() - interval '7 days'",
  "DELETE FROM api_tokens WHERE revoked_at < now() - interval '7 days'",
  "DELETE FROM invitations WHERE expires_at < now()",
  "DELETE FROM one_time_tokens WHERE expires_at < now()",
  "DELETE FROM attempts WHERE resets_at < now()",
];
export const SWEEP_EVERY = 3_600_000;

/** How late a ban may end, and a notice be told that could not be told at once. */
export const TICK_EVERY = 30_000;

export async function tick(context: UsersContext): Promise<void> {
  await endBans(context);
  await tellNotices(context);
}

export async function sweep(context: UsersContext): Promise<void> {
  await endGuests(context);
  await context.db.work((tx) => forgetEvidence(context, tx));
  for (const statement of EXPIRED)
    await context.db.work((tx) => context.db.sequelize.query(statement, { transaction: tx }));
}
