/** Sessions in the database: opened, rotated, cut. All of it inside the transaction of the caller. */
import { Op, type Transaction, type WhereOptions } from "sequelize";
import { type Role } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { type Tokens } from "../../contracts/users";
import { clock, type UsersContext, lockedUser, rolesOf } from "./context";
import { oweFact, oweFacts } from "./facts";
import { type SessionRow, type UserRow } from "./models";
import { muted } from "./mutes";
import { ownUser } from "./profiles";
import { decideRefresh, digest, expiryOf, newSessionId } from "./sessions";

export interface DeviceInfo {
  readonly userAgent: string;
  readonly ip: string;
}
const unknownDevice: DeviceInfo = { userAgent: "", ip: "" };

type Times = Pick<SessionRow, "family_id" | "user_id" | "generation" | "issued_at" | "expired_at">;

/** A pair is a function of its row, so that it can be told twice and stored never. */
function pairOf(context: UsersContext, user: UserRow, session: Times, roles: readonly Role[], issuedAt: Date) {
  const { user_id: userId, family_id: sessionId, generation } = session;
  const guest = user.guest_of === null ? {} : { guestOf: user.guest_of };
  const until = user.guest_until?.getTime();
  const access = context.tokens.signAccess(
    { userId, sessionId, roles, ...guest, ...muted(user) },
    issuedAt.getTime(),
    until,
  );
  const times = { issuedAt: session.issued_at.getTime(), expiresAt: session.expired_at.getTime() };
  const refreshToken = context.tokens.signRefresh({ userId, sessionId, generation, ...times });
  return { accessToken: access.token, refreshToken };
}

const answer = (
  context: UsersContext,
  user: UserRow,
  roles: readonly Role[],
  pair: ReturnType<typeof pairOf>,
): Tokens => ({
  user: ownUser(user, roles),
  ...pair,
  expiresIn: Math.floor(context.env.JWT_ACCESS_TTL / 1000),
});

const digests = (pair: ReturnType<typeof pairOf>) => ({
  access_token: digest(pair.accessToken),
  refresh_token: digest(pair.refreshToken),
});

/** Not before the moment up to which the user's tokens are void. */
const issueTime = (user: UserRow, at: Date): Date =>
  user.tokens_void_before && user.tokens_void_before > at ? user.tokens_void_before : at;

/** A guest's time ends all of their sessions. */
const within = ({ guest_until }: UserRow, end: Date): Date =>
  guest_until !== null && guest_until < end ? guest_until : end;

/** A new session for a user whose row the caller holds locked. */
export async function openSession(
  context: UsersContext,
  tx: Transaction,
  user: UserRow,
  device: DeviceInfo = unknownDevice,
): Promise<Tokens> {
  const roles = await rolesOf(context, tx, user.user_id);
  const now = await clock(context, tx);
  if (user.guest_until && user.guest_until <= now) throw fail("FORBIDDEN", "This guest's time is over.");
  const session = {
    user_id: user.user_id,
    family_id: newSessionId(),
    generation: 1,
    issued_at: now,
    expired_at: within(user, expiryOf(now, now, context.env.JWT_REFRESH_TTL)),
    user_agent: device.userAgent,
    ip: device.ip,
    created_at: now,
    last_used_at: now,
  };
  const pair = pairOf(context, user, session, roles, issueTime(user, now));
  await context.Session.create({ ...session, ...digests(pair) }, { transaction: tx });
  await oweFact(context, tx, "session.started", { userId: user.user_id, sessionId: session.family_id });
  return answer(context, user, roles, pair);
}

async function rotate(context: UsersContext, tx: Transaction, user: UserRow, session: SessionRow, device?: DeviceInfo) {
  const roles = await rolesOf(context, tx, user.user_id);
  const now = await clock(context, tx);
  const next = {
    ...session,
    generation: session.generation + 1,
    issued_at: now,
    expired_at: within(user, expiryOf(session.created_at, now, context.env.JWT_REFRESH_TTL)),
  };
  const pair = pairOf(context, user, next, roles, issueTime(user, now));
  const used = device ? { user_agent: device.userAgent, ip: device.ip } : {};
  const { generation, issued_at, expired_at } = next;
  await context.Session.update(
    { generation, issued_at, expired_at, last_used_at: now, ...used, ...digests(pair) },
    { where: { token_id: session.token_id }, transaction: tx },
  );
  return answer(context, user, roles, pair);
}

async function repeat(context: UsersContext, tx: Transaction, user: UserRow, session: SessionRow): Promise<Tokens> {
  const roles = await rolesOf(context, tx, user.user_id);
  return answer(context, user, roles, pairOf(context, user, session, roles, issueTime(user, session.issued_at)));
}

/** What a refresh comes to; a reuse has cut the session, which must be stored although the caller is refused. */
export type Refreshed = { tokens: Tokens } | { cut: { userId: number; sessionId: string; at: Date } } | { over: true };

/** @throws AUTH_INVALID for a token that is none */
export async function refreshSession(
  context: UsersContext,
  tx: Transaction,
  token: string,
  device?: DeviceInfo,
): Promise<Refreshed> {
  const claims = context.tokens.verifyRefresh(token);
  const { userId, sessionId } = claims;
  const user = await lockedUser(context, tx, userId);
  if (!user || user.status !== "active") return { over: true };
  const where = { family_id: sessionId };
  const session = (await context.Session.findOne({ where, transaction: tx, raw: true })) as SessionRow | null;
  const decided = decideRefresh(session, claims, token, await clock(context, tx));
  if (!session || decided === "gone") return { over: true };
  if (decided === "rotate") return { tokens: await rotate(context, tx, user, session, device) };
  if (decided === "repeat") return { tokens: await repeat(context, tx, user, session) };
  const at = await cutSessions(context, tx, { family_id: sessionId });
  return { cut: { userId, sessionId, at } };
}

/** Ends the live sessions that fit, and says when. */
export async function cutSessions(
  context: UsersContext,
  tx: Transaction,
  which: WhereOptions<SessionRow>,
): Promise<Date> {
  const at = await clock(context, tx);
  const where = { [Op.and]: [which, { revoked_at: null }] };
  const returning: (keyof SessionRow)[] = ["user_id", "family_id", "expired_at"];
  const [, cut] = await context.Session.update({ revoked_at: at }, { where, transaction: tx, returning });
  const ended = cut.map((row) => row.get()).filter(({ expired_at }) => expired_at > at);
  await oweFacts(
    context,
    tx,
    "session.ended",
    ended.map(({ user_id: userId, family_id: sessionId }) => ({ userId, sessionId })),
  );
  return at;
}

/** Voids every access token of a user at once; sessions that live may be refreshed. */
export async function voidTokens(context: UsersContext, tx: Transaction, userId: number): Promise<Date> {
  // A token of this very millisecond is one from before.
  const at = new Date((await clock(context, tx)).getTime() + 1);
  await context.User.update({ tokens_void_before: at }, { where: { user_id: userId }, transaction: tx });
  return at;
}
