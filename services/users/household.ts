/** A person's bots, and the API tokens of both: what speaks for somebody without being signed in. */
import { type Transaction } from "sequelize";
import { revokeTokens, tokensFor } from "./api-tokens";
import { type UsersContext } from "./context";
import { type ApiTokenRow, type UserRow } from "./models";

export async function botsOf(context: UsersContext, tx: Transaction, owner: number): Promise<UserRow[]> {
  const where = { owner_id: owner, status: "active" as const };
  const rows = await context.User.findAll({ where, transaction: tx, raw: true, order: ["user_id"] });
  return rows as unknown as UserRow[];
}

export async function tokensOfHousehold(
  context: UsersContext,
  tx: Transaction,
  userId: number,
): Promise<ApiTokenRow[]> {
  const bots = await botsOf(context, tx, userId);
  return tokensFor(context, tx, [userId, ...bots.map((bot) => bot.user_id)]);
}

/**
 * Voids all of them: whoever had the account may have made them.
 * @returns the bots that are to be cut, too
 */
export async function endTokens(context: UsersContext, tx: Transaction, userId: number): Promise<number[]> {
  const tokens = await tokensOfHousehold(context, tx, userId);
  await revokeTokens(context, tx, { token_id: tokens.map((token) => token.token_id) });
  return [...new Set(tokens.map((token) => token.user_id))].filter((id) => id !== userId);
}
