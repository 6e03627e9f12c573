/**
 * Sends what is due to devices: from the store, so that a crash loses none, and never in anybody's way. Each push service
 * has a queue of its own: one that is slow, silent or down delays nobody's pushes but its own.
 */
import { type Service } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { Destinations } from "../../../platform/destinations";
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type DeviceDoc, type PushJobDoc } from "./documents";
import { type Titled, type Usernames } from "../usernames";
import { type Devices } from "./devices";
import { noteOf, type Noted, shownOf } from "./note";
import { type Outcome, partsOf, type Providers, type PushNote } from "./provider";

/** A burst of messages gathers into one push. */
const GATHER = 500;
/** A timer may be a little early, by the clock that jobs are due by. */
const LOOK_AFTER = GATHER + 5;
const RETRIES = [5_000, 30_000, 120_000, 600_000, 3_600_000];
/** While it is being sent nobody else takes it; after that it was lost with its sender. */
const CLAIM = 60_000;
/** Looked for at a time, and in hand altogether. */
const PAGE = 50;
const IN_HAND = 500;
/** Where a destination has too many waiting already: until they are likely to be done, but no longer. */
const PUT_OFF = 15_000;
const EVERY = 5_000;

interface Stores {
  readonly devices: Documents<DeviceDoc>;
  readonly pushJobs: Documents<PushJobDoc>;
}

/** What a user has not read yet. */
export interface Unread {
  count(userId: number): Promise<number>;
  has(userId: number, notificationId: string): Promise<boolean>;
}

export class PushDispatcher {
  private interval: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  /** Something was added while `soon` waited. */
  private isMore = false;
  private working: Promise<void> | undefined;
  /** Somebody wants it looked for again, which this look may have missed. */
  private isAsked = false;
  private readonly inHand = new Set<Promise<void>>();
  private readonly destinations = new Destinations();
  private readonly stopping = new AbortController();

  constructor(
    private readonly service: Service,
    private readonly stores: () => Stores,
    private readonly devices: Devices,
    private readonly usernames: Usernames,
    private readonly providers: Providers,
    private readonly unread: Unread,
  ) {}

  start(): void {
    this.interval = setInterval(() => void this.work(), EVERY).unref();
  }
  async stop(): Promise<void> {
    clearInterval(this.interval);
    clearTimeout(this.soon);
    this.stopping.abort();
    await this.working;
    await Promise.all(this.inHand);
    for (const provider of Object.values(this.providers)) provider.stop?.();
  }

  /** Stores a job for each device of these users. */
  async add(doc: Noted & Titled, users: readonly number[]): Promise<void> {
    if (users.length === 0) return;
    const devices = await this.devices.of(users);
    if (devices.length === 0) return;
    const noteFor = await noteOf(doc);
    // Side by side the store keeps them with one write.
    for (let i = 0; i < devices.length; i += PAGE)
      await Promise.all(devices.slice(i, i + PAGE).map(({ _id, user_id }) => this.put(_id, noteFor(user_id), doc)));
    this.wake();
  }

  /** Of what was read or taken back nobody is told any more, if it has not gone out yet. */
  async drop(notificationIds: readonly string[]): Promise<void> {
    if (notificationIds.length) await this.stores().pushJobs.remove({ notification_id: { $in: notificationIds } });
  }

  /** What waits says what the message says now. */
  async rewrite(key: string, { title, content, actor_name = null }: Titled & Pick<PushNote, "content">): Promise<void> {
    const of = { notification_id: { $prefix: key.slice(0, 16) } };
    const words = { "note.title": title, "note.content": await shownOf(content), actor_name };
    await this.stores().pushJobs.updateMany(of, { $set: words, $inc: { version: 1 } });
  }

  /** Looks after a while; and once more after what was added meanwhile, which is due later. */
  private wake(): void {
    if (this.stopping.signal.aborted) return;
    if (this.soon) return void (this.isMore = true);
    this.soon = setTimeout(() => {
      this.soon = undefined;
      if (this.isMore) this.wake();
      this.isMore = false;
      void this.work();
    }, LOOK_AFTER).unref();
  }

