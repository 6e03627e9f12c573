/** How many ephemeral events one user may send into one conversation: each is told to everybody in it. */
import { LRUCache } from "lru-cache";
import { fail } from "../../../contracts/errors";
import { atMost } from "../../../platform/caches";
import { type Bucket, Limiter } from "../../../platform/limiter";

/** A second; twice as many at once. */
const RATE = 30;
const KEPT = 50_000;

export class EventBudget {
  private readonly limiter = new Limiter(RATE);
  private readonly buckets = new LRUCache<string, Bucket>(atMost(KEPT));

  /** @throws RATE_LIMITED */
  take(conversationId: string, userId: number): void {
    const key = `${conversationId}:${userId}`;
    const now = performance.now();
    const bucket = this.buckets.get(key) ?? this.limiter.full(now);
    this.buckets.set(key, bucket);
    const retryAfterMs = this.limiter.take(bucket, now);
    if (retryAfterMs)
      throw fail("RATE_LIMITED", `At most ${RATE} events a second into one conversation.`, { retryAfterMs });
  }
}
