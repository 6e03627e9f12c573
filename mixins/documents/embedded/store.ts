/** The embedded store: one NeDB file per collection under DATA_DIR, opened through moleculer-db's adapter. */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Service } from "moleculer";
import { MemoryAdapter } from "moleculer-db";
import { type Collection, type Document, type Documents, type Index, type Store } from "../types";
import { EmbeddedDocuments } from "./documents";
import { type Doc } from "./match";
import { Memory } from "./memory";
import { Table } from "./table";

/** Two tables on one file would each overwrite what the other wrote. */
const openFiles = new Set<string>();

export class EmbeddedStore implements Store {
  private readonly tables = new Map<string, Table>();

  constructor(
    private readonly service: Service,
    private readonly dataDir: string,
  ) {}

  async open<D extends Document>({ name, indexes }: Collection<D>): Promise<Documents<D>> {
    const dir = resolve(this.dataDir, "documents");
    const file = join(dir, `${name}.db`);
    if (openFiles.has(file)) throw new Error(`${file} is open already: one service owns a collection`);
    openFiles.add(file);
    await mkdir(dir, { recursive: true });
    const table = new Table(file, new Memory(name, indexes as readonly Index<Doc>[]), (what, error) =>
      this.service.logger.error(`The store ${name} ${what}.`, error),
    );
    this.tables.set(file, table);
    const adapter = new MemoryAdapter(table);
    adapter.init(this.service.broker, this.service);
    await adapter.connect();
    return new EmbeddedDocuments<D>(table);
  }

  async close(): Promise<void> {
    for (const [file, table] of this.tables) {
      await table.close();
      openFiles.delete(file);
    }
    this.tables.clear();
  }
}
