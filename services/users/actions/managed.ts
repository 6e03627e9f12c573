/** What server keys and admins do with accounts that are kept elsewhere. */
import { type Transaction } from "sequelize";
import { isOperator, type Meta } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { type User } from "../../../contracts/shapes";
import { act } from "../../../platform/service";
import { ofUser, record } from "../audit";
import { announceCut } from "../cuts";
import { clock, contextOf, existingUser, lockedUser, rolesOf, type UsersContext } from "../context";
import { byExternalId, change, kept, make, shown } from "../managed";
import { mustBeAdmin } from "../roles";
import { muted } from "../mutes";
import { cutSessions, openSession } from "../session-store";
import { sessionsOf } from "./sessions";

const noSuchUser = (): Error => fail("NOTFOUND", "There is no such user.");

/** For the audit log, as the last step of the transaction. */
async function told(
  context: UsersContext,
  tx: Transaction,
  meta: Meta,
  event: "account.created" | "account.changed",
  user: User,
): Promise<User> {
  await record(context, tx, meta, { event, target: ofUser(user.user_id) });
  return user;
}

export const managedActions = {
  create: act("users.create", function (caller, wanted, { meta }) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      return told(context, tx, meta, "account.created", await make(context, tx, wanted));
    });
  }),

  put: act("users.put", function (caller, { externalId: external_id, ...wanted }, { meta }) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const found = await byExternalId(context, tx, external_id);
      if (found) return told(context, tx, meta, "account.changed", await change(context, tx, caller, found, wanted));
      return told(context, tx, meta, "account.created", await make(context, tx, { ...wanted, external_id }));
    });
  }),

  find: act("users.find", function (caller, { externalId }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const found = await byExternalId(context, tx, externalId);
      if (!found) throw noSuchUser();
      return shown(context, tx, found.user_id);
    });
  }),

  change: act("users.change", function (caller, { id, ...wanted }, { meta }) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const user = await existingUser(context, tx, id);
      return told(context, tx, meta, "account.changed", await change(context, tx, caller, user, wanted));
    });
  }),

  mint: act("users.mint", function (caller, { id }, { meta }) {
    const context = contextOf(this);
    // An admin sees much, but is never somebody else.
    if (!isOperator(caller)) throw fail("FORBIDDEN", "Tokens of others are made by a server key alone.");
    return context.db.work(async (tx) => {
      const user = await existingUser(context, tx, id);
      if (user.status !== "active") throw fail("FORBIDDEN", "This account is shut.");
      const tokens = await openSession(context, tx, user, { userAgent: caller.sessionId, ip: "" });
      await record(context, tx, meta, { event: "session.minted", target: ofUser(id) });
      return tokens;
    });
  }),

  endSessionOf: act("users.endSessionOf", async function (caller, { id, sessionId }, { meta }) {
    const context = contextOf(this);
    const at = await context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      await existingUser(context, tx, id);
      const alive = await sessionsOf(context, tx, { userId: id, sessionId: "", roles: [] });
      if (!alive.some((session) => session.id === sessionId)) throw fail("NOTFOUND", "There is no such session.");
      const cut = await cutSessions(context, tx, { user_id: id, family_id: sessionId });
      await record(context, tx, meta, { event: "sessions.ended", target: ofUser(id) });
      return cut;
    });
    await announceCut(context, { userId: id, sessionId, at });
    return {};
  }),

  standIn: act("users.standIn", function (_caller, { id, externalId }) {
    const context = contextOf(this);
    return context.db.work(async (tx) => {
      const found = externalId === undefined ? undefined : await byExternalId(context, tx, externalId);
      const user = await lockedUser(context, tx, found?.user_id ?? id ?? 0);
      if (!user || user.status === "deleted") throw noSuchUser();
      if (user.status !== "active") throw fail("FORBIDDEN", "This account is shut.");
      if (user.guest_until && user.guest_until <= (await clock(context, tx)))
        throw fail("FORBIDDEN", "This guest's time is over.");
      const guest = user.guest_of === null ? {} : { guestOf: user.guest_of };
      return { userId: user.user_id, roles: await rolesOf(context, tx, user.user_id), ...guest, ...muted(user) };
    });
  }),
};
