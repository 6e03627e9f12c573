/** What operators see and end of another's account; each asks the database whether the caller is an admin still. */
import { type Transaction } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { act } from "../../../mixins/service";
import { announceCut } from "../cuts";
import { existingUser, type House, houseOf, rolesOf } from "../house";
import { ownUser } from "../profiles";
import { mustBeAdmin } from "../roles";
import { cutSessions, voidTokens } from "../session-store";
import { blocksOf } from "./blocks";
import { sessionsOf } from "./sessions";

/** Runs in one transaction with the user found and the caller known to be an admin. */
const asAdmin = <T>(house: House, caller: Caller, id: number, work: (tx: Transaction, user: Caller) => Promise<T>) =>
  house.db.work(async (tx) => {
    await mustBeAdmin(house, tx, caller);
    await existingUser(house, tx, id);
    return work(tx, { userId: id, sessionId: "", roles: [] });
  });

export const operatorActions = {
  sessionsOf: act("users.sessionsOf", function (caller, { id }) {
    const house = houseOf(this);
    return asAdmin(house, caller, id, (tx, user) => sessionsOf(house, tx, user));
  }),

  revokeAll: act("users.revokeAll", async function (caller, { id }) {
    const house = houseOf(this);
    const at = await asAdmin(house, caller, id, async (tx) => {
      await cutSessions(house, tx, { user_id: id });
      return voidTokens(house, tx, id);
    });
    await announceCut(house, { userId: id, at });
    return {};
  }),

  exportOf: act("users.exportOf", async function (caller, { id }) {
    const house = houseOf(this);
    const blocked = await blocksOf(house, id);
    return asAdmin(house, caller, id, async (tx, user) => ({
      user: ownUser(await existingUser(house, tx, id), await rolesOf(house, tx, id)),
      sessions: await sessionsOf(house, tx, user),
      blocked,
    }));
  }),
};
