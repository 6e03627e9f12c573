/** The product's own data on an account, as JSON. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "004-custom-data",
  async up(run) {
    await run("ALTER TABLE users ADD COLUMN custom text");
  },
  async down(run) {
    await run("ALTER TABLE users DROP COLUMN custom");
  },
};
export default migration;
