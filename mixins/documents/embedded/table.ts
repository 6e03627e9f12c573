/** The rows of one collection: what writes and reads mean in SQL. All of it at once, inside a transaction of the writer. */
import { DuplicateKey } from "../types";
import { patched } from "./change";
import { Changes, PATCH } from "./changes";
import { type Database } from "./database";
import { type Doc, type Scalar, scalar, storedDocOf, textOf } from "./json";
import { type Layout, quoted } from "./layout";
import { type AnyFilter, whereOf } from "./query";
import { Recent } from "./recent";
import { isDuplicate } from "./trouble";
import { type WordIndex } from "./words";

export interface Row {
  readonly n: number;
  readonly doc: Doc;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value == null ? [] : [value]);
/** The distinct keys of a list. */
const keysOf = (doc: Doc, field: string): Set<Scalar> => new Set(listOf(doc[field]).map(scalar));

function missing(name: string, n: number): never {
  throw new Error(`the journal changes row ${n} of ${name}, which is not there`);
}

export class Table {
  private nextN: number;
  private readonly insertion: string;
  private readonly rewriting: string;
  private readonly recent = new Recent();

  constructor(
    private readonly database: Database,
    readonly layout: Layout,
    readonly words: WordIndex | undefined,
    private readonly changes = new Changes(),
  ) {
    const [[most = 0] = []] = database.all<[number | undefined]>(`SELECT ifnull(max(_n), 0) FROM ${layout.table}`);
    this.nextN = Math.max(most, words?.upTo ?? 0) + 1;
    const columns = layout.columns.map((field) => `, ${quoted(field)}`).join("");
    this.rewriting = `UPDATE ${layout.table} SET _doc = ? WHERE _n = ?`;
    this.insertion = `INSERT INTO ${layout.table} (_n, _id, _doc${columns}) VALUES (?, ?, ?${", ?".repeat(layout.columns.length)})`;
  }

  /** The number of the newest row there may be. */
  get last(): number {
    return this.nextN - 1;
  }
  /** Rows, at most. */
  get size(): number {
    return this.last;
  }

  get name(): string {
    return this.layout.collection.name;
  }

  /** @throws DuplicateKey */
  insert(doc: Doc): void {
    this.put(this.nextN++, doc);
  }

  /** A row of this number. @throws DuplicateKey */
  put(n: number, doc: Doc, text = textOf(doc)): void {
    const { layout } = this;
    const columns = layout.columns.map((field) => scalar(doc[field]));
    this.changing(this.insertion, [n, doc._id as string, text, ...columns]);
    for (const field of layout.lists) for (const value of keysOf(doc, field)) this.addKey(field, value, n);
    this.words?.takeAgain(n);
    this.nextN = Math.max(this.nextN, n + 1);
    this.changes.note(this, n, undefined, doc, text);
  }

  /**
   * Writes the columns that change: SQLite makes the keys of all that are named anew.
   * @param patch the text of what was set, where that is all
   * @throws DuplicateKey
   */
  replace({ n, doc: old }: Row, doc: Doc, patch?: string): void {
    const { layout, words, changes } = this;
    const columns = layout.columns.filter((field) => scalar(old[field]) !== scalar(doc[field]));
    const lists = layout.lists.filter((field) => old[field] !== doc[field]);
    const inWords = words?.touched(old, doc) ?? false;
    let text = patch === undefined ? undefined : PATCH + patch;
    if (changes.recording && columns.length + lists.length === 0 && !inWords) this.recent.putOff({ n, doc });
    else {
      const whole = textOf(doc);
      text ??= whole;
      const set = ["_doc = ?", ...columns.map((field) => `${quoted(field)} = ?`)].join(", ");
      const values = columns.map((field) => scalar(doc[field]));
      this.changing(`UPDATE ${layout.table} SET ${set} WHERE _n = ?`, [whole, ...values, n]);
      this.recent.written(n, doc._id);
      for (const field of lists) this.exchangeKeys(field, n, old, doc);
      if (inWords) words?.takeAgain(n, old);
    }
    if (changes.recording) changes.note(this, n, old, doc, text ?? textOf(doc));
  }

