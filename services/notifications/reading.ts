/** Lists and counts of one user, over all the feeds that they follow. Nothing here changes anything. */
import { MOST } from "../../contracts/most";
import { type Documents, type Filter } from "../../mixins/documents";
import { type CursorDoc, type HeadDoc, type NotificationDoc } from "./documents";
import { ENDED, type Feeds } from "./feeds";
import { keyFrom } from "./ids";
import { type Cursor, isTheirs, namedIn, START, theirsIn, unreadIn } from "./marks";
import { type Usernames } from "./usernames";

/** Feeds that are asked at once. */
const AT_ONCE = 10;
/** So many of a feed are found by their positions and sorted; where there may be more, the order is walked. */
const FEW = 1_000;

/** A notification with what its user's cursor says. */
export interface Own {
  readonly doc: NotificationDoc;
  readonly cursor: Cursor;
}
export interface Followed {
  readonly cursor: CursorDoc;
  readonly head: HeadDoc;
}
export interface Asked {
  readonly unreadOnly: boolean;
  readonly limit: number;
  readonly before?: Filter<NotificationDoc> | undefined;
  /** None that was made before it is asked for, unless it is unread. */
  readonly keptSince: Date;
}

/** What one feed gives of what is asked. */
export type Within = (followed: Followed, asked: Asked) => Promise<readonly Own[]>;

type Place = Pick<NotificationDoc, "created_at" | "position" | "_id">;
/** Newest first; at equal times in the order of their conversation. */
export const newestFirst = (a: Place, b: Place): number =>
  b.created_at.getTime() - a.created_at.getTime() || b.position - a.position || (a._id < b._id ? 1 : -1);

/** What comes behind a place in that order. */
export const behind = ({ created_at, position, _id }: Place): Filter<NotificationDoc> => ({
  created_at: { $lte: created_at }, // for the index
  $or: [
    { created_at: { $lt: created_at } },
    { created_at, position: { $lt: position } },
    { created_at, position, _id: { $lt: _id } },
  ],
});

const order = [
  ["created_at", -1],
  ["position", -1],
] as const;

export class Reading {
  constructor(
    private readonly notifications: () => Documents<NotificationDoc>,
    private readonly feeds: Feeds,
    private readonly usernames: Usernames,
  ) {}

  /** The feeds that may hold something of this user, those with the newest first. */
  async followed(userId: number, only?: ReadonlySet<string>): Promise<Followed[]> {
    const cursors = await this.feeds.cursorsOf(userId, only);
    const heads = await this.feeds.headsOf(cursors.map((cursor) => cursor.feed));
    const followed: Followed[] = [];
    for (const cursor of cursors) {
      const head = heads.get(cursor.feed);
      if (head && cursor.gone < ENDED) followed.push({ cursor, head });
    }
    return followed.sort((a, b) => b.head.until.getTime() - a.head.until.getTime());
  }

  list(userId: number, asked: Asked): Promise<Own[]> {
    return this.page(userId, asked, (followed, part) => this.within(followed, userId, part));
  }

  /**
   * A page of what each feed gives. It ends between two times: where several have the time of the last one they all are
   * in it, so that who asks for what is older misses none.
   */
  async page(userId: number, asked: Asked, within: Within): Promise<Own[]> {
    const more = { ...asked, limit: asked.limit + 1 };
    const found = await this.newest(userId, more.limit, (followed) => within(followed, more));
    const page = found.slice(0, asked.limit);
    const [last, next] = [page.at(-1)?.doc, found[asked.limit]?.doc];
    if (last && next && last.created_at.getTime() === next.created_at.getTime()) {
      const tied = { ...asked, limit: MOST.tied, before: { $and: [behind(last), { created_at: last.created_at }] } };
      page.push(...(await this.newest(userId, MOST.tied, (followed) => within(followed, tied))));
    }
    const docs = await this.usernames.retitled(page.map(({ doc }) => doc));
    return page.map(({ cursor }, i) => ({ doc: docs[i] as NotificationDoc, cursor }));
  }

