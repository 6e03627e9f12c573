/** The stores and the bus: are they there, new enough, at the same time as this machine, and have they their indexes? */
import { existsSync } from "node:fs";
import { connect } from "amqplib";
import { Client } from "pg";
import { type Env } from "../../contracts/env";
import { declaredIn, openToRead } from "../../mixins/documents/embedded/copy";
import { fileOf } from "../../mixins/documents/embedded/files";
import { type AnyCollection } from "../../mixins/documents/embedded/json";
import { Layout } from "../../mixins/documents/embedded/layout";
import { migrations } from "../../services/users/migrations";
import { doubtful, fine, type Finding, wrong } from "./finding";
import { indexes } from "./indexes";
import { queues } from "./queues";

const PATIENCE_MS = 4_000;
const OLDEST_POSTGRES = 120_000;
/** Tokens, slots and retention go by it. */
const CLOCK_MS = 2_000;

/** @param there what another machine says that it is now, asked for from `asked` until now */
export function clock(name: string, there: Date, asked: number, now = Date.now()): Finding | undefined {
  const off = there.getTime() < asked ? there.getTime() - asked : Math.max(0, there.getTime() - now);
  if (Math.abs(off) < CLOCK_MS) return undefined;
  const ahead = off > 0 ? "ahead" : "behind";
  return doubtful(
    `the clock of ${name} is ${Math.round(Math.abs(off) / 1000)} s ${ahead}`,
    "let both take their time from NTP",
  );
}

async function* postgres(url: string, schema: string | undefined): AsyncGenerator<Finding> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema}` }),
  });
  client.on("error", () => undefined); // told by the query that fails
  try {
    await client.connect();
    const asked = Date.now();
    const { rows } = await client.query<{ version: string; now: Date }>(
      "SELECT current_setting('server_version_num') AS version, clock_timestamp() AS now",
    );
    const [{ version = "0", now = new Date() } = {}] = rows;
    if (Number(version) < OLDEST_POSTGRES) yield wrong(`PostgreSQL ${version} is too old`, "install 12 or newer");
    else yield fine(`PostgreSQL ${Math.floor(Number(version) / 10_000)} answers`);
    const late = clock("PostgreSQL", now, asked);
    if (late) yield late;
    yield* migrated(client);
  } catch (error) {
    yield wrong(`POSTGRES_URL: ${(error as Error).message || "no answer"}`, "start that server, or mend the address");
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function* migrated(client: Client): AsyncGenerator<Finding> {
  const { rows: there } = await client.query("SELECT to_regclass('migrations') IS NOT NULL AS there");
  if (!(there[0] as { there: boolean }).there) {
    yield fine("PostgreSQL: empty, filled at the first start");
    return;
  }
  const { rows } = await client.query<{ name: string }>("SELECT name FROM migrations");
  const done = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  const newer = [...done].filter((name) => !known.has(name));
  if (newer.length > 0)
    yield wrong(`the accounts were written by a newer version (${newer.join(", ")})`, "start that version");
  const left = [...known].filter((name) => !done.has(name));
  if (left.length > 0) yield doubtful(`migrations to come: ${left.join(", ")}`, "start the server, which makes them");
}

async function* mongo(uri: string, database: string | undefined): AsyncGenerator<Finding> {
  const { connectOnce, serverOf } = await import("../../mixins/documents/mongo/connection");
  const connection = await connectOnce({ uri, database }).catch((error: unknown) => error as Error);
  if (connection instanceof Error) {
    yield wrong(`MONGODB_URI: ${serverOf(uri)}: ${connection.message}`, "start that server, or mend the address");
    return;
  }
  try {
    const asked = Date.now();
    const hello = (await connection.db?.command({ hello: 1 })) as { localTime?: Date } | undefined;
    yield fine("MongoDB answers");
    const late = hello?.localTime && clock("MongoDB", hello.localTime, asked);
    if (late) yield late;
    yield* indexes(connection);
  } finally {
    await connection.close();
  }
}

async function* rabbit(url: string, namespace: string): AsyncGenerator<Finding> {
  try {
    const link = await connect(url, { timeout: PATIENCE_MS });
    link.on("error", () => undefined);
    yield fine("RabbitMQ answers");
    yield* queues(link, namespace);
    await link.close();
  } catch (error) {
    yield wrong(`RABBITMQ_URL: ${(error as Error).message || "no answer"}`, "start that server, or mend the address");
  }
}

function* embedded(dataDir: string): Generator<Finding> {
  const path = fileOf(dataDir);
  if (!existsSync(path)) {
    yield fine("chat.db: made at the first start");
    return;
  }
  try {
    const database = openToRead(path);
    try {
      const names = database.all("SELECT name FROM sqlite_schema WHERE type = 'index'").map(({ name }) => name);
      const there = new Set(names);
      const missing = declaredIn(database).flatMap((collection) =>
        [...new Layout(collection as unknown as AnyCollection).indexStatements().keys()].filter(
          (name) => !there.has(name),
        ),
      );
      if (missing.length > 0)
        yield doubtful(`chat.db lacks indexes: ${missing.join("; ")}`, "start the server again, which makes them");
      else yield fine("chat.db: opens, with its indexes (npm run chat -- check looks at all of it)");
    } finally {
      database.close();
    }
  } catch (error) {
    yield wrong(`chat.db: ${(error as Error).message}`, "restore a backup, or start the version that wrote it");
  }
}

export async function* stores(env: Env): AsyncGenerator<Finding> {
  if (env.POSTGRES_URL) yield* postgres(env.POSTGRES_URL, env.POSTGRES_SCHEMA);
  if (env.MONGODB_URI) yield* mongo(env.MONGODB_URI, env.MONGODB_DATABASE);
  else yield* embedded(env.DATA_DIR);
  if (env.RABBITMQ_URL) yield* rabbit(env.RABBITMQ_URL, env.NAMESPACE);
}
