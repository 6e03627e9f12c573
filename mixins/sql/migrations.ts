/** Migrations up, down and status by umzug: all of one run in one transaction, one node at a time. */
import { QueryTypes, type Sequelize, type Transaction } from "sequelize";
import { type Umzug, type UmzugStorage } from "umzug";

/** Runs one statement inside the migration's transaction. */
export type Run = (sql: string) => Promise<unknown>;
export interface Migration {
  /** Sorts by time: `001-accounts`. Never renamed once released. */
  readonly name: string;
  up(run: Run): Promise<void>;
  down(run: Run): Promise<void>;
}

/** Names our lock among those of others in the same database. */
const LOCK = 7_241_933;
const LOCK_RETRY = 500;

/** PostgreSQL's DDL is transactional, so that a run that fails or is killed leaves nothing half done. */
function storageIn(sequelize: Sequelize, transaction: Transaction): UmzugStorage {
  return {
    async logMigration({ name }) {
      await sequelize.query("INSERT INTO migrations (name) VALUES ($1)", { bind: [name], transaction });
    },
    async unlogMigration({ name }) {
      await sequelize.query("DELETE FROM migrations WHERE name = $1", { bind: [name], transaction });
    },
    async executed() {
      const rows = await sequelize.query<{ name: string }>("SELECT name FROM migrations ORDER BY name", {
        type: QueryTypes.SELECT,
        transaction,
      });
      return rows.map((row) => row.name);
    },
  };
}

/** Loaded where there is something to do: most starts have nothing to migrate. */
async function umzugIn(
  sequelize: Sequelize,
  transaction: Transaction,
  migrations: readonly Migration[],
): Promise<Umzug> {
  const { Umzug } = await import("umzug");
  const run: Run = (sql) => sequelize.query(sql, { transaction });
  return new Umzug({
    migrations: migrations.map((m) => ({ name: m.name, up: () => m.up(run), down: () => m.down(run) })),
    storage: storageIn(sequelize, transaction),
    logger: undefined,
  });
}

/** Undefined while another node holds the lock. */
async function tryLocked<T>(
  sequelize: Sequelize,
  migrations: readonly Migration[],
  task: (umzug: Umzug) => Promise<T>,
): Promise<{ result: T } | undefined> {
  return sequelize.transaction(async (transaction) => {
    const [lock] = await sequelize.query<{ got: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS got`, {
      type: QueryTypes.SELECT,
      transaction,
    });
    if (!lock?.got) return undefined;
    await sequelize.query(
      "CREATE TABLE IF NOT EXISTS migrations (name varchar(255) PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
      { transaction },
    );
    return { result: await task(await umzugIn(sequelize, transaction, migrations)) };
  });
}

async function locked<T>(
  sequelize: Sequelize,
  migrations: readonly Migration[],
  task: (umzug: Umzug) => Promise<T>,
): Promise<T> {
  for (;;) {
    const got = await tryLocked(sequelize, migrations, task);
    if (got) return got.result;
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY));
  }
}

const names = (list: readonly { name: string }[]): string[] => list.map((m) => m.name);

/** True where nothing is to be done, which is so at all starts but the first of a new version. */
async function isUp(sequelize: Sequelize, migrations: readonly Migration[]): Promise<boolean> {
  const [{ there } = { there: false }] = await sequelize.query<{ there: boolean }>(
    "SELECT to_regclass('migrations') IS NOT NULL AS there",
    { type: QueryTypes.SELECT },
  );
  if (!there) return false;
  const rows = await sequelize.query<{ name: string }>("SELECT name FROM migrations", { type: QueryTypes.SELECT });
  const applied = new Set(names(rows));
  return migrations.every(({ name }) => applied.has(name));
}

/** @returns the names of those that were applied */
export async function migrateUp(sequelize: Sequelize, migrations: readonly Migration[]): Promise<string[]> {
  if (await isUp(sequelize, migrations)) return [];
  return locked(sequelize, migrations, async (umzug) => names(await umzug.up()));
}

/** Takes the newest one back, or all with `all`. */
export const migrateDown = (sequelize: Sequelize, migrations: readonly Migration[], all = false): Promise<string[]> =>
  locked(sequelize, migrations, async (umzug) => names(await umzug.down(all ? { to: 0 } : {})));

export const migrationStatus = (
  sequelize: Sequelize,
  migrations: readonly Migration[],
): Promise<{ applied: string[]; pending: string[] }> =>
  locked(sequelize, migrations, async (umzug) => ({
    applied: names(await umzug.executed()),
    pending: names(await umzug.pending()),
  }));
