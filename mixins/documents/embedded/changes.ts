/** What a group of writes has changed, row by row: the lines of it for the journal, and the way back. */
import { type Doc } from "./json";

/** Of one table, by their numbers. */
export interface Rows {
  readonly name: string;
  put(n: number, doc: Doc): void;
  replace(row: { readonly n: number; readonly doc: Doc }, doc: Doc): void;
  remove(row: { readonly n: number; readonly doc: Doc }): void;
}

interface Made {
  readonly table: Rows;
  readonly n: number;
  /** Undefined where the row was not there before, or is no longer there. */
  readonly old: Doc | undefined;
  readonly doc: Doc | undefined;
  /** Of the document as it is now, or what of it has changed (see `PATCH`). */
  readonly text: string;
}

/** Begins the text of a change: what it has set, by paths. Else the text is the whole document. */
export const PATCH = "+";

export class Changes {
  /** Only what a group changes: what is made while a store is opened is committed at once. */
  recording = false;
  private made: Made[] = [];

  note(table: Rows, n: number, old: Doc | undefined, doc: Doc | undefined, text = ""): void {
    if (this.recording) this.made.push({ table, n, old, doc, text });
  }

  get count(): number {
    return this.made.length;
  }

  /** Takes back what was made since there were so many. */
  undo(since = 0): void {
    this.recording = false;
    try {
      for (const { table, n, old, doc } of this.made.splice(since).reverse()) {
        if (!old) table.remove({ n, doc: doc as Doc });
        else if (!doc) table.put(n, old);
        else table.replace({ n, doc: doc }, old);
      }
    } finally {
      this.recording = true;
    }
  }

  /** A line for each, for the journal. */
  lines(): string {
    return this.made.map(({ table, n, text }) => `${table.name}\t${n}\t${text}\n`).join("");
  }

  /** The group has ended. */
  end(): void {
    this.made = [];
    this.recording = false;
  }
}

/** The rows of a record: their table, their number and their text, which a row that is gone has none of. */
export function* linesOf(record: string): Generator<[table: string, n: number, text: string]> {
  for (const line of record.split("\n")) {
    const [table, n, text] = line.split("\t");
    if (table !== undefined && n !== undefined && text !== undefined) yield [table, Number(n), text];
  }
}
