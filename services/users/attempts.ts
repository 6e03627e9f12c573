/**
 * How often an account may be tried. Counted per account and address, and per account over all addresses; an address
 * that the owner has signed in from is not held to the second, so that a stranger's guessing never locks the owner out.
 */
import { createHash } from "node:crypto";
import { QueryTypes, type Transaction } from "sequelize";
import { fail } from "../../contracts/errors";
import { type UsersContext } from "./context";

const key = (kind: "from" | "all" | "code", ...parts: string[]): string =>
  `${kind}:${createHash("sha256").update(JSON.stringify(parts)).digest("hex")}`;

/** Counts one more in the running window, and says how many and for how long yet. */
async function count(context: UsersContext, tx: Transaction, name: string): Promise<{ count: number; leftMs: number }> {
  const [row] = await context.db.sequelize.query<{ count: number; left_ms: number }>(
    `INSERT INTO attempts (key, count, resets_at) VALUES ($1, 1, now() + $2 * interval '1 millisecond')
     ON CONFLICT (key) DO UPDATE SET
       count = CASE WHEN attempts.resets_at <= now() THEN 1 ELSE attempts.count + 1 END,
       resets_at = CASE WHEN attempts.resets_at <= now() THEN excluded.resets_at ELSE attempts.resets_at END
     RETURNING count, ceil(extract(epoch FROM resets_at - now()) * 1000)::int AS left_ms`,
    { bind: [name, context.env.RATE_LIMIT_WINDOW], type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw new Error("an attempt was not counted");
  return { count: row.count, leftMs: row.left_ms };
}

async function isKnown(context: UsersContext, tx: Transaction, emailKey: string, ip: string): Promise<boolean> {
  const found = await context.db.sequelize.query(
    "SELECT 1 FROM tokens JOIN users USING (user_id) WHERE email_key = $1 AND ip = $2 AND ip <> '' LIMIT 1",
    { bind: [emailKey, ip], type: QueryTypes.SELECT, transaction: tx },
  );
  return found.length > 0;
}

const tooMany = (retryAfterMs: number): Error =>
  fail("RATE_LIMITED", "Too many attempts for this account; wait a moment.", { retryAfterMs });

export interface Spent {
  readonly refusal: Error;
  /** The one that used up the window: those after it are no news. */
  readonly first: boolean;
}
const refusedAfter = (counted: { count: number; leftMs: number }, limit: number): Spent | undefined =>
  counted.count > limit ? { refusal: tooMany(counted.leftMs), first: counted.count === limit + 1 } : undefined;

/** Before the password is looked at. Answers the refusal, so that the count is committed all the same. */
export async function spendAttempt(
  context: UsersContext,
  tx: Transaction,
  emailKey: string,
  ip: string,
): Promise<Spent | undefined> {
  const limit = context.env.AUTH_RATE_LIMIT;
  const from = refusedAfter(await count(context, tx, key("from", emailKey, ip)), limit);
  // What its own address is refused for does not use up the account's attempts for everyone else.
  if (from) return from;
  if (await isKnown(context, tx, emailKey, ip)) return undefined;
  return refusedAfter(await count(context, tx, key("all", emailKey)), limit);
}

/** A success takes back what was spent. */
export async function forgive(context: UsersContext, tx: Transaction, emailKey: string, ip: string): Promise<void> {
  await context.db.sequelize.query("DELETE FROM attempts WHERE key = $1", {
    bind: [key("from", emailKey, ip)],
    transaction: tx,
  });
  await context.db.sequelize.query("UPDATE attempts SET count = count - 1 WHERE key = $1 AND count > 0", {
    bind: [key("all", emailKey)],
    transaction: tx,
  });
}

/** Wrong codes of a second factor are remembered for so long since the last one. */
const CODES_MEMORY = 86_400_000;
/** As many are a slip of the finger; then each wait is twice the one before. */
const CODES_FREE = 5;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 3_600_000;

const waitAfter = (wrong: number): number =>
  wrong < CODES_FREE ? 0 : Math.min(FIRST_WAIT * 2 ** Math.min(wrong - CODES_FREE, 20), LONGEST_WAIT);

const codeKey = (userId: number): string => key("code", String(userId));

/** Whoever asks for codes has the password already: guesses count per account, over all addresses and minutes. */
export async function codeRefusal(context: UsersContext, tx: Transaction, userId: number): Promise<Error | undefined> {
  const [row] = await context.db.sequelize.query<{ count: number; since_ms: number }>(
    `SELECT count, ($2 - extract(epoch FROM resets_at - now()) * 1000)::bigint::int AS since_ms
     FROM attempts WHERE key = $1 AND resets_at > now()`,
    { bind: [codeKey(userId), CODES_MEMORY], type: QueryTypes.SELECT, transaction: tx },
  );
  const left = row ? waitAfter(row.count) - row.since_ms : 0;
  return left > 0 ? tooMany(left) : undefined;
}

export async function countWrongCode(context: UsersContext, tx: Transaction, userId: number): Promise<void> {
  await context.db.sequelize.query(
    `INSERT INTO attempts (key, count, resets_at) VALUES ($1, 1, now() + $2 * interval '1 millisecond')
     ON CONFLICT (key) DO UPDATE SET resets_at = excluded.resets_at,
       count = CASE WHEN attempts.resets_at <= now() THEN 1 ELSE attempts.count + 1 END`,
    { bind: [codeKey(userId), CODES_MEMORY], transaction: tx },
  );
}

export async function forgiveCodes(context: UsersContext, tx: Transaction, userId: number): Promise<void> {
  await context.db.sequelize.query("DELETE FROM attempts WHERE key = $1", { bind: [codeKey(userId)], transaction: tx });
}
