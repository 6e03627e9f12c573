/** Accounts for one conversation and a time. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "009-guests",
  async up(run) {
    await run("ALTER TABLE users ADD COLUMN guest_of varchar(24), ADD COLUMN guest_until timestamptz");
    await run("CREATE INDEX users_guests ON users (guest_until) WHERE guest_until IS NOT NULL");
  },
  async down(run) {
    await run("ALTER TABLE users DROP COLUMN guest_of, DROP COLUMN guest_until");
  },
};
export default migration;