  /**
   * The newest `limit` of what each feed gives: a feed whose head is older than what was found need not be asked.
   */
  private async newest(
    userId: number,
    limit: number,
    within: (followed: Followed) => Promise<readonly Own[]>,
  ): Promise<Own[]> {
    const followed = await this.followed(userId);
    let found: Own[] = [];
    for (let at = 0; at < followed.length; at += AT_ONCE) {
      const oldest = found[limit - 1]?.doc.created_at;
      if (oldest && oldest > (followed[at]?.head.until ?? oldest)) break;
      const pages = await Promise.all(followed.slice(at, at + AT_ONCE).map(within));
      found = [...found, ...pages.flat()].sort((a, b) => newestFirst(a.doc, b.doc)).slice(0, limit);
    }
    return found;
  }

  /** Of one feed. */
  async within({ cursor }: Pick<Followed, "cursor">, userId: number, asked: Asked): Promise<Own[]> {
    const { unreadOnly, limit, before, keptSince } = asked;
    const { feed, read: readTo, gone } = cursor;
    const way = await this.wayThrough(feed, unreadOnly ? Math.max(readTo, gone) : gone);
    const read = async (wanted: Filter<NotificationDoc>): Promise<Own[]> => {
      const filter = before ? { $and: [wanted, before] } : wanted;
      const docs = await this.notifications().find(filter, { sort: order, limit, ...way });
      return docs.map((doc) => ({ doc, cursor }));
    };
    if (!unreadOnly) return read(theirsIn(feed, userId, cursor, keptSince));
    const named = { ...namedIn(userId), feed, position: { $gt: cursor.gone } };
    const pages = await Promise.all([read(named), read(unreadIn(feed, userId, cursor))]);
    return pages.flat();
  }

  /** How what follows a position is found: a store can't know how much that is. */
  private async wayThrough(feed: string, position: number): Promise<{ along?: true; aside?: true }> {
    return (await this.feeds.lastOf(feed)) - position > FEW ? { along: true, aside: true } : {};
  }

  /** One of the user's own, by its id to them. */
  async one(userId: number, id: string, keptSince: Date): Promise<Own | undefined> {
    const key = keyFrom(id, userId);
    const doc = key === undefined ? undefined : await this.notifications().findOne({ _id: key });
    const cursor = (doc && (await this.feeds.cursor(doc.feed, userId))) ?? START;
    return doc && isTheirs(doc, userId, cursor, keptSince) ? { doc, cursor } : undefined;
  }

  /** How many there are unread by feed; of these feeds only, where some are named. Feeds without any are left out. */
  async unread(userId: number, only?: ReadonlySet<string>): Promise<Map<string, number>> {
    const followed = await this.followed(userId, only);
    const counts = new Map<string, number>();
    for (let at = 0; at < followed.length; at += AT_ONCE) {
      const some = followed.slice(at, at + AT_ONCE);
      const found = await Promise.all(
        some.map(({ cursor }) => this.notifications().count(unreadIn(cursor.feed, userId, cursor))),
      );
      some.forEach(({ cursor }, i) => found[i] && counts.set(cursor.feed, found[i]));
    }
    const cursors = new Map(followed.map(({ cursor }) => [cursor.feed, cursor]));
    for (const doc of await this.notifications().find(namedIn(userId), { fields: ["feed", "position"] })) {
      const cursor = cursors.get(doc.feed);
      if (cursor && doc.position > cursor.gone) counts.set(doc.feed, (counts.get(doc.feed) ?? 0) + 1);
    }
    return counts;
  }

  /** What is theirs of one feed up to a position, newest first. */
  async shown(cursor: CursorDoc, userId: number, upTo: number, limit: number): Promise<NotificationDoc[]> {
    const { feed, gone } = cursor;
    const theirs = { $and: [theirsIn(feed, userId, cursor, new Date(0)), { position: { $lte: upTo } }] };
    return this.notifications().find(theirs, { sort: order, limit, ...(await this.wayThrough(feed, gone)) });
  }

  /** The unread ones of one feed, oldest first, up to a position. */
  async unreadDocs(feed: string, userId: number, upTo: number, limit: number): Promise<NotificationDoc[]> {
    const cursor = (await this.feeds.cursor(feed, userId)) ?? { ...START };
    const cap = { position: { $lte: upTo } };
    const docs = await this.notifications().find(
      { $and: [unreadIn(feed, userId, cursor), cap] },
      { sort: [["position", 1]], limit },
    );
    const named = await this.notifications().find({ ...namedIn(userId), feed, ...cap }, { limit });
    return [...docs, ...named];
  }
}
