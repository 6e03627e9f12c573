/** The embedded store: collections of the node's one SQLite database, opened through an adapter of moleculer-db's kind. */
import { type Service } from "moleculer";
import { type Collection, type Document, type Documents, type Store, type Transact } from "../types";
import { EmbeddedAdapter } from "./adapter";
import { acquire, type EmbeddedNode, release } from "./node";

export class EmbeddedStore implements Store {
  private readonly node: EmbeddedNode;
  private readonly names: string[] = [];

  constructor(
    private readonly service: Service,
    dataDir: string,
    sync: "process" | "full",
  ) {
    this.node = acquire(service.broker, dataDir, sync);
  }

  readonly transaction: Transact = (writes) => this.node.transaction(writes);

  async open<D extends Document>(collection: Collection<D>): Promise<Documents<D>> {
    await this.node.opened();
    const adapter = new EmbeddedAdapter(() => this.node.open(collection));
    adapter.init(this.service.broker, this.service);
    await adapter.connect();
    this.names.push(collection.name);
    return adapter.documents;
  }

  close(): Promise<void> {
    this.node.close(this.names);
    return release(this.service.broker);
  }
}
