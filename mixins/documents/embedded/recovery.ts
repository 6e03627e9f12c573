/** A database as it was answered for: what the journal has beyond SQLite's last commit is written into it at start. */
import { randomBytes } from "node:crypto";
import { linesOf } from "./changes";
import { positionIn, writePosition } from "./commits";
import { type Database } from "./database";
import { Journal, type Position, recordsSince } from "./journal";
import { Layout } from "./layout";
import { Table } from "./table";
import { WordIndex } from "./words";
import { type AnyCollection } from "./json";

const declaredAs = (name: string): string => `collection ${name}`;

/**
 * The journal is read before services open their collections: what they declared is written down. It is on the disk before
 * the journal has anything of it, for a power cut could leave the journal alone.
 */
export function declare(database: Database, collection: AnyCollection): void {
  const [key, text] = [declaredAs(collection.name), JSON.stringify(collection)];
  if (database.meta(key) === text) return;
  database.run("PRAGMA synchronous = FULL"); // the commit syncs SQLite's log, with the tables that are in it
  try {
    database.setMeta(key, text);
  } finally {
    database.run("PRAGMA synchronous = NORMAL");
  }
}

function declared(database: Database, name: string): Table {
  const text = database.meta(declaredAs(name));
  if (typeof text !== "string")
    throw new Error(`${database.path}: its journal has documents of ${name}, which it does not`);
  const layout = new Layout(JSON.parse(text) as AnyCollection);
  const { words } = layout.collection;
  return new Table(database, layout, words && new WordIndex(database, layout, words as never));
}

const begun = (): Position => ({ store: randomBytes(4).readUInt32LE(), generation: 0, offset: 0 });

/** @returns where it ended */
function replay(database: Database, from: Position): Position {
  const tables = new Map<string, Table>();
  let last = from;
  for (const [record, position] of recordsSince(database.path, from)) {
    for (const [name, n, text] of linesOf(record)) {
      const table = tables.get(name) ?? declared(database, name);
      tables.set(name, table);
      table.replay(n, text);
    }
    last = position;
  }
  for (const table of tables.values()) table.complete();
  return last;
}

/** Brings the database up to its journal, and begins a new one. @param full it is to survive a power cut at once */
export function recovered(database: Database, full: boolean): Journal {
  const { store, generation } = database.alone(() => {
    const from = positionIn(database) ?? begun();
    const last = replay(database, from);
    const next = { store: last.store, generation: last.generation + 1, offset: 0 };
    writePosition(database, next);
    return next;
  });
  if (full) database.run("PRAGMA wal_checkpoint(TRUNCATE)"); // the files of before are written over
  return new Journal(database.path, store, generation);
}
