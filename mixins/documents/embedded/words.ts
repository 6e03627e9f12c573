/**
 * The index of a collection's words: SQLite's FTS5 over the words that a document lists, and over signs for the values of
 * the fields that narrow a search down and for its time, so that filters are part of the same walk from the newest on. All
 * words stand in a list beside it, in order. New documents are taken in when it is quiet or a search needs them: an insert
 * does not pay for it. Changed ones are taken in again a few at once, before a commit at the latest; a word that none has any
 * more leaves the list.
 */
import { type Words } from "../types";
import { type Database } from "./database";
import { daySigns, rangeSigns } from "./days";
import { type Doc, isCondition, same, type Scalar, scalar } from "./json";
import { type Layout, pathOf, quoted, valueIn } from "./layout";
import { type AnyFilter, LAST } from "./query";

/** Raised when what is in the index changes: it is made anew then. */
const FORMAT = 2;
/** Values of one field in one search; more are left to the rows. */
const MOST_VALUES = 256;
/**
 * FTS5 keeps lists of the rows of each beginning up to this length. For a longer one it would first gather all rows of all
 * words that begin so: they are asked for one by one, from the list of words, if there are not too many of them.
 */
const LISTED_PREFIX = 3;
/** FTS5's own: bytes of a page, and parts of one size that are merged into one. */
const SETTINGS = { pgsz: 600, automerge: 8 } as const;
const MOST_WORDS = 256;
/** Changed rows that are taken in again at once: FTS5 makes a part of its own of each time, and merges those. */
const AGAIN_AT_ONCE = 20;

/** Of strings and whole numbers, which SQLite may hold as reals. */
const hexIn = (column: string): string =>
  `hex(iif(typeof(${column}) = 'real', CAST(${column} AS INTEGER), ifnull(${column}, '')))`;
