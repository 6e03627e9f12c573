/** Accounts that come from another system. */
import { QueryTypes, type Transaction } from "sequelize";
import { type Params } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { act } from "../../../platform/service";
import { createUser } from "../accounts";
import { record } from "../audit";
import { contextOf, type UsersContext } from "../context";
import { checkedName, emailKey } from "../profiles";
import { mustBeAdmin } from "../roles";

type Taken = Params<"users.takeIn">["users"][number];

/** By its key, or by its address: who has an account here already goes on with it. */
async function known(context: UsersContext, tx: Transaction, { key, email }: Taken): Promise<number | undefined> {
  const [row] = await context.db.sequelize.query<{ user_id: number }>(
    "SELECT user_id FROM users WHERE external_id = $1 OR email_key = $2 ORDER BY external_id = $1 DESC NULLS LAST LIMIT 1",
    { bind: [key, email === undefined ? null : emailKey(email)], type: QueryTypes.SELECT, transaction: tx },
  );
  return row?.user_id;
}

async function make(context: UsersContext, tx: Transaction, user: Taken): Promise<number> {
  const username = checkedName(user.username);
  const made = await createUser(context, tx, { username, email: user.email ?? null, password_hash: null });
  return made.user_id;
}

async function takeIn(context: UsersContext, tx: Transaction, user: Taken): Promise<number> {
  const id = (await known(context, tx, user)) ?? (await make(context, tx, user));
  const since = user.created_at === undefined ? null : new Date(user.created_at);
  await context.db.sequelize.query(
    "UPDATE users SET external_id = coalesce(external_id, $2), created_at = least(created_at, coalesce($3, created_at)) WHERE user_id = $1",
    { bind: [id, user.key, since], transaction: tx },
  );
  return id;
}

export const movingActions = {
  takeIn: act("users.takeIn", async function (caller, { users }, ctx) {
    const context = contextOf(this);
    if (new Set(users.map(({ key }) => key)).size < users.length)
      throw fail("BAD_REQUEST", "A key stands there twice.");
    return context.db.work(async (tx) => {
      await mustBeAdmin(context, tx, caller);
      const taken = [];
      for (const user of users) taken.push({ key: user.key, user_id: await takeIn(context, tx, user) });
      await record(context, tx, ctx.meta, { event: "accounts.imported", details: { count: users.length } });
      return taken;
    });
  }),
};
