/**
 * The documents of DATA_DIR into an empty MongoDB, collection by collection in the order of their inserts. How far it got
 * stands in the target beside them, so that a move that was broken off goes on; then all of it is read again and compared.
 */
import { existsSync, readdirSync } from "node:fs";
import { type Connection, type mongo } from "mongoose";
import {
  committedIn,
  declaredIn,
  openToRead,
  type ReadOnly,
  settled,
  uncommitted,
} from "../../mixins/documents/embedded/copy";
import { fileOf, oldFolderOf } from "../../mixins/documents/embedded/files";
import { docOf } from "../../mixins/documents/embedded/json";
import { quoted } from "../../mixins/documents/embedded/layout";
import { connectOnce, type Place, serverOf } from "../../mixins/documents/mongo/connection";
import { makeIndexes } from "../../mixins/documents/mongo/store";
import { type Collection, type Document } from "../../mixins/documents/types";
import { Sum } from "./sum";

export type Say = (line: string) => void;
type Row = mongo.Document & { _id: string };
type Rows = mongo.Collection<Row>;

/** Where the move itself is kept, in the target. */
const MOVE = "chat_move";
/** Of one insert: documents, and bytes of their text. */
const BATCH = 500;
const BATCH_BYTES = 4 * 2 ** 20;
const SAY_EVERY_MS = 3_000;

/** `_id` "move" is the whole; the others are collections. */
interface Progress {
  /** The state of the source that is moved; a server that ran on it since has made another. */
  readonly source?: string;
  readonly reached?: number;
  readonly done?: boolean;
}

class Target {
  private constructor(private readonly connection: Connection) {}

  static async open(place: Place): Promise<Target> {
    return new Target(
      await connectOnce(place).catch((error: unknown) => {
        throw new Error(`MongoDB at ${serverOf(place.uri)} can't be reached: ${(error as Error).message}`);
      }),
    );
  }

  private get db(): mongo.Db {
    if (!this.connection.db) throw new Error("the connection is closed");
    return this.connection.db;
  }
  rows(name: string): Rows {
    return this.db.collection<Row>(name);
  }
  async progress(of: string): Promise<Progress | undefined> {
    return ((await this.rows(MOVE).findOne({ _id: of })) ?? undefined) as Progress | undefined;
  }
  async note(of: string, progress: Progress): Promise<void> {
    await this.rows(MOVE).updateOne({ _id: of }, { $set: progress }, { upsert: true });
  }
  /** The first collection with something in it that is not the move's own. */
  async filled(): Promise<string | undefined> {
    for (const { name } of await this.db.listCollections({}, { nameOnly: true }).toArray())
      if (name !== MOVE && !name.startsWith("system.") && (await this.rows(name).findOne({}))) return name;
    return undefined;
  }
  async empty(names: readonly string[]): Promise<void> {
    for (const name of [...names, MOVE]) await this.rows(name).deleteMany({});
  }
  close(): Promise<void> {
    return this.connection.close();
  }
}

/** Is the half of it that is there of this source, as it is now? */
async function begun(target: Target, source: string, names: readonly string[], say: Say): Promise<"done" | "open"> {
  const move = await target.progress("move");
  if (!move) {
    const name = await target.filled();
    if (name !== undefined) throw new Error(`The MongoDB to move to is not empty: it has documents in ${name}.`);
  } else if (move.source?.split(":")[0] !== source.split(":")[0])
    throw new Error(
      "The MongoDB to move to has another system's half-done move in it. Give this one a database of its own.",
    );
  else if (move.done && move.source === source) return "done";
  else if (move.done)
    throw new Error("The MongoDB to move to has what was moved before this system went on here. Empty it first.");
  else if (move.source === source) say("Documents: going on with the move that was begun.");
  else {
    say("Documents: the server ran since the move was begun, so that it begins anew.");
    await target.empty(names);
  }
  await target.note("move", { source, done: false });
  return "open";
}

