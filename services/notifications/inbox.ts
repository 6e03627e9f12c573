/** News in, stored notifications out: one document for each piece of news, one write for a slice of them, each once. */
import { DuplicateKey, type Documents, newId } from "../../mixins/documents";
import { batched, type Pace } from "../../platform/facts/pace";
import { type Attention } from "./attention";
import { type Badges } from "./badges";
import { type Blocks } from "./blocks";
import { type NotificationDoc } from "./documents";
import { type Asked, docOf, isNaming, markOf, NAMED_ONLY, type Piece, quietOf, verdictOf } from "./drafting";
import { type Feeds } from "./feeds";
import { keyOf } from "./ids";
import { type PreferencesBook } from "./preferences";
import { type Rewrites } from "./rewrites";
import { names, type News } from "./sources";
import { type Usernames } from "./usernames";

/** A message that is edited within this time may not have been notified of yet. */
const YOUNG = 60_000;
/** What was sent longer ago than this has its notification by now, or never will. */
const COMES_LATE = 7 * 86_400_000;
/** Recipients of what is decided, stored and announced in one go, before others have their turn. */
const SLICE = 5_000;
/** Of one batch of facts, unless a single fact has more. */
const BATCH = 50_000;

export interface Made {
  readonly doc: NotificationDoc;
  /** For whom it is new. */
  readonly users: readonly number[];
  /** Of those, who is within their do-not-disturb hours: it is there, but does not call for attention. */
  readonly quiet: ReadonlySet<number>;
}
export interface Job {
  readonly news: readonly News[];
  /** Who has read what, where more is known than attention knows. */
  readonly hasRead?: Piece["hasRead"];
  /** When it happened, in milliseconds, where whoever caused it has to wait before it is ever later. */
  readonly since?: number;
}
export interface Needs {
  readonly notifications: () => Documents<NotificationDoc>;
  readonly feeds: Feeds;
  readonly attention: Attention;
  readonly badges: Badges;
  readonly blocks: Blocks;
  readonly preferences: PreferencesBook;
  readonly usernames: Usernames;
  readonly rewrites: Rewrites;
  readonly pace: Pace;
  readonly announce: (made: readonly Made[]) => Promise<void>;
}
const namingAs = (piece: Piece, { named, named_all }: NotificationDoc): Piece => ({
  ...piece,
  news: { ...piece.news, named, namedAll: named_all },
});

type Renewed = Pick<Made, "doc" | "users">;

const weightOf = (news: readonly News[]): number =>
  news.reduce((sum, { recipients }) => sum + recipients.length + 10, 0);

function* slicesOf(jobs: readonly Job[]): Generator<Piece[]> {
  let slice: Piece[] = [];
  let weight = 0;
  for (const { news, hasRead } of jobs)
    for (const one of news) {
      slice.push({ news: one, key: keyOf(one.source), hasRead });
      weight += weightOf([one]);
      if (weight < SLICE) continue;
      yield slice;
      [slice, weight] = [[], 0];
    }
  if (slice.length) yield slice;
}

export class Inbox {
  /** Resolves when all of the job's notifications are stored. */
  readonly add: (job: Job) => Promise<void>;

  constructor(private readonly needs: Needs) {
    this.add = batched((jobs) => this.work(jobs), { weight: ({ news }) => weightOf(news), max: BATCH });
  }

  private async work(jobs: readonly Job[]): Promise<void> {
    const since = Math.min(...jobs.map((job) => job.since ?? Infinity));
    for (const slice of slicesOf(jobs)) await this.needs.pace.run(() => this.make(slice), since);
  }

  private async make(slice: readonly Piece[]): Promise<void> {
    const { badges, announce } = this.needs;
    const feeds = new Set(slice.map(({ news }) => news.feed));
    const made = await badges.changing(feeds, () => this.store(slice));
    await announce(made);
  }

