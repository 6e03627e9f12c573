/** What is to be pushed, as it is kept: one job for each device and topic, which the newest note has; many in few writes. */
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type Titled } from "../usernames";
import { type Devices } from "./devices";
import { type PushJobDoc } from "./documents";
import { noteOf, type Noted, shownOf } from "./note";
import { type PushNote } from "./provider";

/** A burst of messages gathers into one push. */
export const GATHER = 500;
/** Written at a time. */
const PAGE = 500;

/** A notification, and whose devices tell of it. */
export interface Told {
  readonly doc: Noted & Titled;
  readonly users: readonly number[];
}
type Content = Pick<PushJobDoc, "note" | "actor_id" | "actor_name">;

export class PushJobs {
  constructor(
    private readonly jobs: () => Documents<PushJobDoc>,
    private readonly devices: Devices,
  ) {}

  /** Says whether there is anything to push. */
  async add(told: readonly Told[]): Promise<boolean> {
    const devices = await this.devicesOf(new Set(told.flatMap(({ users }) => users)));
    const wanted = new Map<string, PushJobDoc>();
    for (const { doc, users } of devices.size ? told : []) {
      const having = users.filter((id) => devices.has(id));
      if (having.length === 0) continue;
      const noteFor = await noteOf(doc);
      for (const userId of having)
        for (const device of devices.get(userId) ?? []) {
          const job = jobOf(device, {
            note: noteFor(userId),
            actor_id: doc.actor_id,
            actor_name: doc.actor_name ?? null,
          });
          wanted.set(job.key, job); // the newest of a topic
        }
    }
    const all = [...wanted.values()];
    for (let i = 0; i < all.length; i += PAGE) await this.put(all.slice(i, i + PAGE));
    return all.length > 0;
  }

  /** Of what was read or taken back nobody is told any more, if it has not gone out yet. */
  async drop(notificationIds: readonly string[]): Promise<void> {
    if (notificationIds.length) await this.jobs().remove({ notification_id: { $in: notificationIds } });
  }

  /** What waits says what the message says now. */
  async rewrite(key: string, { title, content, actor_name = null }: Titled & Pick<PushNote, "content">): Promise<void> {
    const of = { notification_id: { $prefix: key.slice(0, 16) } };
    const words = { "note.title": title, "note.content": await shownOf(content), actor_name };
    await this.jobs().updateMany(of, { $set: words, $inc: { version: 1 } });
  }

  private async devicesOf(users: ReadonlySet<number>): Promise<ReadonlyMap<number, string[]>> {
    const found = users.size ? await this.devices.of([...users]) : [];
    const devices = new Map<number, string[]>();
    for (const { _id, user_id } of found) devices.set(user_id, [...(devices.get(user_id) ?? []), _id]);
    return devices;
  }

  /** Those that wait get the newer note, the others are made. */
  private async put(jobs: readonly PushJobDoc[]): Promise<void> {
    const known = await this.jobs().find({ key: { $in: jobs.map(({ key }) => key) } }, { fields: ["key"] });
    const waiting = new Set(known.map(({ key }) => key));
    const [renewed, made] = [jobs.filter(({ key }) => waiting.has(key)), jobs.filter(({ key }) => !waiting.has(key))];
    // One that was sent between the two is made anew.
    if (renewed.length && (await this.jobs().updateEach(renewed.map(renewal))) < renewed.length)
      for (const job of renewed) await this.putOne(job);
    if (made.length)
      await this.jobs()
        .insert(made)
        .catch(async (error: unknown) => {
          if (!(error instanceof DuplicateKey)) throw error;
          for (const job of made) await this.putOne({ ...job, _id: newId() });
        });
  }

  private async putOne(job: PushJobDoc): Promise<void> {
    const { filter, change } = renewal(job);
    if (await this.jobs().updateOne(filter, change)) return;
    try {
      await this.jobs().insert([job]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await this.jobs().updateOne(filter, change);
    }
  }
}

function jobOf(device_id: string, { note, actor_id = null, actor_name = null }: Content): PushJobDoc {
  const about = { note, notification_id: note.notificationId, actor_id, actor_name };
  const due_at = new Date(Date.now() + GATHER);
  return { _id: newId(), key: `${device_id}:${note.topic}`, device_id, ...about, version: 1, attempts: 0, due_at };
}

function renewal({ key, note, notification_id, actor_id, actor_name }: PushJobDoc) {
  return { filter: { key }, change: { $set: { note, notification_id, actor_id, actor_name }, $inc: { version: 1 } } };
}
