/** What other services ask of accounts: all of them, page by page, and what the log of facts tells of some. */
import { Op } from "sequelize";
import { act } from "../../../platform/service";
import { contextOf } from "../context";
import { type UserRow } from "../models";
import { publicUser } from "../profiles";

export const pageActions = {
  told: act("users.told", async function (_caller, { ids }) {
    const context = contextOf(this);
    const where = { user_id: [...ids] };
    const rows = await context.db.work((tx) => context.User.findAll({ where, transaction: tx, raw: true }));
    return (rows as unknown as UserRow[]).map((row) => ({ ...publicUser(row), external_id: row.external_id }));
  }),

  page: act("users.page", async function (_caller, { after, limit, before }) {
    const context = contextOf(this);
    const where = { user_id: { [Op.gt]: after }, created_at: { [Op.lt]: new Date(before) }, status: "active" };
    const attributes = ["user_id"];
    const rows = await context.db.work((transaction) =>
      context.User.findAll({ where, attributes, order: [["user_id", "ASC"]], limit, transaction, raw: true }),
    );
    return (rows as unknown as Pick<UserRow, "user_id">[]).map((row) => row.user_id);
  }),
};
