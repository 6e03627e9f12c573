/** What the services of one node share of their embedded store: the database, its writer, its thread. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type ServiceBroker } from "moleculer";
import { makeFolder } from "../../../platform/data-dir";
import { type Collection, type Document, type Write } from "../types";
import { Aside } from "./aside";
import { Changes } from "./changes";
import { Checkpoints } from "./checkpoints";
import { Commits } from "./commits";
import { Database, IN_MEMORY } from "./database";
import { EmbeddedDocuments } from "./documents";
import { fileOf } from "./files";
import { type AnyCollection } from "./json";
import { type Journal } from "./journal";
import { Layout } from "./layout";
import { OldFiles } from "./old-files";
import { Reader, SMALL } from "./reader";
import { declare, recovered } from "./recovery";
import { Table } from "./table";
import { WordIndex } from "./words";
import { Writer } from "./writer";

/**
 * How often new words are taken in and of how many rows at once (fewer wait a little for others to share what a step
 * costs), and how many lost ones are looked for.
 */
const TIDY_MS = 200;
const TIDY_ROWS = 100;
const FEW_WAIT_MS = 1_000;
const TIDY_LOST = 40;
/** At start: so many that the first search should not wait for them, and how many of them at once. */
const MANY_ROWS = 20_000;
const WORDS_AT_ONCE = 1_000;

export class EmbeddedNode {
  users = 0;
  readonly database: Database;
  /** What is read there does not wait for what is brought into the database meanwhile, which a slow disk makes long. */
  private readonly readThread: Aside;
  private readonly checkpointThread: Aside;
  readonly writer: Writer;
  private readonly reader: Reader;
  private readonly checkpoints: Checkpoints;
  /** Of collections that are open, or are being opened. */
  private readonly names = new Set<string>();
  private readonly collections = new Map<string, EmbeddedDocuments<Document>>();
  private readonly tables = new Map<string, Table>();
  private readonly changes = new Changes();
  private readonly journal: Journal | undefined;
  private readonly commits: Commits;
  private opening: Promise<void> | undefined;
  private tidying: NodeJS.Timeout | undefined;
  private tidiedAt = 0;
  private readonly oldFiles: OldFiles;

  constructor(
    private readonly broker: ServiceBroker,
    dataDir: string,
    sync: "process" | "full",
  ) {
    const trouble = (what: string, error: unknown): void => this.trouble(what, error);
    if (dataDir !== IN_MEMORY) makeFolder(dataDir);
    this.database = new Database(dataDir === IN_MEMORY ? IN_MEMORY : fileOf(dataDir));
    const { database } = this;
    this.readThread = new Aside(database.path);
    this.checkpointThread = new Aside(database.path);
    this.journal = database.inMemory ? undefined : recovered(database, sync === "full");
    const committed = (turned: boolean): void => this.checkpoints.committed(turned);
    this.commits = new Commits(database, this.changes, this.tables, this.journal, committed);
    const commit = (): void => this.commits.commit();
    this.checkpoints = new Checkpoints(database, this.checkpointThread, this.journal, sync === "full", commit, trouble);
    this.reader = new Reader(database, this.readThread, commit);
    this.oldFiles = new OldFiles(database, dataDir, broker.logger, (change) => this.alone(change));
    this.writer = new Writer(this.commits, this.changes, {
      before: () => this.checkpoints.before(),
      after: () => this.checkpoints.after(),
      trouble,
    });
  }

  private trouble(what: string, error: unknown): void {
    this.broker.logger.error(`The store ${what}.`, error);
  }

  /** A change of the file that is no group's. */
  private alone<T>(change: () => T): T {
    this.commits.commit();
    return this.database.alone(change);
  }

  opened(): Promise<void> {
    return (this.opening ??= this.checkpoints.open());
  }

  async open<D extends Document>(collection: Collection<D>): Promise<EmbeddedDocuments<D>> {
    const { name } = collection;
    if (this.names.has(name)) throw new Error(`${name} is open already: one service owns a collection`);
    this.names.add(name);
    const layout = new Layout(collection as unknown as AnyCollection);
    const { database } = this;
    this.commits.commit();
    layout.makeTables(database);
    const words = collection.words && new WordIndex(database, layout, collection.words as never);
    const table = new Table(database, layout, words, this.changes);
    await this.oldFiles.moveIn(table);
    this.commits.commit();
    layout.makeIndexes(database);
    declare(database, layout.collection);
    await this.makeWords(table);
    this.tables.set(name, table);
    const documents = new EmbeddedDocuments<D>(table, this.writer, this.commits, this.reader);
    this.collections.set(name, documents);
    if (words) this.tidying ??= setTimeout(() => void this.tidy(), TIDY_MS).unref();
    if (words && table.size > SMALL) this.warm(words);
    return documents;
  }

  /** Of a table that is far ahead of its index: where the index is of an older form, it is made anew. */
  private async makeWords({ name, last, words }: Table): Promise<void> {
    if (!words || last - words.upTo < MANY_ROWS) return;
    this.broker.logger.info(`Making the index of words of ${name}, once.`);
    while (this.alone(() => words.take(WORDS_AT_ONCE))) await turnOfTheLoop();
  }

  /** The first search finds the thread there, and the index open. */
  private warm(words: WordIndex): void {
    const read = `SELECT rowid FROM ${words.table} WHERE ${words.table} MATCH ? ORDER BY rowid DESC LIMIT 1`;
    this.readThread
      .ask({ read, params: ['"a" *'] })
      .catch((error: unknown) => this.trouble("can't be searched", error));
  }

  close(names: readonly string[]): void {
    for (const name of names) {
      this.names.delete(name);
      this.collections.delete(name);
    }
  }

  transaction(writes: readonly Write[]): Promise<void> {
    return this.writer.write(() => {
      for (const write of writes) (write.in as unknown as EmbeddedDocuments<Document>).apply(write);
    });
  }

  /** New words, and those that none has any more, while nobody is kept waiting by it. */
  private async tidy(): Promise<void> {
    const few = Date.now() - this.tidiedAt >= FEW_WAIT_MS;
    if (few) this.tidiedAt = Date.now();
    try {
      for (const documents of this.collections.values()) {
        if (few || documents.wordless >= TIDY_ROWS) await documents.takeWords(TIDY_ROWS);
        await documents.dropWords(TIDY_LOST);
      }
    } catch {
      // The next search takes them in, and says why not.
    }
    if (this.users > 0) this.tidying = setTimeout(() => void this.tidy(), TIDY_MS).unref();
  }

  async end(): Promise<void> {
    clearTimeout(this.tidying);
    await this.writer.close();
    try {
      this.commits.close();
    } catch (error) {
      this.trouble("leaves its last writes to the next start", error);
    }
    await this.readThread.close();
    await this.checkpoints.close();
    await this.checkpointThread.close();
    this.database.close();
    this.journal?.close();
  }
}

const nodes = new WeakMap<ServiceBroker, EmbeddedNode>();

export function acquire(broker: ServiceBroker, dataDir: string, sync: "process" | "full"): EmbeddedNode {
  const node = nodes.get(broker) ?? new EmbeddedNode(broker, dataDir, sync);
  nodes.set(broker, node);
  node.users++;
  return node;
}

export async function release(broker: ServiceBroker): Promise<void> {
  const node = nodes.get(broker);
  if (!node || --node.users > 0) return;
  nodes.delete(broker);
  await node.end();
}
