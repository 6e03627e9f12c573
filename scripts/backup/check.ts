/** `npm run chat -- check`: are the embedded stores whole, and do they agree with themselves? */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Env } from "../../contracts/env";
import { openToRead, type ReadOnly } from "../../mixins/documents/embedded/copy";
import { fileOf } from "../../mixins/documents/embedded/files";
import { lookInto } from "../../mixins/sql/restored";
import { DataDirInUse, lockDataDir } from "../../platform/data-dir";
import { fileStoreAt } from "./places";

export interface Finding {
  readonly ok: boolean;
  readonly line: string;
}
const fine = (line: string): Finding => ({ ok: true, line });
const trouble = (line: string): Finding => ({ ok: false, line });

/** How many findings of one kind are told one by one. */
const SHOWN = 5;

type All = ReadOnly["all"];

/**
 * Numbers that a conversation keeps, against its messages. A turn writes both as one, so they agree at any moment. One that
 * has ended is only the mark of it, with the numbers that it had.
 */
const COUNTS = `
  SELECT c._id AS id, c._doc ->> '$.last_seq' AS last_seq, c._doc ->> '$.countable' AS countable,
         ifnull(m.found, 0) AS found, ifnull(m.top, 0) AS top, ifnull(m.counted, 0) AS counted
  FROM conversations c LEFT JOIN (
    SELECT conversation_id, count(*) AS found, max(seq) AS top,
           sum(_doc ->> '$.type' <> 'system' AND _doc ->> '$.deleted_at' IS NULL) AS counted
    FROM messages GROUP BY conversation_id) m ON m.conversation_id = c._id
  WHERE c._doc ->> '$.deleted_at' IS NULL`;

function* conversations(all: All): Generator<Finding> {
  const rows = all(COUNTS);
  for (const row of rows) {
    const { id, last_seq, countable, found, top, counted } = row;
    if (top !== last_seq) yield trouble(`conversation ${id}: last_seq is ${last_seq}, its last message is ${top}`);
    else if (found !== last_seq) yield trouble(`conversation ${id}: ${found} messages up to ${last_seq}`);
    if (counted !== countable) yield trouble(`conversation ${id}: countable is ${countable}, recounted ${counted}`);
  }
  const messages = rows.reduce((sum, { found }) => sum + Number(found), 0);
  yield fine(`conversations: ${rows.length}, with ${messages} messages`);
}

const ORPHANS: readonly (readonly [what: string, sql: string])[] = [
  // An import writes messages before their conversation: they wait for it.
  [
    "members of a conversation that is not there",
    "SELECT count(*) AS n FROM members WHERE conversation_id NOT IN (SELECT _id FROM conversations)",
  ],
  [
    "participants without a record of theirs",
    `SELECT count(*) AS n FROM conversations c, json_each(c._doc, '$.participants') p
     WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation_id = c._id AND m.user_id = p.value)`,
  ],
];

function tableNames(all: All): Set<unknown> {
  return new Set(all("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => name));
}

/** Few of many lines of trouble, and how many more there are. */
function few(findings: Iterable<Finding>): Finding[] {
  const told = [...findings];
  const bad = told.filter(({ ok }) => !ok);
  const more = bad.length - SHOWN;
  return [
    ...told.filter(({ ok }) => ok),
    ...bad.slice(0, SHOWN),
    ...(more > 0 ? [trouble(`and ${more} more of these`)] : []),
  ];
}

function* inDatabase(all: All): Generator<Finding> {
  const said = all("PRAGMA integrity_check").map((row) => String(row.integrity_check));
  if (said.join() !== "ok") yield* few(said.map((line) => trouble(`chat.db: ${line}`)));
  else yield fine("chat.db: sound");
  const tables = tableNames(all);
  if (!["conversations", "messages", "members"].every((name) => tables.has(name))) return;
  yield* few(conversations(all));
  for (const [what, sql] of ORPHANS) {
    const n = Number(all(sql)[0]?.n);
    if (n > 0) yield trouble(`${n} ${what}`);
  }
}

async function* files(all: All, env: Env): AsyncGenerator<Finding> {
  if (env.UPLOAD_STORE !== "local" || !tableNames(all).has("attachments")) return;
  const kept = all("SELECT _doc ->> '$.object_key' AS key, _doc ->> '$.size' AS size FROM attachments GROUP BY 1");
  const missing: Finding[] = [];
  for (const { key, size } of kept) {
    const found = await stat(fileStoreAt(env, String(key))).catch(() => undefined);
    if (!found) missing.push(trouble(`upload ${key} has no file`));
    else if (found.size !== size) missing.push(trouble(`upload ${key}: ${found.size} bytes of ${size}`));
  }
  yield* few([...missing, fine(`uploads: ${kept.length}`)]);
}

async function* documents(env: Env): AsyncGenerator<Finding> {
  const path = fileOf(env.DATA_DIR);
  if (!existsSync(path)) {
    yield trouble(`there is no ${path}`);
    return;
  }
  let database: ReadOnly | undefined;
  try {
    database = openToRead(path);
    database.all("BEGIN"); // all of it as at one moment
    yield* inDatabase(database.all);
    yield* files(database.all, env);
  } catch (error) {
    yield trouble(`chat.db: ${(error as Error).message}`);
  } finally {
    database?.close();
  }
}

async function accounts(env: Env): Promise<Finding> {
  const folder = join(resolve(env.DATA_DIR), "pg");
  if (!existsSync(folder)) return trouble(`there is no ${folder}`);
  let release: () => Promise<void>;
  try {
    release = await lockDataDir(env.DATA_DIR);
  } catch (error) {
    if (error instanceof DataDirInUse) return fine("accounts: not looked into, the running server holds them");
    throw error;
  }
  try {
    const { rows } = await lookInto(folder);
    return fine(`accounts: ${rows.users ?? 0} users, ${Object.keys(rows).length} tables read`);
  } catch (error) {
    return trouble((error as Error).message);
  } finally {
    await release();
  }
}

export async function* check(env: Env): AsyncGenerator<Finding> {
  if (env.MONGODB_URI) yield fine("documents: in MongoDB, not looked into");
  else yield* documents(env);
  if (env.POSTGRES_URL) yield fine("accounts: in PostgreSQL, not looked into");
  else yield await accounts(env);
}
