/** Whose mail is due when, in the store: by any node, each at a time by one, and nothing lost between two writes. */
import { fail } from "../../../contracts/errors";
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type MailDoc } from "./documents";

/** While it is being sent nobody else takes it; after that it was lost with its sender. */
const CLAIM = 120_000;
const PAGE = 50;
/** Other nodes may be at the same accounts; each time somebody got on. */
const TRIES = 20;
const HOUR = 3_600_000;
/** Notifications that were mailed are remembered, so many of an account: what comes late brings none of them again. */
const TOLD = 200;

export const sentWithinHour = ({ sent }: MailDoc, now: Date): Date[] =>
  sent.filter((at) => at.getTime() > now.getTime() - HOUR);

export class MailBook {
  constructor(private readonly store: () => Documents<MailDoc>) {}

  of(userId: number): Promise<MailDoc | undefined> {
    return this.store().findOne({ user_id: userId });
  }

  /**
   * They have something unread of this time; of those for whom nothing waits yet the mail is due at `due`. A few writes,
   * however many they are.
   */
  async put(userIds: readonly number[], at: Date, due: Date): Promise<void> {
    const them = { user_id: { $in: userIds } };
    const waiting = { ...them, due_at: { $exists: true } };
    const one = { $inc: { version: 1 } };
    const first = { since: at, due_at: due, attempts: 0 };
    for (let tried = 0; tried < TRIES; tried++) {
      let found = await this.store().updateMany({ ...waiting, since: { $lte: at } }, one);
      if (found < userIds.length)
        // it comes late
        found += await this.store().updateMany({ ...waiting, since: { $gt: at } }, { $set: { since: at }, ...one });
      if (found < userIds.length)
        found += await this.store().updateMany({ ...them, due_at: { $exists: false } }, { $set: first, ...one });
      if (found >= userIds.length) return;
      const known = await this.store().find(them, { fields: ["user_id"] });
      const there = new Set(known.map(({ user_id }) => user_id));
      const missing = userIds.filter((id) => !there.has(id));
      const docs = missing.map((user_id) => ({ _id: newId(), user_id, ...first, version: 1, told: [], sent: [] }));
      try {
        await this.store().insert(docs);
        if (found + docs.length >= userIds.length) return;
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
      }
      // Another node was at some of them in between: once more, which for the others changes nothing.
    }
    throw fail("UNAVAILABLE", "Too many at once; try again.");
  }

  /** Where something waits for later than that. */
  async hasten(userId: number, due: Date): Promise<void> {
    await this.store().updateOne({ user_id: userId, due_at: { $gt: due } }, { $set: { due_at: due } });
  }

  due(now: Date): Promise<MailDoc[]> {
    return this.store().find({ due_at: { $lte: now } }, { sort: [["due_at", 1]], limit: PAGE });
  }

  async claim({ _id, due_at }: MailDoc, now: Date): Promise<boolean> {
    const claim = { $set: { due_at: new Date(now.getTime() + CLAIM) }, $inc: { attempts: 1 } };
    return (await this.store().updateOne({ _id, ...(due_at && { due_at }) }, claim)) > 0;
  }

  /** @param attempts as many as count so far */
  async putOff({ _id }: MailDoc, due_at: Date, attempts: number): Promise<void> {
    await this.store().updateOne({ _id, due_at: { $exists: true } }, { $set: { due_at, attempts } });
  }

  /** Nothing waits any more, unless it came since the job was read: that is due at `next`. */
  async finish(
    job: MailDoc,
    next: Date,
    told?: { readonly keys: readonly string[]; readonly at: Date },
  ): Promise<void> {
    const { _id, version } = job;
    const said = told && {
      told: [...job.told, ...told.keys].slice(-TOLD),
      told_at: told.at,
      sent: [...sentWithinHour(job, told.at), told.at],
    };
    const done = { $set: { ...said, attempts: 0 }, $unset: { due_at: true, since: true } } as const;
    if (await this.store().updateOne({ _id, version }, done)) return;
    await this.store().updateOne({ _id }, { $set: { ...said, attempts: 0, due_at: next } });
  }

  async forget(userId: number): Promise<void> {
    await this.store().remove({ user_id: userId });
  }
}
