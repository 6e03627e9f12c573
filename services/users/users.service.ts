/** Accounts, sessions, roles and block lists. */
import { type Service } from "moleculer";
import { probe } from "../../mixins/health";
import { act, service } from "../../mixins/service";
import { sql } from "../../mixins/sql";
import { adminActions } from "./actions/admin";
import { blockActions } from "./actions/blocks";
import { credentialActions } from "./actions/credentials";
import { entryActions } from "./actions/entry";
import { pageActions } from "./actions/page";
import { operatorActions } from "./actions/operators";
import { profileActions } from "./actions/profile";
import { sessionActions } from "./actions/sessions";
import { tokenActions } from "./actions/tokens";
import { ensureAdmin, sweep, SWEEP_EVERY } from "./bootstrap";
import { closeHouse, type House, houseOf, openHouse } from "./house";
import { migrations } from "./migrations";

const sweepers = new WeakMap<Service, NodeJS.Timeout>();

function sweepNow(house: House): void {
  sweep(house).catch((error: unknown) => house.logger.warn("Old sessions were not swept; next time", error));
}

export default service({
  name: "users",
  mixins: [sql(migrations)],
  actions: {
    ...entryActions,
    ...sessionActions,
    ...credentialActions,
    ...profileActions,
    ...blockActions,
    ...operatorActions,
    ...pageActions,
    ...tokenActions,
    ...adminActions,
    health: act("users.health", function () {
      const { db } = houseOf(this);
      return probe({ sql: () => db.work((tx) => db.sequelize.query("SELECT 1", { transaction: tx })) });
    }),
  },
  async started(this: Service) {
    const house = openHouse(this);
    await ensureAdmin(house);
    sweepers.set(this, setInterval(() => sweepNow(house), SWEEP_EVERY).unref());
  },
  async stopped(this: Service) {
    clearInterval(sweepers.get(this));
    await closeHouse(this);
  },
});
