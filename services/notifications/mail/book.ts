/** Whose mail is due when, in the store: by any node, each at a time by one, and nothing lost between two writes. */
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type MailDoc } from "./documents";

/** While it is being sent nobody else takes it; after that it was lost with its sender. */
const CLAIM = 120_000;
const PAGE = 50;
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

  /** There is something unread of this time; where nothing waits yet its mail is due at `due`. */
  async put(userId: number, at: Date, due: Date): Promise<void> {
    const waiting = { user_id: userId, due_at: { $exists: true } };
    const one = { $inc: { version: 1 } };
    if (await this.store().updateOne({ ...waiting, since: { $lte: at } }, one)) return;
    if (await this.store().updateOne(waiting, { $set: { since: at }, ...one })) return; // it comes late
    const first = { since: at, due_at: due, attempts: 0 };
    if (await this.store().updateOne({ user_id: userId, due_at: { $exists: false } }, { $set: first, ...one })) return;
    try {
      await this.store().insert([{ _id: newId(), user_id: userId, ...first, version: 1, told: [], sent: [] }]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await this.put(userId, at, due); // another node made it in between
    }
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
