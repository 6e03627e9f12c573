/** Who somebody is: to oneself, to others, to other services. */
import { fail } from "../../../contracts/errors";
import { act } from "../../../mixins/service";
import { existingUser, houseOf, rolesOf } from "../house";
import { type UserRow } from "../models";
import { ownUser, publicUser } from "../profiles";

export const profileActions = {
  me: act("users.me", function (caller) {
    const house = houseOf(this);
    return house.db.work(async (tx) => {
      const user = await existingUser(house, tx, caller.userId);
      return ownUser(user, await rolesOf(house, tx, user.user_id));
    });
  }),

  get: act("users.get", async function (_caller, { id }) {
    const house = houseOf(this);
    const user = await house.db.work((tx) => house.User.findByPk(id, { transaction: tx, raw: true }));
    if (!user) throw fail("NOTFOUND", "There is no such user.");
    return publicUser(user as unknown as UserRow);
  }),

  profiles: act("users.profiles", async function (_caller, { ids }) {
    const house = houseOf(this);
    const where = { user_id: ids };
    const users = await house.db.work((tx) => house.User.findAll({ where, transaction: tx, raw: true }));
    return (users as unknown as UserRow[]).map(publicUser);
  }),
};
