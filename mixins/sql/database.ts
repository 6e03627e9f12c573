/** The SQL database of a node: PostgreSQL at POSTGRES_URL or PGlite under DATA_DIR, through the same Sequelize. */
import { type LoggerInstance } from "moleculer";
import { type Options, QueryTypes, Sequelize, type Transaction } from "sequelize";
import { type Env } from "../../contracts/env";
import { type Embedded, startEmbedded } from "./embedded";
import { type Migration, migrateUp } from "./migrations";
import { QUERY_MS, STATEMENT_MS, STORE_MS } from "../../platform/patience";
import { step } from "../../platform/tracing";
import { translated, within } from "./trouble";

const RETRY = 1_000;
const SAY_AGAIN = 10_000;

export interface Database {
  readonly sequelize: Sequelize;
  /**
   * One transaction; every query inside takes it, because the embedded database has one connection.
   * @throws UNAVAILABLE when the database is down or does not answer in time, whatever hangs: the pool, the link, the server or a query
   */
  work<T>(steps: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Of the embedded one: all of it into a file. Left out where PostgreSQL has tools of its own for that. */
  readonly dump?: (path: string) => Promise<void>;
  close(): Promise<void>;
}

const timeouts = {
  statement_timeout: STATEMENT_MS,
  query_timeout: QUERY_MS,
  connectionTimeoutMillis: STATEMENT_MS,
  idle_in_transaction_session_timeout: 10_000,
  keepAlive: true,
};

/** Everything that a connection does is in this schema, and in no other. */
const inSchema = ({ POSTGRES_SCHEMA: schema }: Env): object =>
  schema === undefined ? {} : { options: `-c search_path=${schema}` };

function connect(env: Env, embedded: Embedded | undefined, options: Options): Sequelize {
  const common: Options = { dialect: "postgres", logging: false, ...options };
  if (!embedded) {
    const dialectOptions = { ...common.dialectOptions, ...inSchema(env) };
    return new Sequelize(env.POSTGRES_URL ?? "", { ...common, dialectOptions });
  }
  return new Sequelize("postgres", "postgres", "", { ...common, host: embedded.host, port: embedded.port });
}

/** For migrations: one connection, and as long as they take. */
const openForMigrations = (env: Env, embedded?: Embedded): Sequelize =>
  connect(env, embedded, { pool: { max: 1, min: 0 }, dialectOptions: { connectionTimeoutMillis: STATEMENT_MS } });

/** Asked for first: who may make none may still use one that was made for them. */
async function makeSchema({ POSTGRES_URL: url, POSTGRES_SCHEMA: schema }: Env, sequelize: Sequelize): Promise<void> {
  if (url === undefined || schema === undefined) return;
  const asked = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
  const isThere = async (): Promise<boolean> =>
    (await sequelize.query(asked, { bind: [schema], type: QueryTypes.SELECT })).length > 0;
  if (await isThere()) return;
  await sequelize.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`).catch(async (error: unknown) => {
    if (!(await isThere())) throw error; // of two nodes that start at once, one makes it
  });
}

/** The database for a script that migrates it by hand; who embeds it holds the lock of DATA_DIR. */
export async function withMigrationDatabase<T>(env: Env, task: (sequelize: Sequelize) => Promise<T>): Promise<T> {
  const embedded = env.POSTGRES_URL ? undefined : await startEmbedded(env.DATA_DIR, (error) => console.error(error));
  const sequelize = openForMigrations(env, embedded);
  try {
    await makeSchema(env, sequelize);
    return await task(sequelize);
  } finally {
    await sequelize.close();
    await embedded?.stop();
  }
}

/** Where the database is, without its password. */
export function placeOf(env: Env): string {
  if (!env.POSTGRES_URL) return `the embedded PostgreSQL in ${env.DATA_DIR}/pg`;
  const { hostname, port, pathname } = new URL(env.POSTGRES_URL);
  const schema = env.POSTGRES_SCHEMA === undefined ? "" : `, schema ${env.POSTGRES_SCHEMA}`;
  return `PostgreSQL at ${hostname}:${port || 5432}${pathname}${schema}`;
}

/** A database that is not there yet is waited for: the operator sees why, and the node starts by itself. */
async function migrateWhenThere(
  env: Env,
  embedded: Embedded | undefined,
  migrations: readonly Migration[],
  logger: LoggerInstance,
  signal: AbortSignal,
): Promise<void> {
  let said = 0;
  while (!signal.aborted) {
    const sequelize = openForMigrations(env, embedded);
    try {
      await makeSchema(env, sequelize);
      const done = await migrateUp(sequelize, migrations);
      if (done.length > 0) logger.info(`Database migrated: ${done.join(", ")}`);
      return;
    } catch (error) {
      if (translated(error) === error) throw error;
      if (Date.now() - said > SAY_AGAIN) {
        logger.warn(`Waiting for ${placeOf(env)}: ${(error as Error).message}`);
        said = Date.now();
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    } finally {
      await sequelize.close();
    }
  }
}

export async function openDatabase(
  env: Env,
  migrations: readonly Migration[],
  logger: LoggerInstance,
  signal: AbortSignal,
): Promise<Database> {
  const embedded = env.POSTGRES_URL
    ? undefined
    : await startEmbedded(
        env.DATA_DIR,
        (error) => logger.error("The embedded PostgreSQL crashed; it is started again", error),
        (line) => logger.info(line),
      );
  try {
    await migrateWhenThere(env, embedded, migrations, logger, signal);
  } catch (error) {
    await embedded?.stop(); // its thread would keep the process from ending
    throw error;
  }
  const pool = { max: embedded ? 1 : 10, min: 0, acquire: QUERY_MS, idle: 30_000 };
  const sequelize = connect(env, embedded, { pool, dialectOptions: timeouts });
  return {
    sequelize,
    async work(steps) {
      try {
        return await step("sql transaction", () => within(STORE_MS, sequelize.transaction(steps)));
      } catch (error) {
        throw translated(error);
      }
    },
    ...(embedded && { dump: (path: string) => embedded.dump(path) }),
    async close() {
      await sequelize.close();
      await embedded?.stop();
    },
  };
}
