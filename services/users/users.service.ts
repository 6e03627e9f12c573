/** Accounts, sessions, roles and block lists. */
import { type Service } from "moleculer";
import { probe } from "../../mixins/health";
import { act, service } from "../../mixins/service";
import { sql } from "../../mixins/sql";
import { blockActions } from "./actions/blocks";
import { entryActions } from "./actions/entry";
import { pageActions } from "./actions/page";
import { profileActions } from "./actions/profile";
import { sessionActions } from "./actions/sessions";
import { closeHouse, houseOf, openHouse } from "./house";
import { migrations } from "./migrations";

export default service({
  name: "users",
  mixins: [sql(migrations)],
  actions: {
    ...entryActions,
    ...sessionActions,
    ...profileActions,
    ...blockActions,
    ...pageActions,
    health: act("users.health", function () {
      const { db } = houseOf(this);
      return probe({ sql: () => db.work((tx) => db.sequelize.query("SELECT 1", { transaction: tx })) });
    }),
  },
  started(this: Service) {
    openHouse(this);
  },
  async stopped(this: Service) {
    await closeHouse(this);
  },
});
