/**
 * Sends what is due to devices: from the store, so that a crash loses none, and never in anybody's way. Each push service
 * has a queue of its own: one that is slow, silent or down delays nobody's pushes but its own.
 */
import { type Service } from "moleculer";
import { setMaxListeners } from "node:events";
import { toWire } from "../../../contracts/errors";
import { Destinations } from "../../../platform/destinations";
import { type Documents } from "../../../mixins/documents";
import { type DeviceDoc, type PushJobDoc } from "./documents";
import { type Usernames } from "../usernames";
import { type Devices } from "./devices";
import { GATHER, PushJobs, type Told } from "./jobs";
import { type Outcome, partsOf, type Providers } from "./provider";
import { Room } from "./room";

/** A timer may be a little early, by the clock that jobs are due by. */
const EARLY = 5;
/** What is due within so long is looked for at once. */
const MOMENT = 50;
const RETRIES = [5_000, 30_000, 120_000, 600_000, 3_600_000];
/** While it is being sent nobody else takes it; after that it was lost with its sender. */
const CLAIM = 60_000;
/** Looked for at a time. */
const PAGE = 100;
/**
 * In hand, altogether and of the room that is left for one destination: those that answer have room of their own, so that
 * however many hang or are new, there is some for them.
 */
const ANSWERING = { size: 2_000, part: 1 / 4 };
const DOUBTFUL = { size: 1_000, part: 1 / 50 };
/** Where a destination has too many waiting already: until they are likely to be done, within these bounds. */
const PUT_OFF = { least: 100, most: 15_000 };
/** Where there is no room at all. */
const CROWDED = 1_000;
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
  /** When something will be due. */
  private readonly looks = new Map<number, NodeJS.Timeout>();
  private working: Promise<void> | undefined;
  /** Somebody wants it looked for again, which this look may have missed. */
  private isAsked = false;
  private readonly inHand = new Set<Promise<void>>();
  private readonly answering = new Room(ANSWERING);
  private readonly doubtful = new Room(DOUBTFUL);
  private readonly jobs: PushJobs;
  private readonly destinations = new Destinations();
  private readonly stopping = new AbortController();

  constructor(
    private readonly service: Service,
    private readonly stores: () => Stores,
    devices: Devices,
    private readonly usernames: Usernames,
    private readonly providers: Providers,
    private readonly unread: Unread,
  ) {
    setMaxListeners(0, this.stopping.signal); // all that is under way ends by it
    this.jobs = new PushJobs(() => this.stores().pushJobs, devices);
  }

  start(): void {
    this.interval = setInterval(() => void this.work(), EVERY).unref();
  }
  async stop(): Promise<void> {
    clearInterval(this.interval);
    for (const look of this.looks.values()) clearTimeout(look);
    this.stopping.abort();
    await this.working;
    await Promise.all(this.inHand);
    for (const provider of Object.values(this.providers)) provider.stop?.();
  }

  /** Keeps a job for each device of these users. */
  async add(told: readonly Told[]): Promise<void> {
    if (await this.jobs.add(told)) this.wake(GATHER);
  }
  readonly drop: PushJobs["drop"] = (ids) => this.jobs.drop(ids);
  readonly rewrite: PushJobs["rewrite"] = (key, words) => this.jobs.rewrite(key, words);

  /** Looks when something will be due. */
  private wake(after: number): void {
    if (this.stopping.signal.aborted) return;
    const at = Math.ceil((Date.now() + after + EARLY) / MOMENT) * MOMENT;
    if (this.looks.has(at)) return;
    const look = (): void => {
      this.looks.delete(at);
      void this.work();
    };
    this.looks.set(at, setTimeout(look, at - Date.now()).unref());
  }

  private work(): Promise<void> {
    this.isAsked = true;
    return (this.working ??= this.sendDue()
      .catch((error: unknown) => this.service.logger.warn(`Pushes wait: ${toWire(error).code}`))
      .finally(() => (this.working = undefined)));
  }

  private async sendDue(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.isAsked = false;
      const due = await this.stores().pushJobs.find({ due_at: { $lte: new Date() } }, { limit: PAGE });
      if (due.length === 0 && !this.isAsked) return;
      const devices = await this.stores().devices.find({ _id: { $in: due.map((job) => job.device_id) } });
      const byId = new Map(devices.map((device) => [device._id, device]));
      const late: { job: PushJobDoc; destination: string }[] = [];
      const claims: Promise<unknown>[] = [];
      for (const job of due) {
        const device = byId.get(job.device_id);
        const destination = device ? this.destinationOf(device) : "";
        if (this.hasRoomFor(destination)) claims.push(this.take(job, device, destination));
        else late.push({ job, destination });
      }
      await Promise.all([...claims, this.putOff(late)]);
    }
  }

  private destinationOf(device: DeviceDoc): string {
    const provider = this.providers[partsOf(device).service];
    return provider ? new URL(provider.destination ?? device.endpoint).origin : "";
  }

  private roomOf(destination: string): Room {
    return destination && this.destinations.answers(destination) ? this.answering : this.doubtful;
  }

  private hasRoomFor(destination: string): boolean {
    if (destination && this.destinations.isFull(destination)) return false;
    return this.roomOf(destination).hasFor(destination);
  }

  private async claim(job: PushJobDoc): Promise<boolean> {
    const claim = { $set: { due_at: new Date(Date.now() + CLAIM) }, $inc: { attempts: 1 } };
    return (await this.stores().pushJobs.updateOne({ _id: job._id, due_at: job.due_at }, claim)) > 0;
  }

  /** Resolves when it is claimed; sending it holds up no other. @throws UNAVAILABLE */
  private take(job: PushJobDoc, device: DeviceDoc | undefined, destination: string): Promise<unknown> {
    const leave = this.roomOf(destination).enter(destination);
    const claimed = this.claim(job);
    const sending = claimed
      .then(
        (isOurs) => (isOurs ? this.send(job, device, destination) : undefined),
        () => undefined, // whoever waits for the claim hears of it
      )
      .catch((error: unknown) => this.service.logger.warn(`A push waits: ${toWire(error).code}`))
      .finally(() => {
        this.inHand.delete(sending);
        leave();
      });
    this.inHand.add(sending);
    return claimed;
  }

  private async send(job: PushJobDoc, device: DeviceDoc | undefined, destination: string): Promise<void> {
    if (!device) return this.settle(job, "gone");
    // Read or taken back meanwhile, by whatever door: nobody is told of it any more.
    if (!(await this.unread.has(device.user_id, job.note.notificationId))) return this.settle(job, "sent");
    const { signal } = this.stopping;
    const note = { ...job.note, title: await this.titleOf(job) };
    const provider = this.providers[partsOf(device).service];
    if (!provider) return this.settle(job, "refused"); // it was set up once
    const work = () => provider.send(device, note, signal, () => this.unread.count(device.user_id));
    const outcome = await this.destinations.run<Outcome>(destination, work, (o) => o === "later");
    if (signal.aborted && outcome === "later") return this.putBack(job, 0);
    if (outcome === "full") return this.putBack(job, this.waitAt(destination));
    return this.settle(job, outcome === "resting" ? "later" : outcome);
  }

  private async titleOf({ note: { title }, actor_id = null, actor_name = null }: PushJobDoc): Promise<string> {
    const [now] = await this.usernames.retitled([{ title, actor_id, actor_name }]);
    return now?.title ?? title;
  }

  /** Until there is likely to be room, and looks then. */
  private waitAt(destination: string): number {
    const backlog = destination ? this.destinations.backlog(destination) : 0;
    const least = this.roomOf(destination).isFull ? CROWDED : PUT_OFF.least;
    const wait = Math.min(Math.max(backlog, least), PUT_OFF.most);
    this.wake(wait);
    return wait;
  }

  /** Those that nobody has taken. */
  private async putOff(late: readonly { job: PushJobDoc; destination: string }[]): Promise<void> {
    if (late.length === 0) return;
    const puttingOff = late.map(({ job: { _id, due_at }, destination }) => ({
      filter: { _id, due_at },
      change: { $set: { due_at: new Date(Date.now() + this.waitAt(destination)) } },
    }));
    await this.stores().pushJobs.updateEach(puttingOff);
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
