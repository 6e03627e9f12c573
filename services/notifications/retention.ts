/** Notifications past their age go, once nobody has them unread: feed by feed, a page at a time, with the time that people leave. */
import { type Documents, type Filter } from "../../mixins/documents";
import { type CursorDoc, type HeadDoc, type NotificationDoc } from "./documents";
import { BESIDE_PEOPLE, Pace } from "../../platform/facts/pace";
import { isRead, START } from "./marks";

const FEEDS = 100;
const PAGE = 50;
const MARKS = ["position", "recipients", "read_by", "unread_by", "deleted_by", "deleted_at", "created_at"] as const;

interface Stores {
  readonly notifications: Documents<NotificationDoc>;
  readonly cursors: Documents<CursorDoc>;
  readonly heads: Documents<HeadDoc>;
}

export class Retention {
  private readonly pace = new Pace(() => BESIDE_PEOPLE);

  constructor(private readonly stores: () => Stores) {}

  async sweep(before: Date): Promise<void> {
    for (let after = ""; ;) {
      const options = { sort: [["_id", 1]] as const, limit: FEEDS, fields: ["until"] as const };
      const feeds = await this.stores().heads.find({ _id: { $gt: after } }, options);
      for (const { _id } of feeds) await this.sweepFeed(_id, before);
      if (feeds.length < FEEDS) return;
      after = feeds.at(-1)?._id ?? after;
    }
  }

  private async sweepFeed(feed: string, before: Date): Promise<void> {
    const { notifications, cursors } = this.stores();
    let places: ReadonlyMap<number, CursorDoc> | undefined;
    let last: Pick<NotificationDoc, "created_at" | "position"> | undefined;
    for (;;) {
      // In the order of the index that has the age: what is younger is never looked at.
      const old = { feed, created_at: { $lt: before, ...(last && { $gte: last.created_at }) }, ...behind(last) };
      const sort = [
        ["created_at", 1],
        ["position", 1],
      ] as const;
      const page = await this.pace.run(() => notifications.find(old, { sort, limit: PAGE, fields: MARKS }));
      if (page.length === 0) return;
      places ??= new Map((await cursors.find({ feed })).map((cursor) => [cursor.user_id, cursor]));
      const gone = page.filter((doc) => isDone(doc, places ?? new Map())).map((doc) => doc._id);
      if (gone.length) await this.pace.run(() => notifications.remove({ _id: { $in: gone } }));
      if (page.length < PAGE) return;
      last = page.at(-1);
    }
  }
}

/** Those after the last of the page before. */
function behind(last: Pick<NotificationDoc, "created_at" | "position"> | undefined): Filter<NotificationDoc> {
  if (!last) return {};
  const { created_at, position } = last;
  return { $or: [{ created_at: { $gt: created_at } }, { created_at, position: { $gt: position } }] };
}

/** Nobody has it unread any more. */
function isDone(doc: NotificationDoc, places: ReadonlyMap<number, CursorDoc>): boolean {
  if (doc.deleted_at) return true;
  return doc.recipients.every((id) => {
    const place = places.get(id) ?? START;
    return doc.position <= place.gone || doc.deleted_by.includes(id) || isRead(doc, id, place);
  });
}
