/**
 * Deleted accounts whose words stay are followed up, too. A node of the version before goes by `due_at` alone: there such
 * are never due, and it does not take their words.
 */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "013-forgetting",
  async up(run) {
    await run(`ALTER TABLE erasures
      ADD COLUMN words boolean NOT NULL DEFAULT true,
      ADD COLUMN next_at timestamptz NOT NULL DEFAULT clock_timestamp()`);
    await run("CREATE INDEX erasures_next ON erasures (next_at) WHERE finished_at IS NULL");
  },
  async down(run) {
    await run("DELETE FROM erasures WHERE NOT words");
    await run("ALTER TABLE erasures DROP COLUMN words, DROP COLUMN next_at");
  },
};
export default migration;
