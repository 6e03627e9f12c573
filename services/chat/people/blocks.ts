/** Who is across a block from whom, copied in from the users service and refreshed by its facts. */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { toWire } from "../../../contracts/errors";
import { atMost } from "../../../platform/caches";
import { call } from "../../../platform/bus";

type Around = Result<"users.blocksOf">;

const KEPT = 50_000;
/** A fact may be lost in an outage of the bus. */
const FRESH_MS = 60_000;
const ASK_MS = 2_000;
const NONE: Around = { blockedBy: [], blocking: [] };

export class Blocks {
  private readonly known = new LRUCache<number, Promise<Around | undefined>>({ ...atMost(KEPT), ttl: FRESH_MS });

  constructor(private readonly broker: ServiceBroker) {}

  changed({ userId, blockedId }: { userId: number; blockedId: number }): void {
    this.known.delete(userId);
    this.known.delete(blockedId);
  }

  /** While the users service is away nobody counts as blocked: signs of life must not stop for all. */
  async of(userId: number): Promise<Around> {
    return (await this.lists(userId)) ?? NONE;
  }

  /** Undefined while the users service is away. */
  lists(userId: number): Promise<Around | undefined> {
    const kept = this.known.get(userId);
    if (kept) return kept;
    const lists = call(this.broker, "users.blocksOf", { userId }, { timeout: ASK_MS }).catch((error: unknown) => {
      this.broker.logger.debug(`block lists were not to be had: ${toWire(error).code}`);
      if (this.known.peek(userId) === lists) this.known.delete(userId);
      return undefined;
    });
    this.known.set(userId, lists);
    return lists;
  }
}
