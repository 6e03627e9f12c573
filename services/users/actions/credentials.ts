/** What proves who one is: passwords, mailed links, the second factor. */
import { Op } from "sequelize";
import { badField, codeOf, fail } from "../../../contracts/errors";
import { act } from "../../../platform/service";
import { changeProfile } from "../accounts";
import { spendAttempt } from "../attempts";
import { ofUser, record } from "../audit";
import { announceCuts } from "../cuts";
import { existingUser, type UsersContext, contextOf } from "../context";
import { endTokens } from "../household";
import { resetMail, verifyMail } from "../mailer";
import { type UserRow } from "../models";
import { dropOneTime, issueOneTime, takeOneTime, userOfOneTime } from "../one-time";
import { checkPassword } from "../passwords";
import { emailKey } from "../profiles";
import { proven } from "../proof";
import { cutSessions, voidTokens } from "../session-store";
import { dropRecoveryCodes, newRecoveryCodes, newSecret, plain, refuseCode, stepOf, uriOf } from "../totp";

/** A mail link is written, told nobody but the mail; a mail server that is down is ours to see, not the stranger's. */
async function mailReset(context: UsersContext, email: string): Promise<void> {
  const key = emailKey(email);
  const spent = await context.db.work((tx) => spendAttempt(context, tx, `mail ${key}`, ""));
  if (spent) return;
  const made = await context.db.work(async (tx) => {
    const user = (await context.User.findOne({
      where: { email_key: key },
      transaction: tx,
      raw: true,
    })) as UserRow | null;
    return user?.email && user.status === "active"
      ? { to: user.email, token: await issueOneTime(context, tx, user, "reset") }
      : undefined;
  });
  if (made) await context.mailer.send(resetMail(context.env, made.to, made.token));
}

export const credentialActions = {
  changePassword: act("users.changePassword", async function (caller, { current, next }, ctx) {
    const context = contextOf(this);
    const user = await proven(context, caller, current);
    checkPassword(next, user, "next");
    const password_hash = await context.hasher.hash(next, ofUser(user.user_id));
    const { userId, sessionId } = caller;
    const { at, bots } = await context.db.work(async (tx) => {
      await existingUser(context, tx, userId);
      // Two changes at once: the second must prove itself against the first.
      const where = { user_id: userId, password_hash: user.password_hash };
      const [changed] = await context.User.update({ password_hash }, { where, transaction: tx });
      if (changed === 0) throw fail("CONFLICT", "The password was changed meanwhile.");
      await dropOneTime(context, tx, userId, "reset");
      const bots = await endTokens(context, tx, userId);
      const at = await cutSessions(context, tx, { user_id: userId, family_id: { [Op.ne]: sessionId } });
      await record(context, tx, ctx.meta, { event: "password.changed", target: ofUser(userId) });
      return { bots, at };
    });
    await announceCuts(context, { userId, except: sessionId, at }, bots);
    return {};
  }),

  forgotPassword: act("users.forgotPassword", function (_caller, { email }) {
    const context = contextOf(this);
    // Not awaited: an account that exists must not be told by the time of the answer.
    mailReset(context, email).catch((error: unknown) =>
      context.logger.error("A reset mail was not sent", { code: codeOf(error) }),
    );
    return {};
  }),

  resetPassword: act("users.resetPassword", async function (_caller, { token, next }, ctx) {
    const context = contextOf(this);
    const whose = await context.db.work((tx) => userOfOneTime(context, tx, token, "reset"));
    checkPassword(next, whose, "next");
    const password_hash = await context.hasher.hash(next, ofUser(whose.user_id));
    const { bots, ...cut } = await context.db.work(async (tx) => {
      const userId = await takeOneTime(context, tx, token, "reset");
      const user = await existingUser(context, tx, userId);
      await context.User.update({ password_hash }, { where: { user_id: userId }, transaction: tx });
      // Whoever reads the mail owns the address.
      await changeProfile(context, tx, user, { email_verified_at: new Date() });
      await cutSessions(context, tx, { user_id: userId });
      const bots = await endTokens(context, tx, userId);
      const at = await voidTokens(context, tx, userId);
      await record(context, tx, ctx.meta, { event: "password.reset", target: ofUser(userId) });
      return { userId, bots, at };
    });
    await announceCuts(context, cut, bots);
    return {};
  }),

  sendVerification: act("users.sendVerification", async function (caller) {
    const context = contextOf(this);
    const spent = await context.db.work((tx) => spendAttempt(context, tx, `verify ${caller.userId}`, ""));
    if (spent) throw spent.refusal;
    const { to, token } = await context.db.work(async (tx) => {
      const user = await existingUser(context, tx, caller.userId);
      if (user.email_verified_at || !user.email) throw fail("CONFLICT", "This e-mail is verified already.");
      return { to: user.email, token: await issueOneTime(context, tx, user, "verify") };
    });
    await context.mailer.send(verifyMail(context.env, to, token));
    return {};
  }),

  verifyEmail: act("users.verifyEmail", async function (_caller, { token }) {
    const context = contextOf(this);
    await context.db.work(async (tx) => {
      const userId = await takeOneTime(context, tx, token, "verify");
      await changeProfile(context, tx, await existingUser(context, tx, userId), { email_verified_at: new Date() });
    });
    return {};
  }),

  beginTotp: act("users.beginTotp", async function (caller, { password }) {
    const context = contextOf(this);
    const user = await proven(context, caller, password);
    if (user.totp_confirmed_at) throw fail("CONFLICT", "The second factor is on already.");
    const secret = newSecret();
    const { user_id } = user;
    await context.db.work((tx) =>
      context.User.update({ totp_secret: context.seal.close(secret) }, { where: { user_id }, transaction: tx }),
    );
    return { secret, uri: uriOf(secret, user.email ?? user.username) };
  }),

  confirmTotp: act("users.confirmTotp", function (caller, { code }, ctx) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      const { user_id, totp_secret, totp_confirmed_at } = await existingUser(context, tx, caller.userId);
      if (!totp_secret || totp_confirmed_at) throw fail("CONFLICT", "There is no second factor to confirm.");
      const step = stepOf(context.seal.open(totp_secret), plain(code), null);
      if (step === undefined) throw badField("code", "code", "The code is wrong or too old.");
      const confirmed = { totp_confirmed_at: new Date(), totp_last_step: step };
      await context.User.update(confirmed, { where: { user_id }, transaction: tx });
      const recoveryCodes = await newRecoveryCodes(context, tx, user_id);
      await record(context, tx, ctx.meta, { event: "two_factor.on", target: ofUser(user_id) });
      return { recoveryCodes };
    });
  }),

  endTotp: act("users.endTotp", async function (caller, { password, code }, ctx) {
    const context = contextOf(this);
    const { user_id } = await proven(context, caller, password);
    const refusal = await context.db.work(async (tx) => {
      const user = await existingUser(context, tx, user_id);
      if (!user.totp_confirmed_at) throw fail("CONFLICT", "The second factor is off already.");
      const refused = await refuseCode(context, tx, user, code);
      if (refused) return refused;
      const off = { totp_secret: null, totp_confirmed_at: null, totp_last_step: null };
      await context.User.update(off, { where: { user_id }, transaction: tx });
      await dropRecoveryCodes(context, tx, user_id);
      await record(context, tx, ctx.meta, { event: "two_factor.off", target: ofUser(user_id) });
      return undefined;
    });
    if (refusal) throw refusal;
    return {};
  }),
};
