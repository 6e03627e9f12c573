/**
 * The badge: how many unread notifications a user has, told to all their devices. Counts of who was told before are kept
 * by feed, and what changes a feed makes them count it anew; with siblings, who change things too, nothing is kept.
 */
import { LRUCache } from "lru-cache";
import { atMost } from "../../platform/caches";
import { type Service } from "moleculer";
import { toWire } from "../../contracts/errors";
import { emitAll, toUsers } from "../../mixins/delivery";
import { directoryOf } from "../../mixins/directory";
import { type Reading } from "./reading";
import { type Siblings } from "./siblings";

/** Users counted at once. */
const GROUP = 50;
/** Another node may have counted earlier and told later: with siblings, what was told is checked once more. */
const SETTLE = 1_000;
/** Users whose counts are kept. */
const KEPT = 20_000;

/** Unread by feed; undefined where it has to be counted, and no entry where there is none. */
type Counts = Map<string, number | undefined>;

export class Badges {
  private readonly kept = new LRUCache<number, Counts>(atMost(KEPT));
  /** Feeds in which something is being written now, by how many. */
  private readonly writing = new Map<string, number>();
  /** Of each count that is under way the feeds in which something was written since it began. */
  private readonly underWay = new Set<Set<string>>();
  private readonly stale = new Set<number>();
  private readonly settling = new Set<number>();
  private working: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Service,
    private readonly reading: Reading,
    private readonly siblings: Siblings,
  ) {}

  async count(userId: number): Promise<number> {
    let sum = 0;
    for (const count of (await this.counts(userId)).values()) sum += count ?? 0;
    return sum;
  }

  /** Runs what changes notifications of these feeds: what is counted meanwhile is not kept. */
  async changing<T>(feeds: Iterable<string>, change: () => Promise<T>): Promise<T> {
    const touched = [...new Set(feeds)];
    for (const feed of touched) this.writing.set(feed, (this.writing.get(feed) ?? 0) + 1);
    this.touch(touched);
    try {
      return await change();
    } finally {
      this.touch(touched);
      for (const feed of touched) {
        const left = (this.writing.get(feed) ?? 1) - 1;
        if (left) this.writing.set(feed, left);
        else this.writing.delete(feed);
      }
    }
  }

  /** Each of these users has one more in the feed: known without counting. Within `changing`. */
  grown(feed: string, userIds: readonly number[]): void {
    if (this.kept.size === 0) return;
    for (const id of userIds) {
      const counts = this.kept.peek(id);
      if (!counts || (counts.has(feed) && counts.get(feed) === undefined)) continue;
      counts.set(feed, (counts.get(feed) ?? 0) + 1);
    }
  }

  /** What these users have in the feed has to be counted anew. Within `changing`. */
  changed(feed: string, userIds: Iterable<number>): void {
    for (const id of userIds) this.kept.peek(id)?.set(feed, undefined);
  }

  /**
   * Tells these users' devices their count, of after this call. One group after the other, so that no older count of
   * this node overtakes a newer one.
   */
  tell(userIds: Iterable<number>): Promise<void> {
    if (!this.mark(userIds)) return Promise.resolve();
    if (this.siblings.exist()) this.settle(userIds);
    return this.work();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async counts(userId: number): Promise<Counts> {
    const keeps = !this.siblings.exist();
    if (!keeps) this.kept.clear();
    const known = keeps ? this.kept.get(userId) : undefined;
    const missing = known && new Set([...known].flatMap(([feed, count]) => (count === undefined ? [feed] : [])));
    if (known && missing?.size === 0) return known;
    const touched = new Set(this.writing.keys());
    this.underWay.add(touched);
    try {
      const counted = await this.reading.unread(userId, missing);
      const counts: Counts = new Map<string, number | undefined>(known);
      for (const feed of missing ?? []) counts.set(feed, 0);
      for (const [feed, count] of counted) counts.set(feed, count);
      if (keeps) this.keep(userId, counts, touched, known);
      return counts;
    } finally {
      this.underWay.delete(touched);
    }
  }

  private keep(userId: number, counts: Counts, touched: ReadonlySet<string>, known: Counts | undefined): void {
    if (this.kept.peek(userId) !== known) return; // counted twice at once: the other's is as good
    const kept: Counts = known ?? new Map<string, number | undefined>();
    for (const [feed, count] of counts) {
      if (touched.has(feed)) kept.set(feed, undefined);
      else if (count) kept.set(feed, count);
      else kept.delete(feed);
    }
    for (const feed of touched) kept.set(feed, undefined);
    this.kept.set(userId, kept);
  }

  private touch(feeds: readonly string[]): void {
    for (const touched of this.underWay) for (const feed of feeds) touched.add(feed);
  }

  private mark(userIds: Iterable<number>): boolean {
    const directory = directoryOf(this.service);
    for (const id of userIds) if (directory.hears(id)) this.stale.add(id);
    return this.stale.size > 0;
  }

  private work(): Promise<void> {
    return (this.working ??= this.drain().finally(() => (this.working = undefined)));
  }

  private async drain(): Promise<void> {
    while (this.stale.size > 0) {
      const users = [...this.stale].slice(0, GROUP);
      for (const id of users) this.stale.delete(id);
      try {
        const counts = await Promise.all(users.map((id) => this.count(id)));
        const emissions = counts.map((count, i) =>
          toUsers("/notifications", "notification:count", users.slice(i, i + 1), { count }),
        );
        emitAll(this.service, emissions);
      } catch (error) {
        // The next change tells the right count again.
        this.service.logger.warn(`Badges could not be counted: ${toWire(error).code}`);
      }
    }
  }

  private settle(userIds: Iterable<number>): void {
    for (const id of userIds) this.settling.add(id);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.mark(this.settling);
      this.settling.clear();
      void this.work();
    }, SETTLE).unref();
  }
}
