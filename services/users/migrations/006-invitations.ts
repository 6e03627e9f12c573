/** Who may come in: invitations, and accounts that are shut without a ban. */
import { type Migration } from "../../../mixins/sql";

const statuses = (names: string): string =>
  `ALTER TABLE users ADD CONSTRAINT users_status_check CHECK (status IN (${names}))`;
const dropStatuses = "ALTER TABLE users DROP CONSTRAINT users_status_check";

const migration: Migration = {
  name: "006-invitations",
  async up(run) {
    await run(`CREATE TABLE invitations (
      invitation_id varchar(24) PRIMARY KEY,
      digest char(64) NOT NULL UNIQUE,
      email varchar(255),
      email_key varchar(255),
      role varchar(50) NOT NULL,
      uses integer NOT NULL,
      used integer NOT NULL DEFAULT 0,
      created_by integer NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL
    )`);
    await run("CREATE INDEX invitations_expired ON invitations (expires_at)");
    await run(dropStatuses);
    await run(statuses("'active', 'deactivated', 'banned', 'deleted'"));
  },
  async down(run) {
    await run("UPDATE users SET status = 'banned' WHERE status = 'deactivated'");
    await run(dropStatuses);
    await run(statuses("'active', 'banned', 'deleted'"));
    await run("DROP TABLE invitations");
  },
};
export default migration;