interface Read {
  readonly n: number;
  readonly text: string;
}
/** All rows of a table behind one of them, in order, in parts that fit into an insert. */
function* batchesOf(source: ReadOnly, name: string, after = 0): Generator<Read[]> {
  const sizes = `SELECT _n AS n, length(_doc) AS size FROM ${quoted(name)} WHERE _n > ? ORDER BY _n LIMIT ${BATCH}`;
  const texts = `SELECT _n AS n, _doc AS text FROM ${quoted(name)} WHERE _n > ? AND _n <= ? ORDER BY _n`;
  for (let from = after; ;) {
    let [bytes, upTo] = [0, from];
    for (const { n, size } of source.all(sizes, from)) {
      bytes += Number(size);
      if (upTo > from && bytes > BATCH_BYTES) break;
      upTo = Number(n);
    }
    if (upTo === from) return;
    yield source.all(texts, from, upTo).map(({ n, text }) => ({ n: Number(n), text: String(text) }));
    from = upTo;
  }
}

async function copy(source: ReadOnly, target: Target, name: string, say: Say): Promise<void> {
  const { reached = 0, done } = (await target.progress(name)) ?? {};
  if (done) return;
  const rows = target.rows(name);
  const all = Number(source.all(`SELECT count(*) AS n FROM ${quoted(name)}`)[0]?.n);
  let [first, count, said] = [true, 0, Date.now()];
  for (const batch of batchesOf(source, name, reached)) {
    const docs = batch.map(({ text }) => docOf(text) as unknown as Row);
    // What was under way when the last attempt ended may be there in part.
    if (first) await rows.deleteMany({ _id: { $in: docs.map(({ _id }) => _id) } });
    first = false;
    await rows.insertMany(docs);
    await target.note(name, { reached: batch.at(-1)?.n ?? reached });
    count += batch.length;
    if (Date.now() - said < SAY_EVERY_MS) continue;
    said = Date.now();
    say(`${name}: ${count} of ${reached > 0 ? "the rest of " : ""}${all}`);
  }
  await target.note(name, { done: true });
}

async function verify(source: ReadOnly, target: Target, name: string): Promise<Sum> {
  const [here, there] = [new Sum(), new Sum()];
  for (const batch of batchesOf(source, name)) for (const { text } of batch) here.add(docOf(text));
  for await (const doc of target.rows(name).find({}, { batchSize: BATCH })) there.add(doc);
  if (here.text !== there.text) throw new Error(`${name}: moved were ${here.text}, found are ${there.text}.`);
  return here;
}

function refuseOldFiles(dataDir: string): void {
  const folder = oldFolderOf(dataDir);
  if (existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".db")))
    throw new Error(`${folder} has documents of the format before. Start the server once, which moves them in.`);
}

async function openSource(dataDir: string): Promise<ReadOnly> {
  refuseOldFiles(dataDir);
  const path = fileOf(dataDir);
  if (!existsSync(path)) throw new Error(`There is no ${path}.`);
  const source = openToRead(path);
  if (uncommitted(source, path) === 0) return source;
  source.close();
  await settled(path, false);
  return openToRead(path);
}

/** The caller holds the lock of DATA_DIR. @returns what was moved, for the operator */
export async function moveDocuments(dataDir: string, place: Place, say: Say): Promise<string> {
  const source = await openSource(dataDir);
  try {
    const target = await Target.open(place);
    try {
      return await move(source, target, say);
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

async function move(source: ReadOnly, target: Target, say: Say): Promise<string> {
  const collections: Collection<Document>[] = declaredIn(source);
  const names = collections.map(({ name }) => name);
  if ((await begun(target, committedIn(source), names, say)) === "done") return "Documents: moved already.";
  let count = 0;
  for (const { name, indexes } of collections) {
    await copy(source, target, name, say);
    await makeIndexes(target.rows(name) as never, indexes);
    const sum = await verify(source, target, name);
    count += sum.count;
    if (sum.count > 0) say(`${name}: ${sum.text}, the same in both`);
  }
  await target.note("move", { done: true });
  return `Documents: ${count} in ${names.length} collections, each the same in both.`;
}
