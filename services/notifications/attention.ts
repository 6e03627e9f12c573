/**
 * What users did a moment ago, kept in memory for news that is still on its way: of what somebody has read, left or
 * deleted meanwhile no notification is made for them. Older news asks the chat service (facts.ts).
 */
import { LRUCache } from "lru-cache";
import { atMost } from "../../platform/caches";
import { type Payload } from "../../contracts/events";
import { keyOfMessage } from "./ids";

type Attended = Payload<"conversation.attended">;
interface Seen {
  seq: number;
  runs: { readonly from: number; readonly to: number }[];
}

/** Feeds, and single messages, that are remembered. */
const FEEDS = 5_000;
const MESSAGES = 20_000;
/** Runs of one user in one feed; older ones have long been told. */
const RUNS = 100;

const has = ({ seq, runs }: Seen, position: number): boolean =>
  position <= seq || runs.some(({ from, to }) => from <= position && position <= to);

export class Attention {
  /** Grows with whatever is noted: who has asked before may ask again. */
  changes = 0;
  private readonly seen = new LRUCache<string, Map<number, Seen>>(atMost(FEEDS));
  private readonly ended = new LRUCache<string, true>(atMost(FEEDS));
  private readonly deleted = new LRUCache<string, true>(atMost(MESSAGES));
  private readonly dropped = new LRUCache<string, Set<number>>(atMost(MESSAGES));

  attended({ conversationId, read, gone, dropped, ended }: Attended): void {
    this.changes++;
    for (const { userId, seq, runs } of read) this.see(conversationId, userId, seq, runs);
    for (const { userId, seq } of gone) this.see(conversationId, userId, seq, []);
    for (const { userId, messageId } of dropped) {
      const key = keyOfMessage(messageId);
      const users = this.dropped.get(key) ?? new Set();
      this.dropped.set(key, users.add(userId));
    }
    if (ended) this.ended.set(conversationId, true);
  }

  messageDeleted(key: string): void {
    this.changes++;
    this.deleted.set(key, true);
  }

  isDeleted(key: string): boolean {
    return this.deleted.has(key);
  }

  /** Who of those that a piece of news is for needs none; undefined where nobody comes into question. */
  besides(feed: string, key: string, position: number): ((userId: number) => boolean) | undefined {
    if (this.ended.has(feed)) return () => true;
    const seen = this.seen.get(feed);
    const dropped = this.dropped.get(key);
    if (!seen && !dropped) return undefined;
    return (userId) => {
      const own = seen?.get(userId);
      return (own !== undefined && has(own, position)) || (dropped?.has(userId) ?? false);
    };
  }

  private see(feed: string, userId: number, seq: number, runs: Seen["runs"]): void {
    const users = this.seen.get(feed) ?? new Map<number, Seen>();
    const known = users.get(userId) ?? { seq: -1, runs: [] };
    const up = Math.max(known.seq, seq);
    users.set(userId, { seq: up, runs: [...known.runs, ...runs].filter(({ to }) => to > up).slice(-RUNS) });
    this.seen.set(feed, users);
  }
}
