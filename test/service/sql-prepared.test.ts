/** The embedded PostgreSQL that a first start unpacks instead of making it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startEmbedded } from "../../mixins/sql/embedded";
import { pack, unpack, unpackApart } from "../../mixins/sql/prepared";
import { migrations } from "../../services/users/migrations";
import { dependencies } from "../../package.json";

const prepared = join(__dirname, "../../mixins/sql/prepared");
let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "chat-prepared-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function ask(sql: string, said: string[] = []): Promise<unknown> {
  const embedded = await startEmbedded(
    dir,
    () => undefined,
    (line) => said.push(line),
  );
  const client = new Client({ host: embedded.host, port: embedded.port, user: "postgres" });
  try {
    await client.connect();
    const { rows } = (await client.query(sql)) as { rows: Record<string, unknown>[] };
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
    await embedded.stop();
  }
}
const conf = () => readFileSync(join(dir, "pg/postgresql.conf"), "utf8");

test("it was made by the PGlite of package.json, and by no other", () => {
  expect(readdirSync(prepared)).toEqual([`pglite-${dependencies["@electric-sql/pglite"]}.br`]);
});

test("it holds the migrations of its time, in the one database that is used", async () => {
  const applied = (await ask("SELECT json_agg(name ORDER BY name) FROM migrations")) as string[];
  expect(applied.length).toBeGreaterThan(0);
  expect(migrations.map(({ name }) => name).slice(0, applied.length)).toEqual(applied);
  expect(await ask("SELECT json_agg(datname) FROM pg_database")).toEqual(["postgres"]);
  expect(await ask("SELECT count(*) FROM users")).toBe("0");
});

test("a first start says what it does, once, and opens it with the settings of one small connection", async () => {
  const said: string[] = [];
  expect(await ask("SHOW shared_buffers", said)).toBe("2MB");
  expect(await ask("SELECT 1 + 1", said)).toBe(2);
  expect(said).toEqual(["Preparing the database, once."]);
  expect(conf().match(/^shared_buffers = 2MB$/gm)).toHaveLength(1);
});

test("it is unpacked in the server itself where no other process may be made", async () => {
  const { execPath } = process;
  try {
    process.execPath = join(dir, "nothing");
    expect(await unpackApart(join(dir, "pg"))).toBe(true);
  } finally {
    process.execPath = execPath;
  }
  expect(await ask("SELECT count(*) FROM users")).toBe("0");
});

test("what keeps it from being unpacked is said, and no half of it is taken for a database", async () => {
  writeFileSync(join(dir, "pg"), "a file is in the way");
  await expect(unpackApart(join(dir, "pg", "in"))).rejects.toThrow("ENOTDIR");
});

test("a folder that was made before keeps what is in it and gets the settings", async () => {
  await ask("CREATE TABLE kept AS SELECT 7 AS value");
  writeFileSync(join(dir, "pg/postgresql.conf"), conf().replace(/^shared_buffers = 2MB$/m, ""));
  expect(await ask("SELECT value FROM kept")).toBe(7);
  expect(await ask("SHOW shared_buffers")).toBe("2MB");
});

test("what a start left that was broken off is made anew", async () => {
  mkdirSync(join(dir, "pg/base"), { recursive: true });
  mkdirSync(join(dir, "pg.unpacking"));
  writeFileSync(join(dir, "pg.unpacking/PG_VERSION"), "?");
  writeFileSync(join(dir, "pg/PG_VERSION"), "16");
  expect(await ask("SELECT 1")).toBe(1);
  expect(readdirSync(dir)).toEqual(["pg"]);
});

test("what is packed comes back byte by byte, empty files and folders included", async () => {
  const from = join(dir, "from");
  mkdirSync(join(from, "empty/deep"), { recursive: true });
  const [gap, byte] = [Buffer.alloc(10_000), Buffer.from("x")];
  const zeros = {
    "b/e": Buffer.alloc(3 << 20),
    "b/f": Buffer.concat([gap, byte, gap, byte]),
    "b/g": Buffer.concat([byte, gap]),
  };
  const files = {
    a: Buffer.alloc(0),
    "b/c": Buffer.alloc(200_000, 7),
    "b/d": Buffer.from("x\ny"),
    z: Buffer.alloc(0),
    ...zeros,
  };
  mkdirSync(join(from, "b"));
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(from, path), bytes);
  await pack(from, join(dir, "packed"));
  expect(await unpack(join(dir, "to"), join(dir, "packed"))).toBe(true);
  for (const [path, bytes] of Object.entries(files)) expect(readFileSync(join(dir, "to", path))).toEqual(bytes);
  expect(existsSync(join(dir, "to/empty/deep"))).toBe(true);
});

test("next to nothing of the log of what made it is written", async () => {
  await unpackApart(join(dir, "pg"));
  const segments = readdirSync(join(dir, "pg/pg_wal")).filter((name) => /^[0-9A-F]{24}$/.test(name));
  const { size, blocks } = statSync(join(dir, "pg/pg_wal", segments[0] ?? ""));
  expect([segments.length, size]).toEqual([1, 16 << 20]);
  expect(blocks * 512).toBeLessThan(1 << 20);
});

test("half of a file is refused, and leaves nothing that looks whole", async () => {
  const [name = ""] = readdirSync(prepared);
  writeFileSync(join(dir, "half"), readFileSync(join(prepared, name)).subarray(0, 300_000));
  await expect(unpack(join(dir, "pg"), join(dir, "half"))).rejects.toThrow();
  expect(existsSync(join(dir, "pg"))).toBe(false);
  expect(await unpack(join(dir, "pg"), join(dir, "nothing"))).toBe(false);
});