  private async store(slice: readonly Piece[]): Promise<Made[]> {
    const { attention, badges } = this.needs;
    const asked = await this.ask(slice);
    await this.prepare(slice);
    // From here to the write nothing is waited for: what is noted meanwhile comes to the store behind it.
    const { changes } = attention;
    const docs: NotificationDoc[] = [];
    const rest: Piece[] = [];
    for (const piece of slice) {
      const deleted = piece.news.deleted || attention.isDeleted(piece.key);
      if (deleted) rest.push({ ...piece, news: { ...piece.news, deleted } });
      else if (piece.news.version > 1) rest.push(piece);
      else {
        const users = this.recipientsOf(piece, asked);
        if (users.length || isNaming(piece.news)) docs.push(docOf(piece, users, asked));
      }
    }
    for (const doc of docs) this.needs.feeds.stir(doc.feed, doc.position, doc.recipients);
    const made = await this.insert(docs, asked.attempt);
    const refused = new Set(docs.map((doc) => doc._id));
    for (const doc of made) refused.delete(doc._id);
    if (refused.size)
      made.push(
        ...(await this.join(
          slice.filter(({ key }) => refused.has(key)),
          asked,
        )),
      );
    for (const doc of made) badges.grown(doc.feed, doc.recipients);
    if (attention.changes !== changes) await this.recheck(made);
    const rewritten = rest.length ? await this.rewrite(rest, asked) : [];
    const now = new Date();
    return [...made.map((doc) => ({ doc, users: doc.recipients })), ...rewritten].map(({ doc, users }) => ({
      doc,
      users,
      quiet: quietOf(users, asked.preferencesOf, now),
    }));
  }

  private async ask(slice: readonly Piece[]): Promise<Asked> {
    const everyone = new Set<number>();
    let last: readonly number[] | undefined;
    for (const { news } of slice) {
      if (news.recipients !== last) for (const id of news.recipients) everyone.add(id);
      last = news.recipients; // of one fact they are the same
    }
    const actors = new Set(slice.flatMap(({ news }) => news.actorId ?? []));
    const [preferencesOf, nameOf, blockersOf] = await Promise.all([
      this.needs.preferences.of(everyone),
      this.needs.usernames.of(actors),
      this.needs.blocks.of(actors),
    ]);
    const { defaults } = this.needs.preferences;
    return { preferencesOf, defaults, nameOf, blockersOf, attempt: newId() };
  }

  /** Whoever may become a recipient follows the feed, and the feed reaches as far, before anything is there. */
  private async prepare(slice: readonly Piece[]): Promise<void> {
    const followers = new Map<string, Set<readonly number[]>>();
    const ends = new Map<string, Date>();
    for (const { news } of slice) {
      const { feed, recipients, at } = news;
      const lists = followers.get(feed) ?? new Set();
      followers.set(feed, lists.add(recipients));
      if (at > (ends.get(feed) ?? 0)) ends.set(feed, at);
    }
    const following = [...followers].flatMap(([feed, lists]) =>
      [...lists].map((list) => this.needs.feeds.follow(feed, list)),
    );
    await Promise.all([...following, this.needs.feeds.reach(ends)]);
  }

  private recipientsOf(piece: Piece, asked: Asked): number[] {
    const { news, key, hasRead } = piece;
    const ignores = this.needs.attention.besides(news.feed, key, news.position);
    return news.recipients.filter((id) => {
      if (ignores?.(id) || hasRead?.(id, news.position)) return false;
      return verdictOf(piece, asked, id) === "made";
    });
  }

  /** Stores those that are not there yet, and says which: a fact that comes again makes none a second time. */
  private async insert(docs: readonly NotificationDoc[], attempt: string): Promise<NotificationDoc[]> {
    const store = this.needs.notifications();
    const stored: NotificationDoc[] = [];
    for (let left = [...new Map(docs.map((doc) => [doc._id, doc])).values()]; left.length > 0;) {
      try {
        await store.insert(left);
        return [...stored, ...left];
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
        const ids = left.map((doc) => doc._id);
        const there = await store.find({ _id: { $in: ids } }, { fields: ["made"] });
        const madeBy = new Map(there.map((doc) => [doc._id, doc.made]));
        stored.push(...left.filter((doc) => madeBy.get(doc._id) === attempt)); // before the one that was refused
        left = left.filter((doc) => !madeBy.has(doc._id));
      }
    }
    return stored;
  }