const hexOf = (value: Scalar): string => Buffer.from(String(value ?? "")).toString("hex");
/** Between words to the index: no word has one, so nothing begins with it. */
const SEPARATOR = /[\x00-/;-@[-`{-\x7f]/;
/** As SQLite's `lower` and FTS5's `ascii` have it. */
const lower = (word: string): string => word.replace(/[A-Z]/g, (c) => c.toLowerCase());
const phrase = (token: string): string => `"${token.replaceAll('"', '""')}"`;

/** What of a filter the index answers (FTS5's own words), and what is left to ask of each row. */
export interface Narrowed {
  readonly match: string | undefined;
  readonly rest: AnyFilter;
}

export class WordIndex {
  /** Rows up to this number are in the index. */
  upTo: number;
  readonly table: string;
  private readonly terms: string;
  /** Words that a document had and has no more; others may have them. */
  private readonly lost: string;
  private readonly listed: string;
  private readonly text: string;
  private readonly metaKey: string;
  /** Rows to be taken in again or, where they are gone, to be forgotten; and the words that they had. */
  private readonly again = new Set<number>();
  private readonly had = new Set<string>();
  /** There may be lost words. */
  hasLost = true;

  constructor(
    private readonly database: Database,
    private readonly layout: Layout,
    private readonly words: Words<Doc>,
  ) {
    const { name } = layout.collection;
    this.table = quoted(`${name}_words`);
    this.terms = quoted(`${name}_terms`);
    this.lost = quoted(`${name}_lost_terms`);
    this.metaKey = `${name}_words up to`;
    this.listed = `json_each(_doc, ${pathOf(words.field)})`;
    const scopes = words.scopes.map((field, i) => `' :${i}:' || ${hexIn(quoted(field))}`);
    const time = layout.columns.includes(words.newest) ? quoted(words.newest) : valueIn("_doc", words.newest);
    const listed = `ifnull((SELECT group_concat(value, ' ') FROM ${this.listed}), '')`;
    this.text = [listed, ...scopes, ...daySigns(time)].join(" || ");
    this.make();
    this.upTo = Number(database.meta(this.metaKey) ?? 0);
  }

  private make(): void {
    const { database, table, terms } = this;
    const formatKey = `${this.layout.collection.name}_words format`;
    if (database.meta(formatKey) !== FORMAT) {
      for (const old of [table, terms, this.lost]) database.run(`DROP TABLE IF EXISTS ${old}`);
      database.setMeta(this.metaKey, 0);
      database.setMeta(formatKey, FORMAT);
    }
    // Nothing of the text is kept, and of a word only the rows that have it: a twentieth of the documents' size.
    database.run(
      `CREATE VIRTUAL TABLE IF NOT EXISTS ${table} USING fts5(words, content='', contentless_delete=1, detail=none,` +
        ` prefix='1 2 ${LISTED_PREFIX}', tokenize="ascii tokenchars ':'")`,
    );
    this.configure();
    for (const list of [terms, this.lost])
      database.run(`CREATE TABLE IF NOT EXISTS ${list} (term TEXT PRIMARY KEY) WITHOUT ROWID`);
  }

  /** It merges its parts within the commits of new rows, by so many of its own pages: small ones make short holds of the loop. */
  private configure(): void {
    for (const [name, value] of Object.entries(SETTINGS))
      this.database.run(`INSERT INTO ${this.table} (${this.table}, rank) VALUES ('${name}', ${value})`);
  }

  /** Takes in the next rows, at most this many; says whether there may be more. Its transaction is the caller's. */
  take(most: number): boolean {
    const { layout, database } = this;
    const [[last = 0] = []] = database.all<[number | undefined]>(
      `SELECT max(_n) FROM (SELECT _n FROM ${layout.table} WHERE _n > ? ORDER BY _n LIMIT ?)`,
      [this.upTo, most],
    );
    if (!last) return false;
    this.index(`_n > ? AND _n <= ?`, [this.upTo, last]);
    database.setMeta(this.metaKey, last);
    this.upTo = last;
    return true;
  }

  private index(where: string, params: readonly Scalar[]): void {
    const from = this.layout.table;
    this.database.run(
      `INSERT OR IGNORE INTO ${this.terms} SELECT DISTINCT lower(value) FROM ${from}, ${this.listed} WHERE ${where}`,
      params,
    );
    this.database.run(
      `INSERT INTO ${this.table} (rowid, words) SELECT _n, ${this.text} FROM ${from} WHERE ${where} ORDER BY _n`,
      params,
    );
  }

  touched(old: Doc, doc: Doc): boolean {
    const { field, scopes, newest } = this.words;
    return (
      !same(old[field], doc[field]) || [...scopes, newest].some((scope) => scalar(old[scope]) !== scalar(doc[scope]))
    );
  }

  /** A row has changed, is there again, or is gone. */
  takeAgain(n: number, old?: Doc): void {
    if (n > this.upTo) return;
    this.again.add(n);
    const before = old?.[this.words.field];
    if (Array.isArray(before)) for (const word of before) this.had.add(lower(String(word)));
    if (this.again.size >= AGAIN_AT_ONCE) this.settle();
  }

  /** Takes in what has changed. Before a commit. */
  settle(): void {
    if (this.again.size === 0) return;
    const rows = JSON.stringify([...this.again]);
    this.database.run(`DELETE FROM ${this.table} WHERE rowid IN (SELECT value FROM json_each(?))`, [rows]);
    this.index("_n IN (SELECT value FROM json_each(?))", [rows]);
    if (this.had.size > 0) this.lose(JSON.stringify([...this.had]));
    this.again.clear();
    this.had.clear();
  }

  private lose(words: string): void {
    this.database.run(`INSERT OR IGNORE INTO ${this.lost} SELECT value FROM json_each(?)`, [words]);
    this.hasLost = true;
  }

  /** Of the words that documents have lost, the next that no other has leave the list; says whether there may be more. */
  tidy(most: number): boolean {
    const { database, table, terms, lost } = this;
    const found = database.all<[string]>(`SELECT term FROM ${lost} LIMIT ?`, [most]);
    this.hasLost = found.length === most;
    this.settle();
    // From the newest on: what goes for its age is the oldest, and FTS5 has it until it merges its parts.
    const newest = `SELECT 1 FROM ${table} WHERE ${table} MATCH ? ORDER BY rowid DESC LIMIT 1`;
    for (const [term] of found) {
      const stays = SEPARATOR.test(term) || database.all(newest, [phrase(term)]).length > 0;
      if (!stays) database.run(`DELETE FROM ${terms} WHERE term = ?`, [term]);
      database.run(`DELETE FROM ${lost} WHERE term = ?`, [term]);
    }
    return this.hasLost;
  }

  clear(): void {
    this.database.run(`INSERT INTO ${this.table} (${this.table}) VALUES ('delete-all')`);
    for (const list of [this.terms, this.lost]) this.database.run(`DELETE FROM ${list}`);
    this.again.clear();
    this.had.clear();
    this.database.setMeta(this.metaKey, 0);
    this.upTo = 0;
  }

  /** After a transaction that was taken back. */
  reload(): void {
    this.again.clear();
    this.had.clear();
    this.hasLost = true;
    this.upTo = Number(this.database.meta(this.metaKey) ?? 0);
  }

  /** Can a document have such words? To ask for others is no error, but it would be one to FTS5. */
  mayHave(words: readonly string[]): boolean {
    return !words.some((word) => SEPARATOR.test(word));
  }

  narrowed(words: readonly string[], filter: AnyFilter): Narrowed {
    const needed = words.filter((word) => word !== "").map((word) => this.beginningWith(word));
    const excluded: string[] = [];
    const rest: Record<string, unknown> = { ...filter };
    this.words.scopes.forEach((field, i) => {
      const sign = (value: unknown): string => phrase(`:${i}:${hexOf(scalar(value))}`);
      const wanted = filter[field];
      const values = isCondition(wanted)
        ? onlyKey(wanted) === "$in"
          ? (wanted.$in as unknown[])
          : undefined
        : [wanted];
      if (wanted === undefined) return;
      if (isCondition(wanted) && onlyKey(wanted) === "$ne") excluded.push(sign(wanted.$ne));
      else if (values && values.length > 0 && values.length <= MOST_VALUES)
        needed.push(`(${values.map(sign).join(" OR ")})`);
      else return;
      delete rest[field];
    });
    needed.push(...this.within(filter[this.words.newest]));
    if (needed.length === 0) return { match: undefined, rest: filter };
    const all = needed.join(" AND ");
    return { match: excluded.length > 0 ? `(${all}) NOT (${excluded.join(" OR ")})` : all, rest };
  }

  /** The words that begin so, in FTS5's terms. */
  private beginningWith(word: string): string {
    const prefix = `${phrase(word)} *`;
    if ([...word].length <= LISTED_PREFIX) return prefix;
    const from = lower(word);
    const found = this.database.all<[string]>(
      `SELECT term FROM ${this.terms} WHERE term >= ? AND term < ? LIMIT ${MOST_WORDS + 1}`,
      [from, from + LAST],
    );
    if (found.length > MOST_WORDS) return prefix;
    return found.length > 0 ? `(${found.map(([term]) => phrase(term)).join(" OR ")})` : phrase(word);
  }

  /** The days of a condition on the time; the rows tell what is within the first and the last of them. */
  private within(wanted: unknown): string[] {
    if (!isCondition(wanted)) return [];
    const ms = (value: unknown): number | undefined => (value instanceof Date ? value.getTime() : undefined);
    const signs = rangeSigns(ms(wanted.$gt ?? wanted.$gte), ms(wanted.$lt ?? wanted.$lte));
    return signs ? [`(${signs.map(phrase).join(" OR ")})`] : [];
  }
}

const onlyKey = (condition: Doc): string | undefined => {
  const keys = Object.keys(condition).filter((key) => condition[key] !== undefined);
  return keys.length === 1 ? keys[0] : undefined;
};
