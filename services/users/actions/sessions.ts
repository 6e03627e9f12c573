/** Sessions: listed, ended, and told to the api nodes that must refuse them. */
import { Op, type Order, type Transaction, type WhereOptions } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { type Session } from "../../../contracts/users";
import { MOST } from "../../../contracts/most";
import { act } from "../../../platform/service";
import { ofUser, record } from "../audit";
import { announceCut, announceCuts } from "../cuts";
import { clock, type UsersContext, contextOf } from "../context";
import { endTokens } from "../household";
import { type SessionRow, type UserRow } from "../models";
import { cutSessions, voidTokens } from "../session-store";

/** A transaction that wrote a time before one's last look may have committed after it: look back that much further. */
const OVERLAP = 30_000;

async function revokedSince(context: UsersContext, since: Date) {
  const recent = { [Op.gte]: since };
  return context.db.work(async (tx) => {
    const at = await clock(context, tx);
    const where: WhereOptions<SessionRow> = { revoked_at: recent };
    const sessions = await context.Session.findAll({ where, transaction: tx, raw: true });
    const tokens = await context.ApiToken.findAll({ where: { revoked_at: recent }, transaction: tx, raw: true });
    const users = await context.User.findAll({ where: { tokens_void_before: recent }, transaction: tx, raw: true });
    return {
      at,
      sessions: [
        ...(sessions as unknown as SessionRow[]).map((row) => [row.family_id, row.revoked_at] as const),
        ...(tokens as unknown as { token_id: string; revoked_at: Date }[]).map(
          (row) => [row.token_id, row.revoked_at] as const,
        ),
      ],
      users: (users as unknown as UserRow[]).map((row) => [String(row.user_id), row.tokens_void_before] as const),
    };
  });
}

const times = (entries: readonly (readonly [string, Date | null])[]): Record<string, string> =>
  Object.fromEntries(entries.flatMap(([id, at]) => (at ? [[id, at.toISOString()]] : [])));

const aliveOf = ({ userId }: Caller, now: Date) => ({
  user_id: userId,
  revoked_at: null,
  expired_at: { [Op.gt]: now },
});

/** Of the live ones those that were used last, the last first. */
export async function sessionsOf(context: UsersContext, tx: Transaction, caller: Caller): Promise<Session[]> {
  const where = aliveOf(caller, await clock(context, tx));
  const order: Order = [["last_used_at", "DESC"]];
  const rows = await context.Session.findAll({ where, order, limit: MOST.sessions, transaction: tx, raw: true });
  return (rows as unknown as SessionRow[]).map((row) => ({
    id: row.family_id,
    user_agent: row.user_agent,
    ip: row.ip,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    expires_at: row.expired_at.toISOString(),
    current: row.family_id === caller.sessionId,
  }));
}

export const sessionActions = {
  sessions: act("users.sessions", function (caller) {
    const context = contextOf(this);
    return context.db.work((tx) => sessionsOf(context, tx, caller));
  }),

  endSession: act("users.endSession", async function (caller, { id }) {
    const context = contextOf(this);
    const at = await context.db.work(async (tx) => {
      const session = { ...aliveOf(caller, await clock(context, tx)), family_id: id };
      if (!(await context.Session.count({ where: session, transaction: tx })))
        throw fail("NOTFOUND", "You have no such session.");
      return cutSessions(context, tx, { user_id: caller.userId, family_id: id });
    });
    await announceCut(context, { userId: caller.userId, sessionId: id, at });
    return {};
  }),

  logout: act("users.logout", async function (caller) {
    const context = contextOf(this);
    const { userId, sessionId } = caller;
    const at = await context.db.work((tx) => cutSessions(context, tx, { user_id: userId, family_id: sessionId }));
    await announceCut(context, { userId, sessionId, at });
    return {};
  }),

  logoutAll: act("users.logoutAll", async function (caller, _params, ctx) {
    const context = contextOf(this);
    const { userId } = caller;
    const { at, bots } = await context.db.work(async (tx) => {
      await cutSessions(context, tx, { user_id: userId });
      const bots = await endTokens(context, tx, userId);
      const at = await voidTokens(context, tx, userId);
      await record(context, tx, ctx.meta, { event: "sessions.ended", target: ofUser(userId) });
      return { bots, at };
    });
    await announceCuts(context, { userId, at }, bots);
    return {};
  }),

  revocations: act("users.revocations", async function (_caller, { since }) {
    const found = await revokedSince(contextOf(this), new Date(Date.parse(since) - OVERLAP));
    return { at: found.at.toISOString(), sessions: times(found.sessions), users: times(found.users) };
  }),
};