  remove({ n, doc }: Row): void {
    const { layout } = this;
    this.database.run(`DELETE FROM ${layout.table} WHERE _n = ?`, [n]);
    this.recent.written(n, doc._id);
    for (const field of layout.lists) for (const value of keysOf(doc, field)) this.dropKey(field, value, n);
    this.words?.takeAgain(n, doc);
    this.changes.note(this, n, doc, undefined);
  }

  /** Writes what was put off. Before a row of this table is read. */
  settle(): void {
    for (const [n, text] of this.recent.take()) this.database.run(this.rewriting, [text, n]);
  }

  /** All that was put off. Before a commit. */
  complete(): void {
    this.settle();
    this.words?.settle();
  }

  /** After a transaction that was taken back. */
  forget(): void {
    this.recent.clear();
    this.words?.reload();
  }

  /** A line of the journal: a row as it was from then on, or its end. */
  replay(n: number, text: string): void {
    const [[before] = []] = this.database.all<[string]>(`SELECT _doc FROM ${this.layout.table} WHERE _n = ?`, [n]);
    if (text === "") {
      if (before !== undefined) this.remove({ n, doc: storedDocOf(before) });
    } else if (text.startsWith(PATCH)) {
      const doc = storedDocOf(before ?? missing(this.name, n));
      this.replace({ n, doc }, patched(doc, storedDocOf(text.slice(PATCH.length))));
    } else if (before === undefined) this.put(n, storedDocOf(text), text);
    else this.replace({ n, doc: storedDocOf(before) }, storedDocOf(text));
  }

  /** A line of the format before: a document as it is from then on, or its end. */
  restate(doc: Doc): void {
    if (typeof doc._id !== "string") return; // what it says of its indexes
    const [row] = this.matching({ _id: doc._id }, 1);
    if (doc.$$deleted === true) {
      if (row) this.remove(row);
    } else if (row) this.replace(row, doc);
    else this.insert(doc);
  }

  clear(): void {
    for (const table of [this.layout.table, ...this.layout.lists.map((field) => this.layout.sideOf(field))])
      this.database.run(`DELETE FROM ${table}`);
    this.recent.clear();
    this.words?.clear();
  }

  count(): number {
    return this.database.all<[number]>(`SELECT count(*) FROM ${this.layout.table}`)[0]?.[0] ?? 0;
  }

  /** For a change of them. */
  matching(filter: AnyFilter, limit: number): readonly Row[] {
    const known = this.recent.matching(filter);
    if (known) return known;
    this.settle();
    const { sql, params } = whereOf(this.layout, filter);
    const rows = this.database.all<[number, string]>(`SELECT _n, _doc FROM ${this.layout.table} WHERE ${sql} LIMIT ?`, [
      ...params,
      limit,
    ]);
    const found = rows.map(([n, text]) => ({ n, doc: storedDocOf(text) }));
    if (typeof filter._id === "string" && this.changes.recording) found.forEach((row) => this.recent.know(row));
    return found;
  }

  /** The texts that a filter finds, where that is known without looking. */
  known(filter: AnyFilter): [string][] | undefined {
    return this.recent.matching(filter)?.map(({ doc }) => [textOf(doc)]);
  }

  private exchangeKeys(field: string, n: number, old: Doc, doc: Doc): void {
    const [before, after] = [keysOf(old, field), keysOf(doc, field)];
    for (const value of before) if (!after.has(value)) this.dropKey(field, value, n);
    for (const value of after) if (!before.has(value)) this.addKey(field, value, n);
  }

  private addKey(field: string, value: Scalar, n: number): void {
    this.database.run(`INSERT INTO ${this.layout.sideOf(field)} VALUES (?, ?)`, [value, n]);
  }
  private dropKey(field: string, value: Scalar, n: number): void {
    this.database.run(`DELETE FROM ${this.layout.sideOf(field)} WHERE value = ? AND _n = ?`, [value, n]);
  }

  private changing(sql: string, params: readonly Scalar[]): void {
    try {
      this.database.run(sql, params);
    } catch (error) {
      throw isDuplicate(error) ? new DuplicateKey(this.name) : error;
    }
  }
}
