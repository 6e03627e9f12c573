/** Accounts elsewhere that open an account here. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "007-identities",
  async up(run) {
    await run(`CREATE TABLE identities (
      issuer varchar(500) NOT NULL,
      subject varchar(255) NOT NULL,
      user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (issuer, subject)
    )`);
    await run("CREATE INDEX identities_user ON identities (user_id)");
  },
  async down(run) {
    await run("DROP TABLE identities");
  },
};
export default migration;
