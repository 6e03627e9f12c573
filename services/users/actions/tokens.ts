/** API tokens and bots: so that scripts need no password. */
import { fail } from "../../../contracts/errors";
import { act } from "../../../mixins/service";
import { createUser } from "../accounts";
import { checkToken, makeToken, shownToken, tokensFor } from "../api-tokens";
import { announceCut } from "../cuts";
import { clock, existingUser, type House, houseOf } from "../house";
import { type UserRow } from "../models";
import { checkedName, publicUser } from "../profiles";
import { type Transaction } from "sequelize";

const MOST_BOTS = 50;

export async function botsOf(house: House, tx: Transaction, owner: number): Promise<UserRow[]> {
  const where = { owner_id: owner, status: "active" as const };
  const rows = await house.User.findAll({ where, transaction: tx, raw: true, order: ["user_id"] });
  return rows as unknown as UserRow[];
}

export async function tokensOfHousehold(house: House, tx: Transaction, userId: number) {
  const bots = await botsOf(house, tx, userId);
  return tokensFor(house, tx, [userId, ...bots.map((bot) => bot.user_id)]);
}

export const tokenActions = {
  apiTokens: act("users.apiTokens", function (caller) {
    const house = houseOf(this);
    return house.db.work(async (tx) => (await tokensOfHousehold(house, tx, caller.userId)).map(shownToken));
  }),

  createApiToken: act("users.createApiToken", function (caller, { name, scopes, bot, expiresInDays: days }) {
    const house = houseOf(this);
    return house.db.work(async (tx) => {
      const user = await existingUser(house, tx, bot ?? caller.userId);
      if (bot !== undefined && user.owner_id !== caller.userId) throw fail("NOTFOUND", "You have no such bot.");
      const { token, row } = await makeToken(house, tx, user.user_id, {
        name: name.replaceAll("\0", ""),
        scopes,
        days,
      });
      return { token, api_token: shownToken(row) };
    });
  }),

  revokeApiToken: act("users.revokeApiToken", async function (caller, { id }) {
    const house = houseOf(this);
    const cut = await house.db.work(async (tx) => {
      const found = (await tokensOfHousehold(house, tx, caller.userId)).find((row) => row.token_id === id);
      if (!found) throw fail("NOTFOUND", "You have no such API token.");
      const at = await clock(house, tx);
      await house.ApiToken.update({ revoked_at: at }, { where: { token_id: id }, transaction: tx });
      return { userId: found.user_id, sessionId: id, at };
    });
    await announceCut(house, cut);
    return {};
  }),

  authenticate: act("users.authenticate", function (_caller, { token }) {
    const house = houseOf(this);
    return house.db.work(async (tx) => {
      const { row, at } = await checkToken(house, tx, token);
      const { scopes, expires_at } = shownToken(row);
      const roles = ["user" as const]; // a leaked script must not be an admin
      return {
        userId: row.user_id,
        sessionId: row.token_id,
        roles,
        scopes,
        expiresAt: expires_at,
        at: at.toISOString(),
      };
    });
  }),

  bots: act("users.bots", function (caller) {
    const house = houseOf(this);
    return house.db.work(async (tx) => (await botsOf(house, tx, caller.userId)).map(publicUser));
  }),

  createBot: act("users.createBot", function (caller, { username }) {
    const house = houseOf(this);
    const name = checkedName(username);
    return house.db.work(async (tx) => {
      const owner = await existingUser(house, tx, caller.userId);
      if (owner.owner_id !== null) throw fail("FORBIDDEN", "A bot has no bots.");
      if ((await botsOf(house, tx, owner.user_id)).length >= MOST_BOTS)
        throw fail("CONFLICT", `No more than ${MOST_BOTS} bots.`);
      const account = { username: name, email: null, password_hash: null, owner_id: owner.user_id };
      return publicUser(await createUser(house, tx, account));
    });
  }),
};
