/**
 * The budget of events of a user with sockets on several gateways of one machine: kept by one of them, which the others ask.
 * A user on one gateway alone is counted there, and costs no question.
 */
import { LRUCache } from "lru-cache";
import { type ServiceBroker } from "moleculer";
import { type Params, type Result } from "../../../../contracts/actions";
import { atMost } from "../../../../platform/caches";
import { call } from "../../../../platform/bus";
import { type Bucket, type Limiter } from "../../../../platform/limiter";

const KEPT = 50_000;

export class SharedBudget {
  /** Of users whose budget is kept here. */
  private readonly buckets = new LRUCache<number, Bucket>(atMost(KEPT));
  /** How many questions about a user are under way. */
  private readonly asking = new Map<number, number>();

  constructor(
    private readonly broker: ServiceBroker,
    private readonly limiter: Limiter,
    private readonly isElsewhere: (userId: number) => boolean,
  ) {}

  /** For any gateway. Whoever asks knows what it let pass before, so that nobody gets a full budget by one more socket. */
  keep({ userId, most }: Params<"api.take">, now = performance.now()): Result<"api.take"> {
    const bucket = this.buckets.get(userId) ?? { tokens: most, at: now };
    this.buckets.set(userId, bucket);
    this.limiter.fill(bucket, now);
    bucket.tokens = Math.min(bucket.tokens, most);
    return { retryAfterMs: this.limiter.take(bucket, now), left: bucket.tokens };
  }

  /**
   * Takes one event: 0, or how many milliseconds there will be none. At once for a user who is here alone; but not before
   * what they said until then is counted, or it would change its order.
   */
  take(userId: number, bucket: Bucket, now: number): number | Promise<number> {
    if (!this.asking.has(userId) && !this.isElsewhere(userId)) return this.limiter.take(bucket, now);
    return this.ask(userId, bucket, now);
  }

  private async ask(userId: number, bucket: Bucket, now: number): Promise<number> {
    this.asking.set(userId, (this.asking.get(userId) ?? 0) + 1);
    this.limiter.fill(bucket, now);
    try {
      const { retryAfterMs, left } = await call(
        this.broker,
        "api.take",
        { userId, most: bucket.tokens },
        { retries: 0 }, // a second try would be overtaken by what was said after it
      );
      bucket.tokens = Math.min(bucket.tokens, left);
      return retryAfterMs;
    } catch {
      return this.limiter.take(bucket, performance.now()); // an outage does not lift the limit
    } finally {
      const left = (this.asking.get(userId) ?? 1) - 1;
      if (left > 0) this.asking.set(userId, left);
      else this.asking.delete(userId);
    }
  }
}
