/** Reads that don't hold the event loop: what may take long is read aside, and large answers are unpacked in slices. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type Aside } from "./aside";
import { type Database } from "./database";
import { type Doc, docOf, docsOf, type Scalar } from "./json";
import { packed } from "./packs";

/** Rows that are read here; when there are more, all of them are read aside. */
const HERE = 200;
/** Rows that are counted here. */
const COUNTED_HERE = 5_000;
/** Rows of a table that may be read or sorted as a whole here. */
export const SMALL = 2_000;
/** Documents that are unpacked between two looks at the time. */
const SLICE = 50;
const SLICE_MS = 4;

export class Reader {
  private readonly whole = new Map<string, boolean>();

  constructor(
    private readonly database: Database,
    private readonly aside: Aside,
    /** What was written is to be seen by other connections. */
    private readonly commit: () => void,
  ) {}

  /** @param limit below nought where there is none @param rows of the whole table, at most */
  rows<R extends readonly unknown[]>(sql: string, params: Scalar[], limit: number, rows: number): R[] | Promise<R[]> {
    const limited = `${sql} LIMIT ?`;
    const here = (most: number): R[] => this.database.all<R>(limited, [...params, most]);
    if (this.database.inMemory || rows <= HERE) return here(limit);
    if (rows <= SMALL || !this.readsWhole(limited)) {
      const found = here(limit < 0 ? HERE + 1 : Math.min(limit, HERE + 1));
      if (found.length <= HERE || found.length === limit) return found;
    }
    return this.readAside(limited, [...params, limit]);
  }

  async count(source: string, params: Scalar[], rows: number): Promise<number> {
    const counted = (from: string): string => `SELECT count(*) FROM (SELECT 1 FROM ${from})`;
    const limited = counted(`${source} LIMIT ${COUNTED_HERE}`);
    if (this.database.inMemory || rows <= SMALL || !this.readsWhole(limited)) {
      const [[count = 0] = []] = this.database.all<[number | undefined]>(limited, params);
      if (count < COUNTED_HERE) return count;
    }
    return this.countAside(source, params);
  }

  async countAside(source: string, params: Scalar[]): Promise<number> {
    const [[count] = [0]] = await this.readAside<[number]>(`SELECT count(*) FROM ${source}`, params);
    return count;
  }

  /** @throws UNAVAILABLE */
  async readAside<R extends readonly unknown[]>(read: string, params: Scalar[]): Promise<R[]> {
    if (this.database.inMemory) return this.database.all<R>(read, params);
    this.commit();
    return this.aside.ask<R[]>({ read, params });
  }

  /** JSON texts, of which each row is one, as JSON arrays of some of them. @throws UNAVAILABLE */
  async packsAside(read: string, params: Scalar[]): Promise<string[]> {
    if (this.database.inMemory) return packed(this.database.all<[string]>(read, params));
    this.commit();
    return this.aside.ask<string[]>({ read, params, packed: true });
  }

  /** Documents whose texts are the rows. @throws UNAVAILABLE */
  async docsAside(read: string, params: Scalar[]): Promise<Doc[]> {
    const docs: Doc[] = [];
    await inSlices(await this.packsAside(read, params), (pack) => void docs.push(...docsOf(pack)));
    return docs;
  }

  /** Does it look at every row of a table, or sort what it found, before it gives the first? */
  private readsWhole(sql: string): boolean {
    let whole = this.whole.get(sql);
    if (whole === undefined) {
      if (this.whole.size > 1_000) this.whole.clear();
      const plan = this.database.plan(sql);
      whole = plan.some((step) => /^SCAN (?!\(|json_each)|TEMP B-TREE FOR ORDER/.test(step));
      this.whole.set(sql, whole);
    }
    return whole;
  }

  docs(rows: readonly (readonly [string])[], fields: readonly string[] | undefined): Doc[] | Promise<Doc[]> {
    if (rows.length > SLICE) return this.manyDocs(rows, fields);
    return rows.map(([text]) => docIn(text, fields));
  }

  private async manyDocs(rows: readonly (readonly [string])[], fields: readonly string[] | undefined): Promise<Doc[]> {
    const docs: Doc[] = [];
    await inSlices(rows, ([text]) => void docs.push(docIn(text, fields)));
    return docs;
  }
}

/** One after another; the loop turns between two of them where those before have taken their time. */
async function inSlices<T>(parts: readonly T[], take: (part: T) => void): Promise<void> {
  let since = performance.now();
  for (const part of parts) {
    if (performance.now() - since > SLICE_MS) {
      await turnOfTheLoop();
      since = performance.now();
    }
    take(part);
  }
}

function docIn(text: string, fields: readonly string[] | undefined): Doc {
  const doc = docOf(text);
  if (!fields) return doc;
  const kept: Doc = { _id: doc._id };
  for (const field of fields) if (doc[field] !== undefined) kept[field] = doc[field];
  return kept;
}
