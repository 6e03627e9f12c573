/**
 * The accounts of the embedded PostgreSQL into another one, in one transaction of it: all of them or none, however it ends.
 * Both servers sum up what they have then, and only equal sums are committed.
 */
import { createHash } from "node:crypto";
import { QueryTypes, type Sequelize, type Transaction } from "sequelize";
import { type Env } from "../../contracts/env";
import { withMigrationDatabase } from "../../mixins/sql/database";
import { migrateUp } from "../../mixins/sql/migrations";
import { migrations } from "../../services/users/migrations";
import { type Say } from "./documents";

const MOVE = "chat_move";
/** What the migrations themselves fill. */
const SEEDED = new Set(["roles", "migrations", MOVE]);
const BATCH = 500;
type Rows = Record<string, string | number | boolean | null>[];

/** One of the two databases, inside a transaction. */
class Side {
  constructor(
    private readonly sequelize: Sequelize,
    private readonly transaction: Transaction,
  ) {}

  all(sql: string, bind: readonly unknown[] = []): Promise<Rows> {
    const { transaction } = this;
    return this.sequelize.query(sql, { bind: [...bind], transaction, type: QueryTypes.SELECT });
  }
  async run(sql: string, bind?: readonly unknown[]): Promise<void> {
    await this.sequelize.query(sql, { ...(bind ? { bind: [...bind] } : {}), transaction: this.transaction });
  }
  /** Both write times alike. */
  async agree(): Promise<void> {
    for (const setting of ["TimeZone = 'UTC'", "DateStyle = 'ISO'", "extra_float_digits = 1", "bytea_output = 'hex'"])
      await this.run(`SET LOCAL ${setting}`);
  }
  async tables(): Promise<string[]> {
    const rows = await this.all(
      "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
    );
    return rows.map(({ tablename }) => String(tablename)).filter((name) => name !== "migrations" && name !== MOVE);
  }
  async columns(table: string): Promise<string> {
    const rows = await this.all(
      "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name",
      [table],
    );
    return rows.map(({ column_name }) => `"${String(column_name)}"`).join(", ");
  }
  /** Rows and the sum of their digests, in whatever order they lie. */
  async sum(table: string, columns: string): Promise<string> {
    const digest = `('x' || substr(md5(ROW(${columns})::text), 1, 15))::bit(60)::bigint::numeric`;
    const [row] = await this.all(`SELECT count(*) AS n, coalesce(sum(${digest}), 0) AS sum FROM "${table}"`);
    return `${row?.n} rows, ${row?.sum}`;
  }
}

async function refuseFilled(target: Side): Promise<void> {
  for (const table of await target.tables()) {
    const [row] = await target.all(`SELECT EXISTS (SELECT 1 FROM "${table}") AS filled`);
    if (row?.filled && !SEEDED.has(table))
      throw new Error(`The PostgreSQL to move to is not empty: it has rows in ${table}.`);
  }
}

/** Rows may name others that come later: what ties them is taken off meanwhile, and checked when it comes back. */
async function untied(target: Side, work: () => Promise<void>): Promise<void> {
  const ties = await target.all(
    `SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
  );
  for (const { table, name } of ties) await target.run(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  await work();
  for (const { table, name, definition } of ties)
    await target.run(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
}

async function copy(source: Side, target: Side, table: string, columns: string): Promise<void> {
  if (SEEDED.has(table)) await target.run(`DELETE FROM "${table}"`);
  await source.run(`DECLARE moved CURSOR FOR SELECT row_to_json(t)::text AS row FROM "${table}" t`);
  for (;;) {
    const rows = await source.all(`FETCH ${BATCH} FROM moved`);
    if (rows.length === 0) break;
    const list = `[${rows.map(({ row }) => String(row)).join(",")}]`;
    await target.run(
      `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::"${table}", $1::json)`,
      [list],
    );
  }
  await source.run("CLOSE moved");
}

/** New accounts get the next numbers there, too. */
async function copySequences(source: Side, target: Side): Promise<void> {
  const names = await source.all("SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()");
  for (const { sequencename } of names) {
    const [state] = await source.all(`SELECT last_value, is_called FROM "${sequencename}"`);
    await target.run(`SELECT setval('"${sequencename}"', $1::bigint, $2::boolean)`, [
      String(state?.last_value),
      state?.is_called,
    ]);
  }
}

async function copyAll(source: Side, target: Side, say: Say): Promise<string> {
  const tables = await source.tables();
  await untied(target, async () => {
    for (const table of tables) await copy(source, target, table, await source.columns(table));
    await copySequences(source, target);
  });
  for (const table of tables) {
    const columns = await source.columns(table);
    const [here, there] = [await source.sum(table, columns), await target.sum(table, columns)];
    if (here !== there) throw new Error(`${table}: moved were ${here}, found are ${there}. Nothing was kept.`);
    if (!here.startsWith("0 ")) say(`${table}: ${here}, the same in both`);
  }
  return `Accounts: ${tables.length} tables, each the same in both.`;
}

/** What the accounts are now: by this a move that came this far is known again. */
async function stateOf(side: Side): Promise<string> {
  const sums: string[] = [];
  for (const table of await side.tables()) sums.push(`${table} ${await side.sum(table, await side.columns(table))}`);
  return createHash("sha256").update(sums.join("\n")).digest("hex");
}

async function moveInto(source: Side, target: Side, say: Say): Promise<string> {
  await source.agree();
  await target.agree();
  await target.run(`CREATE TABLE IF NOT EXISTS ${MOVE} (source char(64) NOT NULL, moved_at timestamptz DEFAULT now())`);
  const [before] = await target.all(`SELECT source FROM ${MOVE}`);
  const state = await stateOf(source);
  if (before?.source === state) return "Accounts: moved already.";
  if (before)
    throw new Error(
      "The PostgreSQL to move to has accounts that were moved before, of another system or before this one went on. Empty it first.",
    );
  await refuseFilled(target);
  const told = await copyAll(source, target, say);
  await target.run(`INSERT INTO ${MOVE} (source) VALUES ($1)`, [state]);
  return told;
}

/**
 * The caller holds the lock of DATA_DIR.
 * @returns what was moved, for the operator
 */
export const moveAccounts = (env: Env, url: string, say: Say): Promise<string> =>
  withMigrationDatabase({ ...env, POSTGRES_URL: undefined }, (from) =>
    withMigrationDatabase({ ...env, POSTGRES_URL: url }, async (to) => {
      await migrateUp(from, migrations);
      await migrateUp(to, migrations);
      return from.transaction((reading) =>
        to.transaction((writing) => moveInto(new Side(from, reading), new Side(to, writing), say)),
      );
    }),
  );
