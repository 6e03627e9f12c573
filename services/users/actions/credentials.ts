/** What proves who one is: passwords, mailed links, the second factor. */
import { Op } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { badField, fail } from "../../../contracts/errors";
import { act } from "../../../mixins/service";
import { spendAttempt } from "../attempts";
import { announceCut } from "../cuts";
import { existingUser, type House, houseOf } from "../house";
import { resetMail, verifyMail } from "../mailer";
import { type UserRow } from "../models";
import { dropOneTime, issueOneTime, takeOneTime } from "../one-time";
import { checkPassword } from "../passwords";
import { emailKey } from "../profiles";
import { cutSessions, voidTokens } from "../session-store";
import { dropRecoveryCodes, newRecoveryCodes, newSecret, stepOf, takeCode, uriOf } from "../totp";

/** One's own account, when the password is right. @throws FORBIDDEN, RATE_LIMITED */
async function proven(house: House, caller: Caller, password: string): Promise<UserRow> {
  const spent = await house.db.work((tx) => spendAttempt(house, tx, `user ${caller.userId}`, ""));
  if (spent) throw spent;
  const user = await house.db.work((tx) => existingUser(house, tx, caller.userId));
  if (await house.hasher.matches(password, user.password_hash)) return user;
  throw fail("FORBIDDEN", "The password is wrong.");
}

/** A mail link is written, told nobody but the mail; a mail server that is down is ours to see, not the stranger's. */
async function mailReset(house: House, email: string): Promise<void> {
  const key = emailKey(email);
  const spent = await house.db.work((tx) => spendAttempt(house, tx, `mail ${key}`, ""));
  if (spent) return;
  const made = await house.db.work(async (tx) => {
    const user = (await house.User.findOne({
      where: { email_key: key },
      transaction: tx,
      raw: true,
    })) as UserRow | null;
    return user?.email && user.status === "active"
      ? { to: user.email, token: await issueOneTime(house, tx, user, "reset") }
      : undefined;
  });
  if (made) await house.mailer.send(resetMail(house.env, made.to, made.token));
}

export const credentialActions = {
  changePassword: act("users.changePassword", async function (caller, { current, next }) {
    const house = houseOf(this);
    const user = await proven(house, caller, current);
    checkPassword(next, "next");
    const password_hash = await house.hasher.hash(next);
    const { userId, sessionId } = caller;
    const at = await house.db.work(async (tx) => {
      await existingUser(house, tx, userId);
      // Two changes at once: the second must prove itself against the first.
      const where = { user_id: userId, password_hash: user.password_hash };
      const [changed] = await house.User.update({ password_hash }, { where, transaction: tx });
      if (changed === 0) throw fail("CONFLICT", "The password was changed meanwhile.");
      await dropOneTime(house, tx, userId, "reset");
      return cutSessions(house, tx, { user_id: userId, family_id: { [Op.ne]: sessionId } });
    });
    await announceCut(house, { userId, except: sessionId, at });
    return {};
  }),

  forgotPassword: act("users.forgotPassword", function (_caller, { email }) {
    const house = houseOf(this);
    // Not awaited: an account that exists must not be told by the time of the answer.
    mailReset(house, email).catch((error: unknown) => house.logger.error("A reset mail was not sent", error));
    return {};
  }),

  resetPassword: act("users.resetPassword", async function (_caller, { token, next }) {
    const house = houseOf(this);
    checkPassword(next, "next");
    const password_hash = await house.hasher.hash(next);
    const cut = await house.db.work(async (tx) => {
      const userId = await takeOneTime(house, tx, token, "reset");
      await existingUser(house, tx, userId);
      // Whoever reads the mail owns the address.
      const verified = { password_hash, email_verified_at: new Date() };
      await house.User.update(verified, { where: { user_id: userId }, transaction: tx });
      await cutSessions(house, tx, { user_id: userId });
      return { userId, at: await voidTokens(house, tx, userId) };
    });
    await announceCut(house, cut);
    return {};
  }),

  sendVerification: act("users.sendVerification", async function (caller) {
    const house = houseOf(this);
    const spent = await house.db.work((tx) => spendAttempt(house, tx, `verify ${caller.userId}`, ""));
    if (spent) throw spent;
    const { to, token } = await house.db.work(async (tx) => {
      const user = await existingUser(house, tx, caller.userId);
      if (user.email_verified_at || !user.email) throw fail("CONFLICT", "This e-mail is verified already.");
      return { to: user.email, token: await issueOneTime(house, tx, user, "verify") };
    });
    await house.mailer.send(verifyMail(house.env, to, token));
    return {};
  }),

  verifyEmail: act("users.verifyEmail", async function (_caller, { token }) {
    const house = houseOf(this);
    await house.db.work(async (tx) => {
      const user_id = await takeOneTime(house, tx, token, "verify");
      await house.User.update({ email_verified_at: new Date() }, { where: { user_id }, transaction: tx });
    });
    return {};
  }),

  beginTotp: act("users.beginTotp", async function (caller, { password }) {
    const house = houseOf(this);
    const user = await proven(house, caller, password);
    if (user.totp_confirmed_at) throw fail("CONFLICT", "The second factor is on already.");
    const secret = newSecret();
    const { user_id } = user;
    await house.db.work((tx) =>
      house.User.update({ totp_secret: house.seal.close(secret) }, { where: { user_id }, transaction: tx }),
    );
    return { secret, uri: uriOf(secret, user.email ?? user.username) };
  }),

  confirmTotp: act("users.confirmTotp", function (caller, { code }) {
    const house = houseOf(this);
    return house.db.work(async (tx) => {
      const { user_id, totp_secret, totp_confirmed_at } = await existingUser(house, tx, caller.userId);
      if (!totp_secret || totp_confirmed_at) throw fail("CONFLICT", "There is no second factor to confirm.");
      const step = stepOf(house.seal.open(totp_secret), code, null);
      if (step === undefined) throw badField("code", "code", "The code is wrong or too old.");
      const confirmed = { totp_confirmed_at: new Date(), totp_last_step: step };
      await house.User.update(confirmed, { where: { user_id }, transaction: tx });
      return { recoveryCodes: await newRecoveryCodes(house, tx, user_id) };
    });
  }),

  endTotp: act("users.endTotp", async function (caller, { password, code }) {
    const house = houseOf(this);
    const { user_id } = await proven(house, caller, password);
    await house.db.work(async (tx) => {
      const user = await existingUser(house, tx, user_id);
      if (!user.totp_confirmed_at) throw fail("CONFLICT", "The second factor is off already.");
      if (!(await takeCode(house, tx, user, code))) throw fail("FORBIDDEN", "The code is wrong.");
      const off = { totp_secret: null, totp_confirmed_at: null, totp_last_step: null };
      await house.User.update(off, { where: { user_id }, transaction: tx });
      await dropRecoveryCodes(house, tx, user_id);
    });
    return {};
  }),
};
