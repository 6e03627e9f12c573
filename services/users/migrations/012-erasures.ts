/** Deleted accounts whose words are to go, and what was found and left of them. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "012-erasures",
  async up(run) {
    await run(`CREATE TABLE erasures (
      user_id integer PRIMARY KEY REFERENCES users (user_id),
      requested_by integer NOT NULL,
      requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      held boolean NOT NULL DEFAULT false,
      found text,
      remaining text,
      finished_at timestamptz
    )`);
    await run("CREATE INDEX erasures_due ON erasures (due_at) WHERE finished_at IS NULL");
  },
  async down(run) {
    await run("DROP TABLE erasures");
  },
};
export default migration;
