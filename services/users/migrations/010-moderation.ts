/** Reports, what the staff tells people, and mutes and bans that end. */
import { type Migration } from "../../../mixins/sql";

const statements = [
  `CREATE TABLE reports (
    report_id varchar(24) PRIMARY KEY,
    kind varchar(20) NOT NULL,
    target varchar(40) NOT NULL,
    user_id integer,
    conversation_id varchar(24),
    reporter_id integer NOT NULL,
    reason varchar(20) NOT NULL,
    text varchar(2000) NOT NULL,
    evidence text,
    state varchar(20) NOT NULL DEFAULT 'open',
    assignee_id integer,
    version integer NOT NULL DEFAULT 1,
    deed varchar(20),
    note varchar(2000),
    handled_by integer,
    handled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`,
  // Of one thing one person has one report that is not handled.
  `CREATE UNIQUE INDEX reports_once ON reports (reporter_id, kind, target) WHERE handled_at IS NULL`,
  "CREATE INDEX reports_state ON reports (state, report_id)",
  "CREATE INDEX reports_reporter ON reports (reporter_id, created_at)",
  "CREATE INDEX reports_about ON reports (user_id, report_id) WHERE user_id IS NOT NULL",
  "CREATE INDEX reports_evidence ON reports (handled_at) WHERE evidence IS NOT NULL",
  `CREATE TABLE notices (
    notice_id varchar(24) PRIMARY KEY,
    user_id integer NOT NULL,
    title varchar(200) NOT NULL,
    content varchar(4000) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  "ALTER TABLE users ADD COLUMN muted_until timestamptz, ADD COLUMN banned_until timestamptz",
  "CREATE INDEX users_banned_until ON users (banned_until) WHERE banned_until IS NOT NULL",
];

const migration: Migration = {
  name: "010-moderation",
  async up(run) {
    for (const statement of statements) await run(statement);
  },
  async down(run) {
    await run("DROP TABLE reports");
    await run("DROP TABLE notices");
    await run("ALTER TABLE users DROP COLUMN muted_until, DROP COLUMN banned_until");
  },
};
export default migration;
