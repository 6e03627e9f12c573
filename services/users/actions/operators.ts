/** What operators see and end of another's account; each asks the database whether the caller is an admin still. */
import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Transaction } from "sequelize";
import { type Caller } from "../../../contracts/caller";
import { fail } from "../../../contracts/errors";
import { envOf } from "../../../platform/env";
import { act } from "../../../platform/service";
import { note, ofUser, record } from "../audit";
import { announceCuts } from "../cuts";
import { existingUser, type UsersContext, contextOf, rolesOf } from "../context";
import { endTokens } from "../household";
import { ownUser } from "../profiles";
import { mustBeAdmin } from "../roles";
import { cutSessions, voidTokens } from "../session-store";
import { blocksOf } from "./blocks";
import { sessionsOf } from "./sessions";

/** Runs in one transaction with the user found and the caller known to be an admin. */
const asAdmin = <T>(
  context: UsersContext,
  caller: Caller,
  id: number,
  work: (tx: Transaction, user: Caller) => Promise<T>,
) =>
  context.db.work(async (tx) => {
    await mustBeAdmin(context, tx, caller);
    await existingUser(context, tx, id);
    return work(tx, { userId: id, sessionId: "", roles: [] });
  });

/** Beside the database, for who reads its folder anyway. */
const DUMPS = "accounts-dump-";
const OLD_MS = 3_600_000;

/** Who asked for one takes it away, unless they were broken off. */
async function removeOldDumps(dir: string): Promise<void> {
  for (const name of (await readdir(dir)).filter((n) => n.startsWith(DUMPS))) {
    const path = join(dir, name);
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > OLD_MS) await rm(path, { force: true });
  }
}

export const operatorActions = {
  sessionsOf: act("users.sessionsOf", function (caller, { id }) {
    const context = contextOf(this);
    return asAdmin(context, caller, id, (tx, user) => sessionsOf(context, tx, user));
  }),

  revokeAll: act("users.revokeAll", async function (caller, { id }, ctx) {
    const context = contextOf(this);
    const { at, bots } = await asAdmin(context, caller, id, async (tx) => {
      await cutSessions(context, tx, { user_id: id });
      const bots = await endTokens(context, tx, id);
      const at = await voidTokens(context, tx, id);
      await record(context, tx, ctx.meta, { event: "sessions.ended", target: ofUser(id) });
      return { bots, at };
    });
    await announceCuts(context, { userId: id, at }, bots);
    return {};
  }),

  dump: act("users.dump", async function (caller, _params, ctx) {
    const context = contextOf(this);
    await context.db.work((tx) => mustBeAdmin(context, tx, caller));
    if (!context.db.dump) throw fail("BAD_REQUEST", "The accounts are in PostgreSQL: pg_dump copies them.");
    await note(context, ctx.meta, { event: "accounts.dumped" });
    const dir = envOf(this.broker).DATA_DIR;
    await removeOldDumps(dir);
    const file = `${DUMPS}${randomUUID()}`;
    await context.db.dump(join(dir, file));
    return { file };
  }),

  exportOf: act("users.exportOf", async function (caller, { id }, ctx) {
    const context = contextOf(this);
    const blocked = await blocksOf(context, id);
    return asAdmin(context, caller, id, async (tx, owner) => {
      const user = ownUser(await existingUser(context, tx, id), await rolesOf(context, tx, id));
      const sessions = await sessionsOf(context, tx, owner);
      await record(context, tx, ctx.meta, { event: "account.exported", target: ofUser(id) });
      return { user, sessions, blocked };
    });
  }),
};
