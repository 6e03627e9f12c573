/** MongoDB-compatible servers for tests: FerretDB, on SQLite or on a PostgreSQL of its own. */
import { spawnSync } from "node:child_process";
import { Client } from "pg";
import { answers, find, folder, freePort, launch, run, type Server, startPostgres } from "./servers";

export const hasFerretdb = (): boolean => spawnSync("ferretdb", ["--version"]).status === 0;

async function start(backend: (data: string) => readonly string[], tidy?: () => Promise<void>): Promise<Server> {
  const data = folder("ferretdb");
  const port = await freePort();
  const args = [
    ...backend(data),
    `--listen-addr=127.0.0.1:${port}`,
    `--state-dir=${data}`,
    "--telemetry=disable",
    "--debug-addr=-",
    "--log-level=error",
  ];
  return run({
    url: `mongodb://127.0.0.1:${port}/chat`,
    data,
    spawn: () => launch(find("ferretdb") ?? "ferretdb", args),
    ready: () => answers(port),
    ...(tidy ? { tidy } : {}),
  });
}

/** The quickest to start; undefined where there is none to start. */
export async function startMongo(): Promise<Server | undefined> {
  return hasFerretdb() ? start((data) => ["--handler=sqlite", `--sqlite-url=file:${data}/`]) : undefined;
}

/** Fast enough for a cluster: on SQLite it reads the whole collection for every query. */
export async function startMongoOnPostgres(): Promise<Server | undefined> {
  const postgres = hasFerretdb() ? await startPostgres() : undefined;
  if (!postgres) return undefined;
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query("create database ferretdb");
  await client.end();
  const url = postgres.url.replace(/\/postgres$/, "/ferretdb");
  return start(
    () => ["--handler=postgresql", `--postgresql-url=${url}`],
    () => postgres.stop(),
  );
}
