/** Who has blocked whom, copied in from the users service: nobody is notified of what those say whom they have blocked. */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { toWire } from "../../contracts/errors";
import { atMost } from "../../platform/caches";
import { call } from "../../platform/bus";

const KEPT = 50_000;
/** A fact may be lost in an outage of the bus. */
const FRESH_MS = 60_000;
const ASK_MS = 2_000;
const NOBODY: ReadonlySet<number> = new Set();

export class Blocks {
  private readonly copies = new LRUCache<number, ReadonlySet<number>>({ ...atMost(KEPT), ttl: FRESH_MS });
  private forgotten = 0;

  constructor(private readonly broker: ServiceBroker) {}

  /** A look-up: by whom each of these is blocked. While the users service is away by nobody. */
  async of(actorIds: Iterable<number>): Promise<(actorId: number | undefined) => ReadonlySet<number>> {
    const found = new Map<number, ReadonlySet<number>>();
    const missing: number[] = [];
    for (const id of actorIds) {
      const copy = this.copies.get(id);
      if (copy) found.set(id, copy);
      else missing.push(id);
    }
    const { forgotten } = this;
    await Promise.all(
      missing.map(async (id) => {
        const blockers = await this.ask(id);
        found.set(id, blockers ?? NOBODY);
        if (blockers && forgotten === this.forgotten) this.copies.set(id, blockers);
      }),
    );
    return (id) => (id === undefined ? NOBODY : (found.get(id) ?? NOBODY));
  }

  changed(blockedId: number): void {
    this.forgotten++;
    this.copies.delete(blockedId);
  }

  private async ask(userId: number): Promise<ReadonlySet<number> | undefined> {
    try {
      const { blockedBy } = await call(this.broker, "users.blocksOf", { userId }, { timeout: ASK_MS });
      return blockedBy.length ? new Set(blockedBy) : NOBODY;
    } catch (error) {
      this.broker.logger.debug(`notified without knowing who is blocked: ${toWire(error).code}`);
      return undefined;
    }
  }
}
