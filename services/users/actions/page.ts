/** All accounts, page by page, for services that have to reach every user without holding them all. */
import { Op } from "sequelize";
import { act } from "../../../mixins/service";
import { houseOf } from "../house";
import { type UserRow } from "../models";

export const pageActions = {
  page: act("users.page", async function (_caller, { after, limit, before }) {
    const house = houseOf(this);
    const where = { user_id: { [Op.gt]: after }, created_at: { [Op.lt]: new Date(before) }, status: "active" };
    const attributes = ["user_id"];
    const rows = await house.db.work((transaction) =>
      house.User.findAll({ where, attributes, order: [["user_id", "ASC"]], limit, transaction, raw: true }),
    );
    return (rows as unknown as Pick<UserRow, "user_id">[]).map((row) => row.user_id);
  }),
};
