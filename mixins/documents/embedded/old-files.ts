/**
 * Moves in what the format before kept: a NeDB file per collection, in which each line is a new state of a document.
 * A file is read as a stream, its lines are applied in order, and then it is kept aside; what was interrupted starts over.
 */
import { createReadStream, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type LoggerInstance } from "moleculer";
import { type Database, IN_MEMORY } from "./database";
import { keptFolderOf, oldFolderOf } from "./files";
import { type Doc, storedDocOf } from "./json";
import { type Table } from "./table";

/** Lines of one transaction. */
const LINES = 500;
const CHECKPOINT_EVERY = 20_000;
const SAY_EVERY_MS = 3_000;

const NEWLINE = 0x0a;

/** Whole lines, and how many bytes of the file they end at: a last one without its end was never acknowledged. */
async function* linesOf(path: string): AsyncGenerator<readonly [line: string, at: number]> {
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      at += end + 1 - start;
      if (end > start) yield [bytes.toString("utf8", start, end), at];
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

function docIn(line: string, path: string, number: number): Doc {
  try {
    const doc = storedDocOf(line);
    if (typeof doc._id === "string" || "$$indexCreated" in doc || "$$indexRemoved" in doc) return doc;
  } catch {
    // Said below, with the place.
  }
  throw new Error(`${path}: line ${number} is no document. The file is corrupt; nothing of it was changed.`);
}

export class OldFiles {
  constructor(
    private readonly database: Database,
    private readonly dataDir: string,
    private readonly logger: LoggerInstance,
    private readonly alone: <T>(change: () => T) => T,
  ) {}

  /** Before the table has its indexes: to make them of all rows at once takes a fraction of the time. */
  async moveIn(table: Table): Promise<void> {
    if (this.dataDir === IN_MEMORY) return;
    const { name } = table.layout.collection;
    const file = join(oldFolderOf(this.dataDir), `${name}.db`);
    const unfinished = `${file}~`; // NeDB's own new file, where it died before it gave it its name
    const path = existsSync(file) || !existsSync(unfinished) ? file : unfinished;
    if (!existsSync(path)) return;
    const done = `moved in: ${name}`;
    if (this.database.meta(done) === undefined) await this.read(path, table, done);
    const kept = join(keptFolderOf(this.dataDir), "documents");
    mkdirSync(kept, { recursive: true });
    renameSync(path, join(kept, `${name}.db`));
  }

  private async read(path: string, table: Table, done: string): Promise<void> {
    const { name } = table.layout.collection;
    const { size } = statSync(path);
    this.logger.info(`Moving ${name} in from ${path} (${(size / 1e6).toFixed(1)} MB).`);
    this.alone(() => table.clear());
    let said = performance.now();
    let number = 0;
    let batch: Doc[] = [];
    const apply = (): void => {
      this.alone(() => batch.forEach((doc) => table.restate(doc)));
      batch = [];
    };
    for await (const [line, at] of linesOf(path)) {
      batch.push(docIn(line, path, ++number));
      if (batch.length < LINES) continue;
      apply();
      if (number % CHECKPOINT_EVERY === 0) this.database.run("PRAGMA wal_checkpoint(PASSIVE)");
      if (performance.now() - said > SAY_EVERY_MS) {
        said = performance.now();
        this.logger.info(`Moving ${name} in: ${Math.floor((100 * at) / size)} %, ${number} lines.`);
      }
      await turnOfTheLoop();
    }
    apply();
    while (this.alone(() => table.words?.take(LINES))) await turnOfTheLoop();
    this.alone(() => this.database.setMeta(done, 1));
    this.database.run("PRAGMA wal_checkpoint(PASSIVE)");
    this.logger.info(`Moved ${name} in: ${table.count()} documents of ${number} lines. The file is kept in old/.`);
  }
}
