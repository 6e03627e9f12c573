/** Sends what is due to devices: from the store, so that a crash loses none, and never in anybody's way. */
import { type Service } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { type DeviceDoc, type PushJobDoc } from "./documents";
import { type Devices } from "./devices";
import { type Outcome, type PushNote, type PushProvider } from "./provider";

/** A burst of messages gathers into one push. */
const GATHER = 500;
const RETRIES = [5_000, 30_000, 120_000, 600_000, 3_600_000];
/** While it is being sent nobody else takes it; after that it was lost with its sender. */
const CLAIM = 60_000;
const AT_ONCE = 20;
const EVERY = 5_000;

interface Stores {
  readonly devices: Documents<DeviceDoc>;
  readonly pushJobs: Documents<PushJobDoc>;
}

export class PushDispatcher {
  private interval: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;

  constructor(
    private readonly service: Service,
    private readonly stores: () => Stores,
    private readonly devices: Devices,
    private readonly provider: PushProvider,
  ) {}

  start(): void {
    this.interval = setInterval(() => void this.work(), EVERY).unref();
  }
  stop(): Promise<void> {
    clearInterval(this.interval);
    clearTimeout(this.soon);
    return this.working ?? Promise.resolve();
  }

  /** Stores a job for each device of these users; of several notes of one topic the last one counts. */
  async add(notes: readonly { userId: number; note: PushNote }[]): Promise<void> {
    const latest = new Map(notes.map((n) => [`${n.userId}:${n.note.topic}`, n]));
    const devices = await this.devices.of([...new Set(notes.map((n) => n.userId))]);
    for (const { userId, note } of latest.values())
      for (const device of devices) if (device.user_id === userId) await this.put(device._id, note);
    if (devices.length) this.wake();
  }

  private wake(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      void this.work();
    }, GATHER).unref();
  }

  private async put(deviceId: string, note: PushNote): Promise<void> {
    const { pushJobs } = this.stores();
    const key = `${deviceId}:${note.topic}`;
    if (await pushJobs.updateOne({ key }, { $set: { note }, $inc: { version: 1 } })) return;
    const due_at = new Date(Date.now() + GATHER);
    try {
      await pushJobs.insert([{ _id: newId(), key, device_id: deviceId, note, version: 1, attempts: 0, due_at }]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      await pushJobs.updateOne({ key }, { $set: { note }, $inc: { version: 1 } });
    }
  }

  private work(): Promise<void> {
    return (this.working ??= this.sendDue()
      .catch((error: unknown) => this.service.logger.warn(`Pushes wait: ${toWire(error).code}`))
      .finally(() => (this.working = undefined)));
  }

  private async sendDue(): Promise<void> {
    for (;;) {
      const due = await this.stores().pushJobs.find({ due_at: { $lte: new Date() } }, { limit: AT_ONCE });
      if (due.length === 0) return;
      await Promise.all(due.map((job) => this.send(job)));
    }
  }

  private async send(job: PushJobDoc): Promise<void> {
    const { pushJobs, devices } = this.stores();
    const claim = { $set: { due_at: new Date(Date.now() + CLAIM) }, $inc: { attempts: 1 } };
    if (!(await pushJobs.updateOne({ _id: job._id, due_at: job.due_at }, claim))) return;
    const device = await devices.findOne({ _id: job.device_id });
    const outcome = device ? await this.provider.send(device, job.note) : "gone";
    await this.settle(job, outcome);
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
