/** API tokens and bots: so that scripts need no password. */
import { fail } from "../../../contracts/errors";
import { MOST } from "../../../contracts/most";
import { act } from "../../../platform/service";
import { createUser } from "../accounts";
import { checkToken, makeToken, revokeTokens, shownToken } from "../api-tokens";
import { ofUser, record } from "../audit";
import { announceCut } from "../cuts";
import { existingUser, contextOf } from "../context";
import { botsOf, tokensOfHousehold } from "../household";
import { judgedName } from "../judged";
import { muted } from "../mutes";
import { checkedName, publicUser } from "../profiles";
import { mustBePresent } from "../proof";

export const tokenActions = {
  apiTokens: act("users.apiTokens", function (caller) {
    const context = contextOf(this);
    return context.db.work(async (tx) => (await tokensOfHousehold(context, tx, caller.userId)).map(shownToken));
  }),

  createApiToken: act("users.createApiToken", async function (caller, params, ctx) {
    const context = contextOf(this);
    const { name, scopes, bot, expiresInDays: days, password } = params;
    await mustBePresent(context, caller, password);
    return context.db.work(async (tx) => {
      const user = await existingUser(context, tx, bot ?? caller.userId);
      if (bot !== undefined && user.owner_id !== caller.userId) throw fail("NOTFOUND", "You have no such bot.");
      const { token, row } = await makeToken(context, tx, user.user_id, {
        name: name.replaceAll("\0", ""),
        scopes,
        days,
      });
      const told = { target: `token:${row.token_id}`, details: { user: user.user_id, scopes } };
      await record(context, tx, ctx.meta, { event: "token.created", ...told });
      return { token, api_token: shownToken(row) };
    });
  }),

  revokeApiToken: act("users.revokeApiToken", async function (caller, { id }, ctx) {
    const context = contextOf(this);
    const cut = await context.db.work(async (tx) => {
      const found = (await tokensOfHousehold(context, tx, caller.userId)).find((row) => row.token_id === id);
      if (!found) throw fail("NOTFOUND", "You have no such API token.");
      const at = await revokeTokens(context, tx, { token_id: id });
      const told = { target: `token:${id}`, details: { user: found.user_id } };
      await record(context, tx, ctx.meta, { event: "token.revoked", ...told });
      return { userId: found.user_id, sessionId: id, at };
    });
    await announceCut(context, cut);
    return {};
  }),

  authenticate: act("users.authenticate", function (_caller, { token }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      const { row, at, user } = await checkToken(context, tx, token);
      const { scopes, expires_at } = shownToken(row);
      const roles = ["user" as const]; // a leaked script must not be an admin
      return {
        userId: row.user_id,
        sessionId: row.token_id,
        roles,
        scopes,
        expiresAt: expires_at,
        at: at.toISOString(),
        ...muted(user),
      };
    });
  }),

  bots: act("users.bots", function (caller) {
    const context = contextOf(this);
    return context.db.work(async (tx) => (await botsOf(context, tx, caller.userId)).map(publicUser));
  }),

  createBot: act("users.createBot", async function (caller, { username }, ctx) {
    const context = contextOf(this);
    const name = checkedName(await judgedName(context, username));
    return context.db.work(async (tx) => {
      const owner = await existingUser(context, tx, caller.userId);
      if (owner.owner_id !== null) throw fail("FORBIDDEN", "A bot has no bots.");
      if ((await botsOf(context, tx, owner.user_id)).length >= MOST.bots)
        throw fail("CONFLICT", `No more than ${MOST.bots} bots.`);
      const account = { username: name, email: null, password_hash: null, owner_id: owner.user_id };
      const bot = publicUser(await createUser(context, tx, account));
      await record(context, tx, ctx.meta, { event: "bot.created", target: ofUser(bot.user_id) });
      return bot;
    });
  }),
};
