/** Sessions: listed, ended, and told to the api nodes that must refuse them. */
import { Op, type Order, type Transaction, type WhereOptions } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { type Session } from "../../../contracts/users";
import { act } from "../../../mixins/service";
import { announceCut } from "../cuts";
import { clock, type House, houseOf } from "../house";
import { type SessionRow, type UserRow } from "../models";
import { cutSessions, voidTokens } from "../session-store";

/** A transaction that wrote a time before one's last look may have committed after it: look back that much further. */
const OVERLAP = 30_000;

async function revokedSince(house: House, since: Date) {
  const recent = { [Op.gte]: since };
  return house.db.work(async (tx) => {
    const at = await clock(house, tx);
    const where: WhereOptions<SessionRow> = { revoked_at: recent };
    const sessions = await house.Session.findAll({ where, transaction: tx, raw: true });
    const tokens = await house.ApiToken.findAll({ where: { revoked_at: recent }, transaction: tx, raw: true });
    const users = await house.User.findAll({ where: { tokens_void_before: recent }, transaction: tx, raw: true });
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

/** Only the live ones, last used first. */
export async function sessionsOf(house: House, tx: Transaction, caller: Caller): Promise<Session[]> {
  const where = { user_id: caller.userId, revoked_at: null, expired_at: { [Op.gt]: await clock(house, tx) } };
  const order: Order = [["last_used_at", "DESC"]];
  const rows = await house.Session.findAll({ where, order, transaction: tx, raw: true });
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
    const house = houseOf(this);
    return house.db.work((tx) => sessionsOf(house, tx, caller));
  }),

  endSession: act("users.endSession", async function (caller, { id }) {
    const house = houseOf(this);
    const at = await house.db.work(async (tx) => {
      const alive = await sessionsOf(house, tx, caller);
      if (!alive.some((session) => session.id === id)) throw fail("NOTFOUND", "You have no such session.");
      return cutSessions(house, tx, { user_id: caller.userId, family_id: id });
    });
    await announceCut(house, { userId: caller.userId, sessionId: id, at });
    return {};
  }),

  logout: act("users.logout", async function (caller) {
    const house = houseOf(this);
    const { userId, sessionId } = caller;
    const at = await house.db.work((tx) => cutSessions(house, tx, { user_id: userId, family_id: sessionId }));
    await announceCut(house, { userId, sessionId, at });
    return {};
  }),

  logoutAll: act("users.logoutAll", async function (caller) {
    const house = houseOf(this);
    const { userId } = caller;
    const at = await house.db.work(async (tx) => {
      await cutSessions(house, tx, { user_id: userId });
      return voidTokens(house, tx, userId);
    });
    await announceCut(house, { userId, at });
    return {};
  }),

  revocations: act("users.revocations", async function (_caller, { since }) {
    const found = await revokedSince(houseOf(this), new Date(Date.parse(since) - OVERLAP));
    return { at: found.at.toISOString(), sessions: times(found.sessions), users: times(found.users) };
  }),
};
