/** API tokens: `api-<id>.<secret>`, kept as digests; they speak for a person or a bot within their scopes. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { Op, type Transaction, type WhereOptions } from "sequelize";
import { fail, tokenExpired } from "../../contracts/errors";
import { type Scope } from "../../contracts/scopes";
import { type ApiToken } from "../../contracts/users";
import { MOST } from "../../contracts/most";
import { clock, type UsersContext } from "./context";
import { oweFact, oweFacts } from "./facts";
import { type ApiTokenRow, type UserRow } from "./models";
import { digest } from "./sessions";

/** `last_used_at` is as exact as this, and costs as few writes. */
const USE_STEP = 60_000;
const DAY = 86_400_000;
/** One that is forgotten somewhere ends by itself. */
const DEFAULT_DAYS = 90;

const scopesOf = (row: ApiTokenRow): Scope[] => row.scopes.split(" ") as Scope[];

export const shownToken = (row: ApiTokenRow): ApiToken => ({
  id: row.token_id,
  user_id: row.user_id,
  name: row.name,
  scopes: scopesOf(row),
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
  expires_at: row.expires_at?.toISOString() ?? null,
});

/** Of a person and their bots. */
export async function tokensFor(
  context: UsersContext,
  tx: Transaction,
  userIds: readonly number[],
): Promise<ApiTokenRow[]> {
  const where = { user_id: { [Op.in]: [...userIds] }, revoked_at: null };
  const rows = await context.ApiToken.findAll({ where, transaction: tx, raw: true, order: [["created_at", "DESC"]] });
  return rows as unknown as ApiTokenRow[];
}

export async function makeToken(
  context: UsersContext,
  tx: Transaction,
  userId: number,
  { name, scopes, days = DEFAULT_DAYS }: { name: string; scopes: readonly Scope[]; days?: number | undefined },
): Promise<{ token: string; row: ApiTokenRow }> {
  if ((await tokensFor(context, tx, [userId])).length >= MOST.apiTokens)
    throw fail("CONFLICT", `No more than ${MOST.apiTokens} API tokens.`);
  const now = await clock(context, tx);
  const token_id = `api-${randomBytes(12).toString("hex")}`;
  const token = `${token_id}.${randomBytes(32).toString("base64url")}`;
  const row: ApiTokenRow = {
    token_id,
    user_id: userId,
    name,
    digest: digest(token),
    scopes: scopes.join(" "),
    created_at: now,
    last_used_at: null,
    expires_at: new Date(now.getTime() + days * DAY),
    revoked_at: null,
  };
  await context.ApiToken.create(row, { transaction: tx });
  await oweFact(context, tx, "token.created", { userId, tokenId: token_id, scopes: [...scopes] });
  return { token, row };
}

/** Those that fit and are not revoked yet; @returns when */
export async function revokeTokens(
  context: UsersContext,
  tx: Transaction,
  which: WhereOptions<ApiTokenRow>,
): Promise<Date> {
  const at = await clock(context, tx);
  const where = { [Op.and]: [which, { revoked_at: null }] };
  const [, revoked] = await context.ApiToken.update(
    { revoked_at: at },
    { where, transaction: tx, returning: ["user_id", "token_id"] },
  );
  const rows = revoked.map((row) => row.get());
  await oweFacts(
    context,
    tx,
    "token.revoked",
    rows.map(({ user_id: userId, token_id: tokenId }) => ({ userId, tokenId })),
  );
  return at;
}

/** @throws AUTH_INVALID */
export async function checkToken(
  context: UsersContext,
  tx: Transaction,
  token: string,
): Promise<{ row: ApiTokenRow; at: Date; user: UserRow }> {
  const token_id = token.split(".")[0] ?? "";
  const where = { token_id: token_id.replaceAll("\0", ""), revoked_at: null };
  const row = (await context.ApiToken.findOne({ where, transaction: tx, raw: true })) as unknown as ApiTokenRow | null;
  if (!row || !timingSafeEqual(Buffer.from(row.digest), Buffer.from(digest(token)))) throw fail("AUTH_INVALID");
  const at = await clock(context, tx);
  if (row.expires_at && row.expires_at <= at) throw tokenExpired("This API token has run out.");
  const user = (await context.User.findByPk(row.user_id, { transaction: tx, raw: true })) as unknown as UserRow | null;
  if (user?.status !== "active") throw fail("AUTH_INVALID");
  if (!row.last_used_at || at.getTime() - row.last_used_at.getTime() > USE_STEP)
    await context.ApiToken.update({ last_used_at: at }, { where: { token_id }, transaction: tx });
  return { row, at, user };
}