  /** Messages whose edit was here first: it keeps its words, and is now for those as well whom the message is for. */
  private async join(slice: readonly Piece[], asked: Asked): Promise<NotificationDoc[]> {
    const store = this.needs.notifications();
    const pieces = new Map(slice.map((piece) => [piece.key, piece]));
    const joined: NotificationDoc[] = [];
    for (;;) {
      const early = await store.find({ _id: { $in: [...pieces.keys()] }, early: true });
      if (early.length === 0) return joined;
      for (const doc of early) {
        const users = this.recipientsOf(namingAs(pieces.get(doc._id) as Piece, doc), asked);
        const recipients = users.filter((id) => !doc.recipients.includes(id));
        const change = { recipients: [...doc.recipients, ...recipients], early: false, made: asked.attempt };
        const seen = { _id: doc._id, early: true, version: doc.version, recipients: doc.recipients };
        if (await store.updateOne(seen, { $set: change })) joined.push({ ...doc, ...change, recipients });
      }
    }
  }

  /** What users did while it was being stored: on some stores that came first and found nothing. */
  private async recheck(made: readonly NotificationDoc[]): Promise<void> {
    const { attention, notifications, rewrites, badges } = this.needs;
    for (const doc of made) {
      if (attention.isDeleted(doc._id)) await rewrites.withdraw(doc._id, doc.version);
      const ignores = attention.besides(doc.feed, doc._id, doc.position);
      const late = ignores ? doc.recipients.filter(ignores) : [];
      for (const userId of late) {
        await notifications().updateOne({ _id: doc._id }, { $addToSet: { read_by: userId } });
        badges.changed(doc.feed, [userId]);
      }
    }
  }

  /** Edited and deleted messages, whose notification may be there already. */
  private async rewrite(pieces: readonly Piece[], asked: Asked): Promise<Renewed[]> {
    const { rewrites } = this.needs;
    const renewed: Renewed[] = [];
    for (const piece of pieces) {
      const { news, key } = piece;
      if (news.deleted) {
        const isLate = Date.now() - news.at.getTime() > COMES_LATE;
        await rewrites.withdraw(key, news.version, isLate ? undefined : markOf(piece));
        continue;
      }
      const verdicts = new Map(news.recipients.map((id) => [id, verdictOf(piece, asked, id)]));
      const naming = news.recipients.filter((id) => names(news, id) && verdicts.get(id) === "made");
      const loses = (id: number): boolean => NAMED_ONLY.has(verdicts.get(id) ?? "");
      const edited = await rewrites.edit(docOf(piece, [], asked), naming, loses);
      const made = edited === "absent" ? await this.makeEdited(piece, naming, asked) : edited;
      if (made) renewed.push(made);
    }
    return renewed;
  }

  /**
   * Of an edited message there is no notification: of an old one whom it names now is told, whatever they have read; of
   * a young one all are, as if it had been sent so. It is kept in any case: its message may come yet.
   */
  private async makeEdited(piece: Piece, naming: readonly number[], asked: Asked): Promise<Renewed | undefined> {
    const isYoung = Date.now() - piece.news.at.getTime() < YOUNG;
    const users = isYoung ? this.recipientsOf(piece, asked) : [];
    const unread_by = naming.filter((id) => !users.includes(id));
    const early = !isYoung || users.length === 0;
    const doc = { ...docOf(piece, [...users, ...unread_by], asked), unread_by, ...(early ? { early } : {}) };
    this.needs.feeds.stir(doc.feed, doc.position, doc.recipients);
    const [made] = await this.insert([doc], doc.made);
    this.needs.badges.changed(doc.feed, doc.recipients);
    return made && { doc, users: doc.recipients };
  }
}
