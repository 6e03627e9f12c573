/** Accounts, roles, sessions, block lists, one-time and API tokens. */
import { type Migration } from "../../../mixins/sql";

const statements = [
  `CREATE TABLE users (
    user_id serial PRIMARY KEY,
    username varchar(255) NOT NULL,
    name_key varchar(255) NOT NULL,
    name_words tsvector NOT NULL,
    email varchar(255),
    email_key varchar(255) UNIQUE,
    email_verified_at timestamptz,
    password_hash varchar(255),
    avatar_url varchar(2048),
    status varchar(20) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'banned', 'deleted')),
    owner_id integer REFERENCES users (user_id),
    tokens_void_before timestamptz,
    totp_secret varchar(255),
    totp_confirmed_at timestamptz,
    totp_last_step integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX users_name_key ON users (name_key COLLATE "C", user_id)',
  "CREATE INDEX users_name_words ON users USING gin (name_words)",
  "CREATE INDEX users_owner ON users (owner_id) WHERE owner_id IS NOT NULL",
  "CREATE INDEX users_void ON users (tokens_void_before) WHERE tokens_void_before IS NOT NULL",

  `CREATE TABLE roles (
    role_id serial PRIMARY KEY,
    name varchar(50) NOT NULL UNIQUE,
    description varchar(255) NOT NULL
  )`,
  `INSERT INTO roles (name, description) VALUES
    ('admin', 'Runs the place: roles, bans, everybody''s accounts'),
    ('moderator', 'Keeps the peace: removes messages'),
    ('user', 'Chats')`,
  `CREATE TABLE user_role (
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    role_id integer NOT NULL REFERENCES roles (role_id) ON DELETE CASCADE,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, role_id)
  )`,

  `CREATE TABLE tokens (
    token_id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    family_id varchar(32) NOT NULL UNIQUE,
    access_token char(64) NOT NULL,
    refresh_token char(64) NOT NULL,
    generation integer NOT NULL,
    issued_at timestamptz NOT NULL,
    expired_at timestamptz NOT NULL,
    user_agent varchar(512) NOT NULL,
    ip varchar(64) NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    revoked_at timestamptz
  )`,
  "CREATE INDEX tokens_user ON tokens (user_id)",
  "CREATE INDEX tokens_revoked ON tokens (revoked_at) WHERE revoked_at IS NOT NULL",
  "CREATE INDEX tokens_expired ON tokens (expired_at)",

  `CREATE TABLE user_block (
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    blocked_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, blocked_id)
  )`,
  "CREATE INDEX user_block_blocked ON user_block (blocked_id)",

  `CREATE TABLE one_time_tokens (
    digest char(64) PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    purpose varchar(20) NOT NULL CHECK (purpose IN ('reset', 'verify')),
    email_key varchar(255) NOT NULL,
    expires_at timestamptz NOT NULL
  )`,
  "CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id, purpose)",

  `CREATE TABLE recovery_codes (
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    digest char(64) NOT NULL,
    PRIMARY KEY (user_id, digest)
  )`,

  `CREATE TABLE api_tokens (
    token_id varchar(32) PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    name varchar(100) NOT NULL,
    digest char(64) NOT NULL,
    scopes varchar(255) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
  )`,
  "CREATE INDEX api_tokens_user ON api_tokens (user_id)",
  "CREATE INDEX api_tokens_revoked ON api_tokens (revoked_at) WHERE revoked_at IS NOT NULL",

  `CREATE TABLE attempts (
    key varchar(80) PRIMARY KEY,
    count integer NOT NULL,
    resets_at timestamptz NOT NULL
  )`,
];

const tables = [
  "attempts",
  "api_tokens",
  "recovery_codes",
  "one_time_tokens",
  "user_block",
  "tokens",
  "user_role",
  "roles",
  "users",
];

const migration: Migration = {
  name: "001-accounts",
  async up(run) {
    for (const statement of statements) await run(statement);
  },
  async down(run) {
    for (const table of tables) await run(`DROP TABLE ${table}`);
  },
};
export default migration;