  private async put(device_id: string, note: PushNote, { actor_id, actor_name = null }: Titled): Promise<void> {
    const { pushJobs } = this.stores();
    const key = `${device_id}:${note.topic}`;
    const about = { note, notification_id: note.notificationId, actor_id, actor_name };
    const renew = { $set: about, $inc: { version: 1 } };
    if (await pushJobs.updateOne({ key }, renew)) return;
    const due_at = new Date(Date.now() + GATHER);
    try {
      await pushJobs.insert([{ _id: newId(), key, device_id, ...about, version: 1, attempts: 0, due_at }]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await pushJobs.updateOne({ key }, renew);
    }
  }

  private work(): Promise<void> {
    this.isAsked = true;
    return (this.working ??= this.sendDue()
      .catch((error: unknown) => this.service.logger.warn(`Pushes wait: ${toWire(error).code}`))
      .finally(() => (this.working = undefined)));
  }

  private async sendDue(): Promise<void> {
    while (!this.stopping.signal.aborted && this.inHand.size < IN_HAND) {
      this.isAsked = false;
      const due = await this.stores().pushJobs.find({ due_at: { $lte: new Date() } }, { limit: PAGE });
      if (due.length === 0 && !this.isAsked) return;
      const devices = await this.stores().devices.find({ _id: { $in: due.map((job) => job.device_id) } });
      const byId = new Map(devices.map((device) => [device._id, device]));
      await Promise.all(
        due.map(async (job) => {
          if (await this.claim(job)) this.take(job, byId.get(job.device_id));
        }),
      );
    }
  }

  private async claim(job: PushJobDoc): Promise<boolean> {
    const claim = { $set: { due_at: new Date(Date.now() + CLAIM) }, $inc: { attempts: 1 } };
    return (await this.stores().pushJobs.updateOne({ _id: job._id, due_at: job.due_at }, claim)) > 0;
  }

  /** Not awaited by the others: whoever is slow is so alone. */
  private take(job: PushJobDoc, device: DeviceDoc | undefined): void {
    const sending = this.send(job, device)
      .catch((error: unknown) => this.service.logger.warn(`A push waits: ${toWire(error).code}`))
      .finally(() => {
        this.inHand.delete(sending);
        if (this.inHand.size === IN_HAND - 1) this.wake();
      });
    this.inHand.add(sending);
  }

  private async send(job: PushJobDoc, device: DeviceDoc | undefined): Promise<void> {
    if (!device) return this.settle(job, "gone");
    // Read or taken back meanwhile, by whatever door: nobody is told of it any more.
    if (!(await this.unread.has(device.user_id, job.note.notificationId))) return this.settle(job, "sent");
    const { signal } = this.stopping;
    const note = { ...job.note, title: await this.titleOf(job) };
    const provider = this.providers[partsOf(device).service];
    if (!provider) return this.settle(job, "refused"); // it was set up once
    const work = () => provider.send(device, note, signal, () => this.unread.count(device.user_id));
    const destination = provider.destination ?? device.endpoint;
    const outcome = await this.destinations.run<Outcome>(destination, work, (o) => o === "later");
    if (signal.aborted && outcome === "later") return this.putBack(job, 0);
    if (outcome === "full") return this.putOff(job, this.destinations.backlog(destination));
    return this.settle(job, outcome === "resting" ? "later" : outcome);
  }

  private async titleOf({ note: { title }, actor_id = null, actor_name = null }: PushJobDoc): Promise<string> {
    const [now] = await this.usernames.retitled([{ title, actor_id, actor_name }]);
    return now?.title ?? title;
  }

  private async putOff(job: PushJobDoc, backlog: number): Promise<void> {
    await this.putBack(job, Math.min(Math.max(backlog, GATHER), PUT_OFF));
    this.wake();
  }

  /** As if it had not been taken. */
  private async putBack({ _id, attempts }: PushJobDoc, wait: number): Promise<void> {
    await this.stores().pushJobs.updateOne({ _id }, { $set: { due_at: new Date(Date.now() + wait), attempts } });
  }

  private async settle(job: PushJobDoc, outcome: Outcome): Promise<void> {
    const { pushJobs, devices } = this.stores();
    if (outcome === "gone") {
      await devices.remove({ _id: job.device_id });
      await pushJobs.remove({ device_id: job.device_id });
      return;
    }
    const wait = RETRIES[job.attempts];
    if (outcome === "later" && wait !== undefined) {
      await pushJobs.updateOne({ _id: job._id }, { $set: { due_at: new Date(Date.now() + wait) } });
      return;
    }
    if (outcome !== "sent") this.service.logger.warn(`A push was given up (${outcome}).`);
    // A newer note that came meanwhile is a job of its own.
    const done = await pushJobs.remove({ _id: job._id, version: job.version });
    if (!done) await pushJobs.updateOne({ _id: job._id }, { $set: { due_at: new Date(), attempts: 0 } });
  }
}
