/** The SQL store: migrations up and down, one node at a time, and a database that comes and goes. */
import { randomBytes } from "node:crypto";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { QueryTypes, type Sequelize } from "sequelize";
import { type Env, readEnv } from "../../contracts/env";
import { type Migration } from "../../mixins/sql";
import { startEmbedded } from "../../mixins/sql/embedded";
import { type Database, openDatabase, withMigrationDatabase } from "../../mixins/sql/database";
import { migrateDown, migrateUp, migrationStatus } from "../../mixins/sql/migrations";
import { migrations } from "../../services/users/migrations";
import { eventually } from "../support/eventually";
import { readyDataDir } from "../support/pglite-template";
import { type Server, startPostgres } from "../support/servers";

jest.unmock("../../platform/patience"); // how long is waited for what is away is what some of these are about

/** A link to a server that can go dead without a word, as one does when a cable is cut. */
async function cuttableLink(url: string): Promise<{ url: string; cut(): void; mend(): void; close(): void }> {
  const { port } = new URL(url);
  const sockets = new Set<Socket>();
  let whole = true;
  const relay = createServer((near) => {
    const far = createConnection(Number(port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => whole && to.write(bytes));
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((ready) => relay.listen(0, "127.0.0.1", ready));
  return {
    url: Object.assign(new URL(url), { port: (relay.address() as AddressInfo).port }).href,
    cut: () => void (whole = false),
    mend: () => void (whole = true),
    close() {
      for (const socket of sockets) socket.destroy();
      relay.close();
    },
  };
}

const silent = { info() {}, warn() {}, fatal() {} } as never;
const forever = new AbortController().signal;

async function freshPostgres(server: string): Promise<Env> {
  const name = `chat_${randomBytes(6).toString("hex")}`;
  const client = new Client(server);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const POSTGRES_URL = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  return readEnv({ NODE_ENV: "test", POSTGRES_URL });
}
/** Without the migrations that a prepared one has. */
async function freshEmbedded(): Promise<Env> {
  const env = readEnv({ NODE_ENV: "test", DATA_DIR: await readyDataDir() });
  await withMigrationDatabase(env, (db) => db.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
  return env;
}

async function tablesIn(sequelize: Sequelize): Promise<string[]> {
  const rows = await sequelize.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    { type: QueryTypes.SELECT },
  );
  return rows.map((row) => row.name);
}

const postgres = process.env.TEST_POSTGRES_URL;
const stores: [string, boolean, () => Promise<Env>][] = [
  ["the embedded store", true, freshEmbedded],
  ["PostgreSQL", postgres !== undefined, () => freshPostgres(postgres ?? "")],
];

for (const [name, there, fresh] of stores)
  (there ? describe : describe.skip)(`migrations on ${name}`, () => {
    it("go up, down and up again, and say where they are", async () => {
      await withMigrationDatabase(await fresh(), async (db) => {
        const all = migrations.map((m) => m.name);
        expect(await migrationStatus(db, migrations)).toEqual({ applied: [], pending: all });
        expect(await migrateUp(db, migrations)).toEqual(all);
        expect(await migrateUp(db, migrations)).toEqual([]);
        expect(await migrationStatus(db, migrations)).toEqual({ applied: all, pending: [] });
        expect(await tablesIn(db)).toContain("users");
        expect(await migrateDown(db, migrations, true)).toEqual([...all].reverse());
        expect(await tablesIn(db)).toEqual(["migrations"]);
        expect(await migrateUp(db, migrations)).toEqual(all);
      });
    });

    it("leave nothing half done when one fails", async () => {
      const broken: Migration = {
        name: "002-broken",
        async up(run) {
          await run("CREATE TABLE half (a integer)");
          await run("THIS IS NO SQL");
        },
        async down() {},
      };
      await withMigrationDatabase(await fresh(), async (db) => {
        await expect(migrateUp(db, [...migrations, broken])).rejects.toThrow(/002-broken/);
        expect(await tablesIn(db)).toEqual([]);
        expect(await migrateUp(db, migrations)).toEqual(migrations.map((m) => m.name));
      });
    });

    it("don't mix a query's answer with another's after one was refused", async () => {
      const database = await openDatabase(await fresh(), migrations, silent, forever);
      const role = (n: string) =>
        database.work(async (transaction) => {
          await database.sequelize.query("INSERT INTO roles (name, description) VALUES ($1, '')", {
            bind: [n],
            transaction,
          });
          return database.sequelize.query("SELECT $1::text AS name", {
            bind: [n],
            type: QueryTypes.SELECT,
            transaction,
          });
        });
      const names = ["a", "b", "a", "c", "admin", "d"];
      const answers = await Promise.allSettled(names.map(role));
      const refused = answers.flatMap((answer, i) =>
        answer.status === "rejected" ? [[names[i], answer.reason.name]] : [],
      );
      const given = answers.flatMap((answer, i) => (answer.status === "fulfilled" ? [[names[i], answer.value]] : []));
      // Each runs on a connection of its own: which of the two "a" comes first is the server's to say.
      expect(refused.sort()).toEqual([
        ["a", "SequelizeUniqueConstraintError"],
        ["admin", "SequelizeUniqueConstraintError"],
      ]);
      expect(given.sort()).toEqual(["a", "b", "c", "d"].map((name) => [name, [{ name }]]));
      await database.close();
    });
  });

it("the embedded PostgreSQL stops with a query under way that does not end, and keeps what was committed", async () => {
  const dir = await readyDataDir();
  const open = async () => {
    const server = await startEmbedded(dir, () => undefined);
    const client = new Client({ host: server.host, port: server.port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined); // its server goes
    await client.connect();
    return { server, client };
  };
  const first = await open();
  await first.client.query("CREATE TABLE kept AS SELECT 1 AS one");
  const endless = first.client.query("SELECT pg_sleep(60)").catch(() => "broken off");
  await sleep(200); // the query is with the thread
  await first.server.stop();
  expect(await endless).toBe("broken off");
  const second = await open();
  expect((await second.client.query("SELECT one FROM kept")).rows).toEqual([{ one: 1 }]);
  await second.client.end();
  await second.server.stop();
});

(postgres ? describe : describe.skip)("PostgreSQL with several nodes", () => {
  it("is migrated once by nodes that start together", async () => {
    const env = await freshPostgres(postgres ?? "");
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => withMigrationDatabase(env, (db) => migrateUp(db, migrations))),
    );
    expect(runs.flat()).toEqual(migrations.map((m) => m.name));
  });
});

async function goesAndComes(database: Database, go: () => unknown, come: () => unknown): Promise<void> {
  const ask = () => database.work((transaction) => database.sequelize.query("SELECT 1", { transaction }));
  await ask();
  await go();
  const from = Date.now();
  await expect(ask()).rejects.toMatchObject({ type: "UNAVAILABLE", retryable: true });
  expect(Date.now() - from).toBeLessThan(30_000); // five seconds, on a machine that has other things to do
  await come();
  await eventually(ask);
}

(postgres ? describe : describe.skip)("PostgreSQL that comes and goes", () => {
  let server: Server;
  beforeAll(async () => {
    const started = await startPostgres();
    if (!started) throw new Error("there is no server to start and to kill");
    server = started;
  });
  afterAll(() => server.stop());

  it("is waited for at start, turns into UNAVAILABLE within 5 s when it goes, and heals by itself", async () => {
    await server.kill();
    const said: string[] = [];
    const logger = { info() {}, warn: (line: string) => void said.push(line), fatal() {} } as never;
    const env = readEnv({ NODE_ENV: "test", POSTGRES_URL: server.url });
    const opening = openDatabase(env, migrations, logger, forever);
    await eventually(() => expect(said[0]).toMatch(/^Waiting for PostgreSQL at 127\.0\.0\.1:\d+\/postgres: /));
    await server.start();
    const database = await opening;
    await goesAndComes(
      database,
      () => server.kill(),
      () => server.start(),
    );
    await database.close();
  });

  it("is UNAVAILABLE within 5 s, too, when the link is dead and nobody says so", async () => {
    const link = await cuttableLink(server.url);
    const env = readEnv({ NODE_ENV: "test", POSTGRES_URL: link.url });
    const database = await openDatabase(env, migrations, silent, forever);
    await goesAndComes(
      database,
      () => link.cut(),
      () => link.mend(),
    );
    await database.close();
    link.close();
  });
});
