/** The audit log. The database itself refuses to change or remove a line of it. */
import { type Migration } from "../../../mixins/sql";

const statements = [
  `CREATE TABLE audit_log (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    event varchar(40) NOT NULL,
    actor_id integer,
    session_id varchar(64),
    ip varchar(64),
    target varchar(80),
    details text NOT NULL,
    previous char(64) NOT NULL UNIQUE,
    hash char(64) NOT NULL
  )`,
  "CREATE INDEX audit_log_actor ON audit_log (actor_id, seq) WHERE actor_id IS NOT NULL",
  "CREATE INDEX audit_log_target ON audit_log (target, seq) WHERE target IS NOT NULL",
  `CREATE FUNCTION audit_log_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$`,
  `CREATE TRIGGER audit_log_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_grows()`,
];

const migration: Migration = {
  name: "008-audit",
  async up(run) {
    for (const statement of statements) await run(statement);
  },
  async down(run) {
    await run("DROP TABLE audit_log");
    await run("DROP FUNCTION audit_log_grows");
  },
};
export default migration;
