/**
 * How a collection lies in SQLite: one table with the document as text, a column for each field that an index has, a
 * side table for each indexed list, and an index of words (words.ts). What a declaration no longer asks for is dropped.
 */
import { type Collection, type Index } from "../types";
import { type Database } from "./database";
import { type Doc } from "./json";

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The place of a field in the document's text, for SQLite's JSON functions. */
export function pathOf(field: string): string {
  if (!/^[\w$:.-]+$/.test(field)) throw new TypeError(`"${field}" can't be asked for`);
  return `'$${field
    .split(".")
    .map((part) => `."${part}"`)
    .join("")}'`;
}

/** A field as its column has it. */
export const valueIn = (doc: string, field: string): string =>
  `ifnull(${doc} ->> ${pathOf(`${field}.$$date`)}, ${doc} ->> ${pathOf(field)})`;

export class Layout {
  readonly table: string;
  /** Fields with a column of their own, `_id` not among them. */
  readonly columns: readonly string[];
  /** Fields with a side table. */
  readonly lists: readonly string[];
  private readonly indexes: readonly Index<Doc>[];

  constructor(readonly collection: Collection<Doc & { _id: string }>) {
    this.table = quoted(collection.name);
    // The words have an index of their own.
    this.indexes = collection.indexes.filter(
      ({ mongo, fields }) => !mongo && fields.at(-1) !== collection.words?.field,
    ) as unknown as readonly Index<Doc>[];
    const inLists = this.indexes.filter((index) => index.list).map(({ fields }) => fields.at(-1) as string);
    const inColumns = this.indexes.flatMap(({ fields, list }) => (list ? fields.slice(0, -1) : fields));
    this.lists = [...new Set(inLists)];
    this.columns = [...new Set([...inColumns, ...(collection.words?.scopes ?? [])])].filter((f) => f !== "_id");
    if (this.indexes.some(({ list, fields }) => list && fields.length > 1))
      throw new TypeError(`${collection.name}: an index of a list has this one field`);
  }

  sideOf(field: string): string {
    return quoted(`${this.collection.name}.${field}`);
  }

  /** The tables, without their indexes. `_n` grows with every insert. */
  private tables(): string[] {
    const columns = this.columns.map((field) => `, ${quoted(field)}`).join("");
    return [
      `CREATE TABLE IF NOT EXISTS ${this.table} (_n INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, _doc TEXT NOT NULL${columns})`,
      ...this.lists.map(
        (field) =>
          `CREATE TABLE IF NOT EXISTS ${this.sideOf(field)} (value, _n INTEGER NOT NULL, PRIMARY KEY (value, _n)) WITHOUT ROWID`,
      ),
    ];
  }

  /** Columns and side tables that the declaration asks for since the table was made are filled from the documents. */
  makeTables(database: Database): void {
    const had = new Set(this.tablesOf(database));
    for (const statement of this.tables()) database.run(statement);
    if (!had.has(this.collection.name)) return;
    const columns = database.all<[string]>("SELECT name FROM pragma_table_info(?)", [this.collection.name]);
    const there = new Set(columns.map(([name]) => name));
    const missing = this.columns.filter((field) => !there.has(field));
    for (const field of missing) database.run(`ALTER TABLE ${this.table} ADD COLUMN ${quoted(field)}`);
    if (missing.length > 0) {
      const set = missing.map((field) => `${quoted(field)} = ${valueIn("_doc", field)}`).join(", ");
      database.run(`UPDATE ${this.table} SET ${set}`);
    }
    for (const field of this.lists)
      if (!had.has(`${this.collection.name}.${field}`))
        database.run(
          `INSERT OR IGNORE INTO ${this.sideOf(field)} SELECT value, _n FROM ${this.table}, json_each(_doc, ${pathOf(field)})`,
        );
  }

  private tablesOf(database: Database): string[] {
    return database.all<[string]>("SELECT name FROM sqlite_schema WHERE type = 'table'").map(([name]) => name);
  }

  /** Makes those that are missing and drops those that are no longer asked for. */
  makeIndexes(database: Database): void {
    const rows = database.all<[string]>(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
      [this.collection.name],
    );
    const there = new Set(rows.map(([name]) => name));
    const wanted = this.indexStatements();
    for (const name of there) if (!wanted.has(name)) database.run(`DROP INDEX ${quoted(name)}`);
    for (const [name, statement] of wanted) if (!there.has(name)) database.run(statement);
  }

  /** Name and statement of each index. To a unique one nothing is a value too, which SQLite takes for as many values. */
  indexStatements(): Map<string, string> {
    const made = new Map<string, string>();
    for (const index of this.indexes) {
      if (index.list) continue;
      const { fields, order, unique, sparse } = index;
      const name = `${this.collection.name}:${unique ? "unique:" : ""}${sparse ? "sparse:" : ""}${fields
        .map((field, i) => (order?.[i] === -1 ? `-${field}` : field))
        .join(",")}`;
      const columns = fields.map((field, i) => quoted(field) + (order?.[i] === -1 ? " DESC" : "")).join(", ");
      const which = sparse ? ` WHERE ${quoted(fields.at(-1) as string)} IS NOT NULL` : "";
      const kind = unique ? "UNIQUE INDEX" : "INDEX";
      made.set(name, `CREATE ${kind} ${quoted(name)} ON ${this.table} (${columns})${which}`);
      if (!unique) continue;
      const orNothing = fields.map((field) => `ifnull(${quoted(field)}, x'')`).join(", ");
      const lacks = fields.map((field) => `${quoted(field)} IS NULL`).join(" OR ");
      made.set(
        `${name}:nothing`,
        `CREATE UNIQUE INDEX ${quoted(`${name}:nothing`)} ON ${this.table} (${orNothing}) WHERE ${lacks}`,
      );
    }
    return made;
  }
}
