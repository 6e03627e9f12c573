/** Notifications whose message was edited or taken back: their words follow, and so do those whom an edit names. */
import { DuplicateKey, type Documents } from "../../mixins/documents";
import { type Attention } from "./attention";
import { type Badges } from "./badges";
import { type NotificationDoc } from "./documents";
import { type Feeds } from "./feeds";
import { type Teller } from "./teller";

const names = (doc: NotificationDoc, userId: number): boolean => doc.named_all || doc.named.includes(userId);

export class Rewrites {
  constructor(
    private readonly notifications: () => Documents<NotificationDoc>,
    private readonly feeds: Feeds,
    private readonly attention: Attention,
    private readonly badges: Badges,
    private readonly teller: Teller,
  ) {}

  /** It is nobody's any more. Where it is not there yet, `mark` takes its place, so that it never will be. */
  async withdraw(key: string, version: number, mark?: NotificationDoc): Promise<void> {
    this.attention.messageDeleted(key);
    const standing = { _id: key, deleted_at: { $exists: false } };
    const doc = await this.notifications().findOne({ _id: key });
    if (!doc) return mark && this.leave(mark);
    if (doc.deleted_at) return;
    const now = new Date();
    await this.badges.changing([doc.feed], async () => {
      const gone = { title: "", content: "", version, deleted_at: now, updated_at: now };
      if (!(await this.notifications().updateOne(standing, { $set: gone }))) return; // another node tells
      this.badges.changed(doc.feed, doc.recipients);
      await this.teller.deleted(
        doc,
        doc.recipients.filter((id) => !doc.deleted_by.includes(id)),
      );
    });
    await this.badges.tell(doc.recipients);
  }

  /**
   * New words; those whom they name are told as of something new, and those whom they name no longer lose it.
   * @param naming whom it names and may tell so
   * @param loses who has it only where it names them
   * @returns whom it names that it did not name before; "absent" where nothing is there
   */
  async edit(
    words: NotificationDoc,
    naming: readonly number[],
    loses: (userId: number) => boolean,
  ): Promise<{ doc: NotificationDoc; users: readonly number[] } | "absent"> {
    const { _id, title, actor_name, content, version, named, named_all } = words;
    for (;;) {
      const doc = await this.notifications().findOne({ _id });
      if (!doc) return "absent";
      if (doc.deleted_at || doc.version >= version) return { doc, users: [] };
      const users = naming.filter((id) => !doc.recipients.includes(id) && !names(doc, id));
      const lost = doc.recipients.filter(loses);
      const kept = (id: number): boolean => !lost.includes(id);
      const change = {
        ...{ title, content, version, named, named_all, ...(actor_name === undefined ? {} : { actor_name }) },
        recipients: [...doc.recipients.filter(kept), ...users],
        unread_by: [...doc.unread_by.filter(kept), ...users],
        updated_at: new Date(),
      };
      await this.feeds.follow(doc.feed, users);
      this.feeds.stir(doc.feed, doc.position, users);
      const seen = { _id, version: doc.version, recipients: doc.recipients, unread_by: doc.unread_by };
      if (!(await this.notifications().updateOne(seen, { $set: change }))) continue;
      this.feeds.stir(doc.feed, doc.position, users);
      const edited = { ...doc, ...change };
      this.badges.changed(doc.feed, [...users, ...lost]);
      await this.teller.deleted(doc, lost);
      await this.tellUpdated(edited, doc.recipients.filter(kept));
      await this.badges.tell(lost);
      return { doc: edited, users };
    }
  }

  private async tellUpdated(doc: NotificationDoc, users: readonly number[]): Promise<void> {
    const places = await this.feeds.places(
      doc.feed,
      users.filter((id) => this.teller.hears(id)),
    );
    await this.teller.updated(doc, places);
  }

  private async leave(mark: NotificationDoc): Promise<void> {
    try {
      await this.notifications().insert([mark]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await this.withdraw(mark._id, mark.version);
    }
  }
}
