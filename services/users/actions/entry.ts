/** Coming in: register, login, refresh. */
import { type Transaction, UniqueConstraintError } from "sequelize";
import { fail } from "../../../contracts/errors";
import { act } from "../../../mixins/service";
import { createUser } from "../accounts";
import { forgive, spendAttempt } from "../attempts";
import { announceCut } from "../cuts";
import { type House, houseOf, lockedUser } from "../house";
import { type UserRow } from "../models";
import { checkPassword } from "../passwords";
import { checkedEmail, checkedName, emailKey } from "../profiles";
import { takeCode } from "../totp";
import { openSession, refreshSession } from "../session-store";

const wrong = (): Error => fail("AUTH_INVALID", "E-mail or password is wrong.");
const taken = (): Error => fail("CONFLICT", "This e-mail has an account already.");

/** A refusal is thrown after the transaction, so that the attempt stays counted. */
async function findForLogin(house: House, key: string, ip: string): Promise<UserRow | null> {
  const where = { email_key: key };
  const look = async (tx: Transaction) => ({
    spent: await spendAttempt(house, tx, key, ip),
    user: (await house.User.findOne({ where, transaction: tx, raw: true })) as UserRow | null,
  });
  const { spent, user } = await house.arrivals.run(() => house.db.work(look));
  if (spent) throw spent;
  return user;
}

/** Only who knew the password learns that there is a second factor. */
async function checkSecondFactor(
  house: House,
  tx: Transaction,
  user: UserRow,
  code: string | undefined,
): Promise<void> {
  if (!user.totp_confirmed_at) return;
  if (code === undefined) throw fail("FORBIDDEN", "This account asks for a second factor.", { required: "code" });
  if (!(await takeCode(house, tx, user, code))) throw wrong();
}

export const entryActions = {
  register: act("users.register", async function (_caller, { email, username, password, device }) {
    const house = houseOf(this);
    const account = { username: checkedName(username), email: checkedEmail(email) };
    checkPassword(password);
    const where = { email_key: emailKey(email) };
    const look = (tx: Transaction) => house.User.count({ where, transaction: tx });
    if (await house.arrivals.run(() => house.db.work(look))) throw taken();
    const password_hash = await house.hasher.hash(password);
    try {
      return await house.db.work(async (tx) => {
        const user = await createUser(house, tx, { ...account, password_hash });
        return openSession(house, tx, user, device);
      });
    } catch (error) {
      throw error instanceof UniqueConstraintError ? taken() : error;
    }
  }),

  login: act("users.login", async function (_caller, { email, password, code, device }) {
    const house = houseOf(this);
    const ip = device?.ip ?? "";
    const key = emailKey(email);
    const found = await findForLogin(house, key, ip);
    if (!(await house.hasher.matches(password, found?.password_hash ?? null)) || !found) throw wrong();
    return house.db.work(async (tx) => {
      const user = await lockedUser(house, tx, found.user_id);
      // The password was changed, or the account erased, while it was compared.
      if (!user || user.password_hash !== found.password_hash) throw wrong();
      if (user.status === "banned") throw fail("FORBIDDEN", "This account is banned.");
      await checkSecondFactor(house, tx, user, code);
      await forgive(house, tx, key, ip);
      return openSession(house, tx, user, device);
    });
  }),

  refresh: act("users.refresh", async function (_caller, { refreshToken, device }) {
    const house = houseOf(this);
    const refreshed = await house.db.work((tx) => refreshSession(house, tx, refreshToken, device));
    if ("tokens" in refreshed) return refreshed.tokens;
    if ("cut" in refreshed) {
      house.logger.warn("A used refresh token came again; its session is cut", { userId: refreshed.cut.userId });
      await announceCut(house, refreshed.cut);
    }
    throw fail("AUTH_INVALID", "This session is over; sign in again.");
  }),
};
