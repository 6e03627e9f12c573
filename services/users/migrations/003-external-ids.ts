/** Where an account comes from: its key in another system. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "003-external-ids",
  async up(run) {
    await run("ALTER TABLE users ADD COLUMN external_id varchar(255) UNIQUE");
  },
  async down(run) {
    await run("ALTER TABLE users DROP COLUMN external_id");
  },
};
export default migration;
