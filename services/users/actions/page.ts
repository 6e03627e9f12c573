/** All accounts, page by page, for services that have to reach every user without holding them all. */
import { Op } from "sequelize";
import { act } from "../../../platform/service";
import { contextOf } from "../context";
import { type UserRow } from "../models";

export const pageActions = {
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
