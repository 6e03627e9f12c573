/** Notifications follow what users do with their conversations: read, left, cleared, ended, blocked. */
import { toWire } from "../../contracts/errors";
import { type Payload } from "../../contracts/events";
import { type Documents } from "../../mixins/documents";
import { type Attention } from "./attention";
import { type Badges } from "./badges";
import { type NotificationDoc } from "./documents";
import { ENDED, type Feeds } from "./feeds";
import { keyOfMessage } from "./ids";
import { type Reading } from "./reading";
import { MOST_EVENTS, type Teller } from "./teller";

type Attended = Payload<"conversation.attended">;

/** Documents looked at in one go when somebody is blocked. */
const PAGE = 500;

interface Needs {
  readonly notifications: () => Documents<NotificationDoc>;
  readonly feeds: Feeds;
  readonly reading: Reading;
  readonly attention: Attention;
  readonly badges: Badges;
  readonly teller: Teller;
}

export class Following {
  constructor(
    private readonly needs: Needs,
    private readonly warn: (text: string) => void,
  ) {}

  /** Every node hears of it; only the one that changes something tells it. */
  async attended(event: Attended): Promise<void> {
    const { conversationId: feed, read, gone, dropped, ended } = event;
    const { attention, badges } = this.needs;
    attention.attended(event);
    const users = new Set<number>();
    try {
      await badges.changing([feed], async () => {
        for (const one of read) if (await this.read(feed, one)) users.add(one.userId);
        for (const { userId, seq } of gone) if (await this.leave(feed, userId, seq)) users.add(userId);
        for (const { userId, messageId } of dropped)
          if (await this.drop(userId, keyOfMessage(messageId))) users.add(userId);
        if (ended) for (const userId of await this.end(feed)) users.add(userId);
        badges.changed(feed, users);
      });
    } catch (error) {
      this.warn(`Notifications do not follow what is read: ${toWire(error).code}`);
    }
    await badges.tell(users);
  }

  /** Nothing by somebody whom the user has blocked is theirs. */
  async blocked(userId: number, blockedId: number): Promise<void> {
    const { feeds, badges, teller, notifications } = this.needs;
    const cursors = await feeds.cursorsOf(userId);
    await badges.changing(
      cursors.map((cursor) => cursor.feed),
      async () => {
        for (const { feed, gone } of cursors)
          for (let after = gone; ;) {
            const by = { feed, actor_id: blockedId, recipients: userId, deleted_by: { $ne: userId } };
            const page = await notifications().find(
              { ...by, position: { $gt: after } },
              { sort: [["position", 1]], limit: PAGE, fields: ["position"] },
            );
            const _id = { $in: page.map((doc) => doc._id) };
            if (page.length) await notifications().updateMany({ _id }, { $addToSet: { deleted_by: userId } });
            if (page.length) badges.changed(feed, [userId]);
            await teller.gone(userId, page);
            if (page.length < PAGE) break;
            after = page.at(-1)?.position ?? after;
          }
      },
    );
    await badges.tell([userId]);
  }

  /** @returns whether anything may have changed for them */
  private async read(feed: string, { userId, seq, runs }: Attended["read"][number]): Promise<boolean> {
    const { feeds, reading, teller } = this.needs;
    const stirred = await feeds.mayHaveUnread(feed, userId);
    if (stirred === undefined) return false;
    const unread = await reading.unreadDocs(feed, userId, Math.max(seq, ...runs.map(({ to }) => to)), MOST_EVENTS);
    const within = (doc: NotificationDoc): boolean =>
      doc.position <= seq || runs.some(({ from, to }) => from <= doc.position && doc.position <= to);
    const docs = unread.filter(within);
    const moved = await feeds.move(feed, userId, "read", seq);
    const marked = await this.markRuns(feed, userId, seq, runs);
    await this.forgetNamed(feed, userId, docs);
    if (docs.length) await teller.read(userId, docs);
    if (!unread.some((doc) => !within(doc))) feeds.settled(feed, userId, seq, stirred);
    return moved || marked || docs.length > 0;
  }

  /** What is read above the cursor, one by one. */
  private async markRuns(
    feed: string,
    userId: number,
    seq: number,
    runs: Attended["read"][number]["runs"],
  ): Promise<boolean> {
    let marked = 0;
    for (const { from, to } of runs) {
      if (to <= seq) continue;
      const unread = { feed, position: { $gte: from, $lte: to }, recipients: userId, read_by: { $ne: userId } };
      marked += await this.needs.notifications().updateMany(unread, { $addToSet: { read_by: userId } });
    }
    return marked > 0;
  }

  private async forgetNamed(feed: string, userId: number, docs: readonly NotificationDoc[]): Promise<void> {
    const ids = docs.filter((doc) => doc.unread_by.includes(userId)).map((doc) => doc._id);
    if (!ids.length) return;
    const change = { $pull: { unread_by: userId }, $addToSet: { read_by: userId } };
    await this.needs.notifications().updateMany({ _id: { $in: ids }, feed }, change);
  }

  private async leave(feed: string, userId: number, seq: number): Promise<boolean> {
    const { feeds, teller } = this.needs;
    const docs = teller.hears(userId) ? await this.standing(feed, userId, seq) : [];
    if (!(await feeds.move(feed, userId, "gone", seq))) return false;
    await teller.gone(userId, docs);
    return true;
  }

  private async end(feed: string): Promise<readonly number[]> {
    const { feeds, teller } = this.needs;
    const cursors = await feeds.cursorsIn(feed);
    const hearing = cursors.map((cursor) => cursor.user_id).filter((id) => teller.hears(id));
    const docs = new Map<number, NotificationDoc[]>();
    for (const id of hearing) docs.set(id, await this.standing(feed, id, ENDED));
    const users = await feeds.end(feed);
    for (const id of users) await teller.gone(id, docs.get(id) ?? []);
    return users;
  }

  private async drop(userId: number, key: string): Promise<boolean> {
    const { notifications, teller } = this.needs;
    const standing = { _id: key, recipients: userId, deleted_by: { $ne: userId } };
    if (!(await notifications().updateOne(standing, { $addToSet: { deleted_by: userId } }))) return false;
    await teller.gone(userId, [{ _id: key }]);
    return true;
  }

  /** What devices may show of a feed: as many of the newest as one hears of. */
  private async standing(feed: string, userId: number, upTo: number): Promise<NotificationDoc[]> {
    const { reading, feeds } = this.needs;
    const cursor = await feeds.cursor(feed, userId);
    return cursor ? reading.shown(cursor, userId, upTo, MOST_EVENTS) : [];
  }
}
