/** Coming in: register, login, refresh. */
import { type Transaction, UniqueConstraintError } from "sequelize";
import { type Meta } from "../../../contracts/caller";
import { codeOf, fail } from "../../../contracts/errors";
import { budgetOf } from "../../../platform/addresses";
import { act } from "../../../platform/service";
import { forgive, spendAttempt } from "../attempts";
import { note, ofUser, record } from "../audit";
import { announceCut } from "../cuts";
import { type UsersContext, contextOf, lockedUser } from "../context";
import { accountOf } from "../identities";
import { type UserRow } from "../models";
import { judgedName } from "../judged";
import { checkPassword } from "../passwords";
import { checkedName, emailKey } from "../profiles";
import { mayRegister, register } from "../registration";
import { refuseCode } from "../totp";
import { openSession, refreshSession } from "../session-store";

const wrong = (): Error => fail("AUTH_INVALID", "E-mail or password is wrong.");
const taken = (): Error => fail("CONFLICT", "This e-mail has an account already.");

/** A refusal is thrown after the transaction, so that the attempt stays counted. */
async function findForLogin(context: UsersContext, meta: Meta, key: string, ip: string): Promise<UserRow | null> {
  const where = { email_key: key };
  const look = async (tx: Transaction) => ({
    spent: await spendAttempt(context, tx, key, ip),
    user: (await context.User.findOne({ where, transaction: tx, raw: true })) as UserRow | null,
  });
  const { spent, user } = await context.arrivals.run(budgetOf(ip), () => context.db.work(look));
  if (spent?.first) await tellFailed(context, meta, user, "login.locked", "attempts");
  if (spent) throw spent.refusal;
  return user;
}

/** Told of an account that there is not as well: the time of the answer must not say which it was. */
const tellFailed = (
  context: UsersContext,
  meta: Meta,
  user: UserRow | null,
  event: "login.failed" | "login.locked",
  reason: string,
): Promise<void> => note(context, meta, { event, ...(user && { target: ofUser(user.user_id) }), details: { reason } });

/** Only who knew the password learns that there is a second factor. */
async function secondFactorRefusal(
  context: UsersContext,
  tx: Transaction,
  user: UserRow,
  code: string | undefined,
): Promise<Error | undefined> {
  if (!user.totp_confirmed_at) return undefined;
  if (code === undefined) return fail("FORBIDDEN", "This account asks for a second factor.", { required: "code" });
  const refusal = await refuseCode(context, tx, user, code);
  return refusal && (codeOf(refusal) === "FORBIDDEN" ? wrong() : refusal);
}

/** Why who proved to be somebody does not get in; what has failed is told of in the same transaction. */
async function refusalOf(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  user: UserRow,
  code: string | undefined,
): Promise<Error | undefined> {
  const { user_id, status } = user;
  const isShut = status !== "active";
  const refusal = isShut
    ? fail("FORBIDDEN", `This account is ${status}.`)
    : await secondFactorRefusal(context, tx, user, code);
  // Who was asked for a code has not failed yet.
  const failed = refusal && (isShut || code !== undefined);
  const told = { target: ofUser(user_id), details: { reason: isShut ? status : "code" } };
  if (failed) await record(context, tx, meta, { event: "login.failed", ...told });
  return refusal;
}

export const entryActions = {
  register: act("users.register", async function (_caller, { email, username, password, invite, device }) {
    const context = contextOf(this);
    const account = { username: checkedName(await judgedName(context, username)), email: email.trim() };
    checkPassword(password, account);
    const where = { email_key: emailKey(email) };
    const look = async (tx: Transaction) => {
      await mayRegister(context, tx, account.email, invite);
      return context.User.count({ where, transaction: tx });
    };
    const from = budgetOf(device?.ip ?? "");
    if (await context.arrivals.run(from, () => context.db.work(look))) throw taken();
    const password_hash = await context.hasher.hash(password, from);
    try {
      return await context.db.work(async (tx) => {
        const user = await register(context, tx, { ...account, password_hash }, invite);
        return openSession(context, tx, user, device);
      });
    } catch (error) {
      throw error instanceof UniqueConstraintError ? taken() : error;
    }
  }),

  login: act("users.login", async function (_caller, { email, password, code, device }, { meta }) {
    const context = contextOf(this);
    const ip = device?.ip ?? "";
    const key = emailKey(email);
    const found = await findForLogin(context, meta, key, ip);
    if (!(await context.hasher.matches(password, found?.password_hash ?? null, budgetOf(ip))) || !found) {
      await tellFailed(context, meta, found, "login.failed", "password");
      throw wrong();
    }
    const signedIn = await context.db.work(async (tx) => {
      const user = await lockedUser(context, tx, found.user_id);
      // The password was changed, or the account erased, while it was compared.
      if (!user || user.password_hash !== found.password_hash) throw wrong();
      const refusal = await refusalOf(context, tx, meta, user, code);
      if (refusal) return { refusal };
      await forgive(context, tx, key, ip);
      return { tokens: await openSession(context, tx, user, device) };
    });
    if (signedIn.refusal) throw signedIn.refusal;
    return signedIn.tokens;
  }),

  signInBy: act("users.signInBy", async function (_caller, { code, device, ...signed }, { meta }) {
    const context = contextOf(this);
    const signIn = () =>
      context.db.work(async (tx) => {
        const user = await accountOf(context, tx, signed);
        const refusal = await refusalOf(context, tx, meta, user, code);
        return refusal ? { refusal } : { tokens: await openSession(context, tx, user, device) };
      });
    // Of two that come back for the first time at once one is second, and finds what the other made.
    const signedIn = await signIn().catch((error: unknown) => {
      if (error instanceof UniqueConstraintError) return signIn();
      throw error;
    });
    if (signedIn.refusal) throw signedIn.refusal;
    return signedIn.tokens;
  }),

  refresh: act("users.refresh", async function (_caller, { refreshToken, device }, { meta }) {
    const context = contextOf(this);
    const refreshed = await context.db.work((tx) => refreshSession(context, tx, refreshToken, device));
    if ("tokens" in refreshed) return refreshed.tokens;
    if ("cut" in refreshed) {
      context.logger.warn("A used refresh token came again; its session is cut", { userId: refreshed.cut.userId });
      await announceCut(context, refreshed.cut);
      await note(context, meta, { event: "session.reused", target: ofUser(refreshed.cut.userId) });
    }
    throw fail("AUTH_INVALID", "This session is over; sign in again.");
  }),
};
