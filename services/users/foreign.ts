/** Accounts and sessions of people whom a trusted issuer vouches for. All of it inside the transaction of the caller. */
import { createHash } from "node:crypto";
import { type Transaction } from "sequelize";
import { type Params } from "../../contracts/actions";
import { isAddress } from "../../contracts/email";
import { fail, tokenExpired } from "../../contracts/errors";
import { isForeignPicture } from "../../contracts/schema";
import { LONGEST } from "../../contracts/most";
import { changeProfile, createUser } from "./accounts";
import { clock, type UsersContext } from "./context";
import { oweFact } from "./facts";
import { type SessionRow, type UserRow } from "./models";
import { checkedName, emailKey } from "./profiles";
import { digest } from "./sessions";

type Vouched = Params<"users.recognise">;

/** `last_used_at` is as exact as this, and costs as few writes. */
const USE_STEP = 60_000;

export function firstName(names: readonly string[]): string | undefined {
  for (const name of names) {
    try {
      return checkedName([...name.trim()].slice(0, LONGEST.username).join(""));
    } catch {
      continue; // what other systems take for a name need not be one here
    }
  }
  return undefined;
}

/** For who comes without any. */
const nameless = (externalId: string): string =>
  `user-${createHash("sha256").update(externalId).digest("hex").slice(0, 8)}`;

/** Nobody is linked to an account by an address that only somebody else vouches for. */
async function freeAddress(context: UsersContext, tx: Transaction, email: string | undefined): Promise<boolean> {
  if (email === undefined || !isAddress(email)) return false;
  return (await context.User.count({ where: { email_key: emailKey(email) }, transaction: tx })) === 0;
}

/** @returns whether anything was changed */
export async function bringUpToDate(
  context: UsersContext,
  tx: Transaction,
  user: UserRow,
  vouched: { readonly names: readonly string[]; readonly email?: string; readonly avatar?: string },
  isNew = false,
): Promise<boolean> {
  const { names, avatar, email } = vouched;
  const username = firstName(names);
  const change = {
    ...(username !== undefined && username !== user.username ? { username } : {}),
    ...(avatar !== undefined && avatar !== user.avatar_url && isForeignPicture(avatar) ? { avatar_url: avatar } : {}),
    ...(email !== undefined && (await freeAddress(context, tx, email))
      ? { email, email_key: emailKey(email), email_verified_at: new Date() }
      : {}),
  };
  if (Object.keys(change).length === 0) return false;
  await changeProfile(context, tx, user, change, isNew);
  return true;
}

async function make(context: UsersContext, tx: Transaction, { names, externalId }: Vouched): Promise<UserRow> {
  const username = firstName(names) ?? nameless(externalId);
  return createUser(context, tx, { username, email: null, password_hash: null, external_id: externalId });
}

async function openSession(context: UsersContext, tx: Transaction, userId: number, vouched: Vouched, now: Date) {
  const { sessionId: family_id, issuer, issuedAt, expiresAt } = vouched;
  const unused = digest(family_id); // nothing is renewed by it
  await context.Session.create(
    {
      user_id: userId,
      family_id,
      access_token: unused,
      refresh_token: unused,
      generation: 0,
      issued_at: new Date(issuedAt),
      expired_at: new Date(expiresAt),
      user_agent: issuer,
      ip: "",
      created_at: now,
      last_used_at: now,
    },
    { transaction: tx },
  );
  await oweFact(context, tx, "session.started", { userId, sessionId: family_id });
}

/** Newer tokens of the same session say until when it lives. */
async function useSession(context: UsersContext, tx: Transaction, session: SessionRow, vouched: Vouched, now: Date) {
  const [issued_at, expired_at] = [new Date(vouched.issuedAt), new Date(vouched.expiresAt)];
  const isNewer = issued_at > session.issued_at;
  if (!isNewer && now.getTime() - session.last_used_at.getTime() <= USE_STEP) return false;
  const longer = expired_at > session.expired_at ? { expired_at } : {};
  const where = { token_id: session.token_id };
  await context.Session.update(
    { last_used_at: now, ...longer, ...(isNewer ? { issued_at } : {}) },
    { where, transaction: tx },
  );
  return isNewer;
}

const over = (): Error => fail("AUTH_INVALID", "This session has ended.");

/**
 * @returns whether the profile was changed, so that it must be told
 * @throws AUTH_INVALID, UniqueConstraintError where another request was first
 */
export async function recognise(
  context: UsersContext,
  tx: Transaction,
  vouched: Vouched,
): Promise<{ user: UserRow; at: Date; changed: boolean }> {
  const where = { external_id: vouched.externalId };
  const found = await context.User.findOne({ where, transaction: tx, lock: tx.LOCK.UPDATE, raw: true });
  const user = (found as UserRow | null) ?? (await make(context, tx, vouched));
  if (user.status !== "active") throw fail("AUTH_INVALID", "This account is shut.");
  const at = await clock(context, tx);
  const one = await context.Session.findOne({ where: { family_id: vouched.sessionId }, transaction: tx, raw: true });
  const session = one as SessionRow | null;
  if (session && (session.user_id !== user.user_id || session.revoked_at)) throw over();
  // It was made before all tokens of the user were ended, and comes for the first time after.
  if (!session && user.tokens_void_before && new Date(vouched.issuedAt) < user.tokens_void_before)
    throw tokenExpired("All tokens from before a moment ago are void; a fresh one helps.");
  const isNew = session ? await useSession(context, tx, session, vouched, at) : true;
  if (!session) await openSession(context, tx, user.user_id, vouched, at);
  const changed = isNew && (await bringUpToDate(context, tx, user, vouched, found === null));
  return { user, at, changed: changed && found !== null };
}
