/** Feeds: who follows each, how far they are with it, where it ends. The cursors and heads, with a copy of who has one. */
import { LRUCache } from "lru-cache";
import { atMost } from "../../platform/caches";
import { DuplicateKey, type Documents, newId } from "../../mixins/documents";
import { type CursorDoc, type HeadDoc, type NotificationDoc } from "./documents";
import { START } from "./marks";
import { type Siblings } from "./siblings";

interface Stores {
  readonly cursors: Documents<CursorDoc>;
  readonly heads: Documents<HeadDoc>;
  readonly notifications: Documents<NotificationDoc>;
}

/** Where the cursors of a conversation stand that is no more. */
export const ENDED = Number.MAX_SAFE_INTEGER;
/** Followers of all feeds that are known by heart. */
const KNOWN = 1_000_000;
const IN_USE = 20_000;
/** How far a feed's bound is set ahead, in milliseconds. */
const AHEAD = 3_600_000;

export class Feeds {
  private readonly followers = new LRUCache<string, Set<number>>({
    maxSize: KNOWN,
    sizeCalculation: (users) => users.size + 1,
  });

  /** Of feeds in use, without siblings that would write behind our back: where they end, how often something came. */
  private readonly ends = new LRUCache<string, number>(atMost(IN_USE));
  private readonly until = new LRUCache<string, number>(atMost(IN_USE));
  private readonly stirs = new LRUCache<string, number>(atMost(IN_USE));
  /** Who has nothing unread in them. */
  private readonly calm = new LRUCache<string, Set<number>>(atMost(IN_USE));

  constructor(
    private readonly stores: () => Stores,
    private readonly siblings: Siblings,
  ) {}

  /** From now on each of these users has a cursor in the feed. */
  async follow(feed: string, userIds: Iterable<number>): Promise<void> {
    const known = this.followers.get(feed) ?? new Set<number>();
    const missing: number[] = [];
    for (const id of userIds) if (!known.has(id)) missing.push(id);
    if (missing.length === 0) return;
    await this.make(feed, missing);
    for (const id of missing) known.add(id);
    this.followers.set(feed, known);
  }

  /** What is stored in these feeds from here on may be as new as this. */
  async reach(ends: ReadonlyMap<string, Date>): Promise<void> {
    const beyond = [...ends].filter(([feed, at]) => at.getTime() > (this.until.get(feed) ?? -Infinity));
    await Promise.all(beyond.map(([feed, at]) => this.extend(feed, new Date(at.getTime() + AHEAD))));
  }

  /** Of the last that is in the feed; -1 where there never was anything. */
  async lastOf(feed: string): Promise<number> {
    const [last] = await this.stores().notifications.find(
      { feed },
      { sort: [["position", -1]], limit: 1, fields: ["position"] },
    );
    return last?.position ?? -1;
  }

  cursor(feed: string, userId: number): Promise<CursorDoc | undefined> {
    return this.stores().cursors.findOne({ feed, user_id: userId });
  }

  /** How far these users are. */
  async places(feed: string, userIds: readonly number[]): Promise<Map<number, CursorDoc>> {
    const filter = { feed, user_id: { $in: userIds } };
    const cursors = userIds.length ? await this.stores().cursors.find(filter) : [];
    return new Map(cursors.map((cursor) => [cursor.user_id, cursor]));
  }

  /** Of these feeds only, where some are named. */
  cursorsOf(userId: number, only?: ReadonlySet<string>): Promise<CursorDoc[]> {
    return this.stores().cursors.find({ user_id: userId, ...(only ? { feed: { $in: [...only] } } : {}) });
  }

  async headsOf(feeds: readonly string[]): Promise<Map<string, HeadDoc>> {
    const heads = feeds.length ? await this.stores().heads.find({ _id: { $in: feeds } }) : [];
    return new Map(heads.map((head) => [head._id, head]));
  }

  /** Says whether that was news; nobody's cursor goes back. */
  async move(feed: string, userId: number, mark: "read" | "gone", to: number): Promise<boolean> {
    const behind = { feed, user_id: userId, [mark]: { $lt: to } };
    return (await this.stores().cursors.updateOne(behind, { $set: { [mark]: to } })) > 0;
  }

  cursorsIn(feed: string): Promise<CursorDoc[]> {
    return this.stores().cursors.find({ feed });
  }

  /**
   * Undefined where this user surely has nothing unread in the feed: who reads along all the time costs nothing. Else
   * what `settled` takes when all is read.
   */
  async mayHaveUnread(feed: string, userId: number): Promise<number | undefined> {
    if (this.siblings.exist()) return 0;
    const stirred = this.stirs.get(feed) ?? 0;
    if ((await this.endOf(feed)) < 0 || this.calm.get(feed)?.has(userId)) return undefined;
    return stirred;
  }

  /** All that this user has up to here is read; unless something came since `stirred`. */
  settled(feed: string, userId: number, upTo: number, stirred: number): void {
    if (stirred !== (this.stirs.get(feed) ?? 0) || upTo < (this.ends.get(feed) ?? Infinity)) return;
    const users = this.calm.get(feed) ?? new Set<number>();
    this.calm.set(feed, users.add(userId));
  }

  /** These users get something in the feed. */
  stir(feed: string, position: number, userIds: readonly number[]): void {
    const end = this.ends.get(feed);
    if (end !== undefined && end < position) this.ends.set(feed, position);
    this.stirs.set(feed, (this.stirs.get(feed) ?? 0) + 1);
    const users = this.calm.get(feed);
    if (users?.size) for (const id of userIds) users.delete(id);
  }

  /** The conversation is no more: nothing of it is anybody's. Says whose it was. */
  async end(feed: string): Promise<number[]> {
    const { cursors } = this.stores();
    const left = { feed, gone: { $lt: ENDED } };
    const users = (await cursors.find(left, { fields: ["user_id"] })).map((cursor) => cursor.user_id);
    const count = users.length ? await cursors.updateMany(left, { $set: { gone: ENDED } }) : 0;
    return count ? users : [];
  }

  private async endOf(feed: string): Promise<number> {
    const known = this.ends.get(feed);
    if (known !== undefined) return known;
    const end = Math.max(await this.lastOf(feed), this.ends.get(feed) ?? -1);
    this.ends.set(feed, end);
    return end;
  }

  private async make(feed: string, userIds: readonly number[]): Promise<void> {
    const { cursors } = this.stores();
    for (let left = userIds; left.length > 0;) {
      const there = await cursors.find({ feed, user_id: { $in: left } }, { fields: ["user_id"] });
      const have = new Set(there.map((cursor) => cursor.user_id));
      left = left.filter((id) => !have.has(id));
      try {
        await cursors.insert(left.map((user_id) => ({ _id: newId(), user_id, feed, ...START })));
        return;
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error; // another node was faster with some of them
      }
    }
  }

  private async extend(feed: string, until: Date): Promise<void> {
    const { heads } = this.stores();
    const change = { $max: { until } };
    try {
      await heads.updateOne({ _id: feed }, change, { upsert: true });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error; // another node was faster
      await heads.updateOne({ _id: feed }, change);
    }
    this.until.set(feed, until.getTime());
  }
}
