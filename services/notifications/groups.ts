/** The list with one entry for each conversation: its newest notification, and how many it stands for. */
import { type Result } from "../../contracts/actions";
import { type Documents } from "../../mixins/documents";
import { type NotificationDoc } from "./documents";
import { isRead, view } from "./marks";
import { type Asked, type Followed, newestFirst, type Own, type Reading } from "./reading";

/** An entry says no more than that many. */
const MOST_COUNTED = 1_000;

type Entry = Result<"notifications.list">[number];

export class Groups {
  constructor(
    private readonly notifications: () => Documents<NotificationDoc>,
    private readonly reading: Reading,
  ) {}

  async list(userId: number, asked: Asked): Promise<Entry[]> {
    const newest = await this.reading.page(userId, asked, (followed, part) => this.newestOf(followed, userId, part));
    return Promise.all(newest.map((own) => this.entry(own, userId, asked)));
  }

  /** What is about no conversation stands for itself. A group whose newest is not behind `before` was on an earlier page. */
  private async newestOf(followed: Followed, userId: number, asked: Asked): Promise<readonly Own[]> {
    if (isAlone(followed.cursor.feed)) return this.reading.within(followed, userId, asked);
    const all = await this.reading.within(followed, userId, { ...asked, limit: 1, before: undefined });
    const [first] = all.sort((a, b) => newestFirst(a.doc, b.doc));
    if (!first || !asked.before) return first ? [first] : [];
    const isBehind = await this.notifications().findOne({ $and: [{ _id: first.doc._id }, asked.before] });
    return isBehind ? [first] : [];
  }

  private async entry({ doc, cursor }: Own, userId: number, asked: Asked): Promise<Entry> {
    const own = view(doc, userId, cursor);
    if (isAlone(doc.feed)) return { ...own, count: 1, unread: own.is_read ? 0 : 1 };
    const followed = { cursor: { ...cursor, _id: "", user_id: userId, feed: doc.feed } };
    const all = await this.reading.within(followed, userId, { ...asked, before: undefined, limit: MOST_COUNTED });
    const unread = all.filter((one) => !isRead(one.doc, userId, one.cursor)).length;
    return { ...own, count: all.length, unread };
  }
}

/** Of no conversation. */
const isAlone = (feed: string): boolean => feed.includes(":");
