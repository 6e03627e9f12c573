/** Who may add an account to groups at once. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "002-group-invites",
  async up(run) {
    await run(
      `ALTER TABLE users ADD COLUMN group_invites varchar(20) NOT NULL DEFAULT 'everyone'
         CHECK (group_invites IN ('everyone', 'acquaintances'))`,
    );
  },
  async down(run) {
    await run("ALTER TABLE users DROP COLUMN group_invites");
  },
};
export default migration;
