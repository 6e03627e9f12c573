/** What happened to accounts and the log of facts does not have yet. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "011-facts",
  async up(run) {
    await run(`CREATE TABLE owed_facts (
      n bigserial PRIMARY KEY,
      fact_key varchar(24) NOT NULL,
      type varchar(40) NOT NULL,
      data text NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  },
  async down(run) {
    await run("DROP TABLE owed_facts");
  },
};
export default migration;
