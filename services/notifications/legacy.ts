/** Brings notifications that were stored one for each user into the form of one for each source. */
import { DuplicateKey, type Documents } from "../../mixins/documents";
import { type collections, type LegacyDoc, type NotificationDoc } from "./documents";
import { type Feeds } from "./feeds";
import { keyOf } from "./ids";
import { BROADCAST_PAGE, systemFeedOf } from "./sources";

type Stored = typeof collections.notifications extends { _type?: infer D } ? NonNullable<D> : never;

const PAGE = BROADCAST_PAGE;

/** They end in their user's id; what is before it they share. Broadcasts were not told by page. */
function sourceOf({ source, user_id, type }: LegacyDoc): string {
  const shared = source.slice(0, source.lastIndexOf(":"));
  if (type === "system") return `${shared}:${systemFeedOf(user_id)}`;
  return type === "group_invite" ? source : shared;
}

function renewed(doc: LegacyDoc): NotificationDoc {
  const { user_id, type, title, content, related_id, created_at, updated_at, is_read, deleted_at } = doc;
  const source = sourceOf(doc);
  return {
    _id: keyOf(source),
    source,
    feed: related_id ?? systemFeedOf(user_id),
    // Their place in the conversation was not stored: below its first message, in the order of the ids.
    position: related_id === null ? created_at.getTime() : Number.parseInt(doc._id.slice(-6), 16) / 2 ** 24,
    version: 1,
    recipients: [user_id],
    read_by: is_read ? [user_id] : [],
    unread_by: [],
    deleted_by: deleted_at ? [user_id] : [],
    named: [],
    named_all: false,
    ...{ type, title, content, related_id, actor_id: null, made: "", created_at, updated_at },
  };
}

export class Legacy {
  constructor(
    private readonly notifications: () => Documents<Stored>,
    private readonly feeds: Feeds,
  ) {}

  /** Where it is stopped it goes on with the next start; done twice it is the same. */
  async convert(isStopped: () => boolean): Promise<number> {
    let converted = 0;
    while (!isStopped()) {
      const page = (await this.notifications().find(
        { user_id: { $gt: 0 } },
        { limit: PAGE },
      )) as unknown as LegacyDoc[];
      if (page.length === 0) break;
      for (const doc of page) await this.convertOne(renewed(doc));
      await this.notifications().remove({ _id: { $in: page.map((doc) => doc._id) } });
      converted += page.length;
    }
    return converted;
  }

  private async convertOne(doc: NotificationDoc): Promise<void> {
    const { _id, feed, recipients, read_by, deleted_by, title, content, created_at } = doc;
    await this.feeds.follow(feed, recipients);
    await this.feeds.reach(new Map([[feed, created_at]]));
    const [userId] = recipients;
    const join = {
      ...(deleted_by.length ? {} : { $set: { title, content } }), // a deleted one has lost its words
      $addToSet: {
        recipients: userId,
        ...(read_by.length ? { read_by: userId } : {}),
        ...(deleted_by.length ? { deleted_by: userId } : {}),
      },
    };
    if (await this.notifications().updateOne({ _id }, join)) return;
    try {
      await this.notifications().insert([doc]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await this.notifications().updateOne({ _id }, join);
    }
  }
}
