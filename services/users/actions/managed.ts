/** What server keys and admins do with accounts that are kept elsewhere. */
import { isOperator } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { act } from "../../../platform/service";
import { announceCut } from "../cuts";
import { contextOf, existingUser, lockedUser, rolesOf } from "../context";
import { byExternalId, change, kept, make, shown } from "../managed";
import { mustBeAdmin } from "../roles";
import { cutSessions, openSession } from "../session-store";
import { sessionsOf } from "./sessions";

const noSuchUser = (): Error => fail("NOTFOUND", "There is no such user.");

export const managedActions = {
  create: act("users.create", function (caller, wanted) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      return make(context, tx, wanted);
    });
  }),

  put: act("users.put", function (caller, { externalId: external_id, ...wanted }) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const found = await byExternalId(context, tx, external_id);
      return found ? change(context, tx, caller, found, wanted) : make(context, tx, { ...wanted, external_id });
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

  change: act("users.change", function (caller, { id, ...wanted }) {
    const context = contextOf(this);
    return kept(context, async (tx) => {
      await mustBeAdmin(context, tx, caller);
      return change(context, tx, caller, await existingUser(context, tx, id), wanted);
    });
  }),

  mint: act("users.mint", function (caller, { id }) {
    const context = contextOf(this);
    // An admin sees much, but is never somebody else.
    if (!isOperator(caller)) throw fail("FORBIDDEN", "Tokens of others are made by a server key alone.");
    return context.db.work(async (tx) => {
      const user = await existingUser(context, tx, id);
      if (user.status !== "active") throw fail("FORBIDDEN", "This account is shut.");
      return openSession(context, tx, user, { userAgent: caller.sessionId, ip: "" });
    });
  }),

  endSessionOf: act("users.endSessionOf", async function (caller, { id, sessionId }) {
    const context = contextOf(this);
    const at = await context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      await existingUser(context, tx, id);
      const alive = await sessionsOf(context, tx, { userId: id, sessionId: "", roles: [] });
      if (!alive.some((session) => session.id === sessionId)) throw fail("NOTFOUND", "There is no such session.");
      return cutSessions(context, tx, { user_id: id, family_id: sessionId });
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
      return { userId: user.user_id, roles: await rolesOf(context, tx, user.user_id) };
    });
  }),
};
