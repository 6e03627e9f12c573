/**
 * Takes events to webhooks: in order, signed, again and again until they are taken or given up. Each webhook is served by
 * itself, at its pace, and rests after a failure: a slow or silent one delays no other.
 */
import { type Service } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { LONGEST } from "../../../contracts/most";
import { type Documents, newId } from "../../../mixins/documents";
import { post } from "../../../platform/outgoing";
import { signed } from "../../../platform/signature";
import { type EventDoc, type FailureDoc, type WebhookDoc } from "./documents";
import { type EventLog } from "./log";

const RETRIES = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];
/** While one node has a webhook in hand no other touches it; renewed with every event. */
const CLAIM = 60_000;
const PAGE = 50;
const EVERY = 2_000;
/** What was read is sent within this time: later its words may have been taken back. */
const FRESH = 1_000;

interface Stores {
  readonly webhooks: Documents<WebhookDoc>;
  readonly webhookFailures: Documents<FailureDoc>;
}

export class WebhookDispatcher {
  private interval: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  /** How often there was something new. */
  private wakes = 0;
  /** The webhooks that this node has in hand. */
  private readonly inHand = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly service: Service,
    private readonly stores: () => Stores,
    private readonly log: EventLog,
    private readonly allowInward: boolean,
  ) {}

  start(): void {
    this.interval = setInterval(() => this.wake(), EVERY).unref();
  }
  async stop(): Promise<void> {
    clearInterval(this.interval);
    this.stopping.abort();
    await this.looking;
    await Promise.all(this.inHand.values());
  }

  wake(): void {
    if (this.stopped) return;
    this.wakes++;
    this.looking ??= this.look()
      .catch((error: unknown) => this.waits(error))
      .finally(() => (this.looking = undefined));
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private waits(error: unknown): void {
    this.service.logger.warn(`Webhooks wait: ${toWire(error).code}`);
  }

  /** Takes in hand what is due; does not wait for how it goes. */
  private look(): Promise<void> {
    return this.untilQuiet(async () => {
      for (const hook of await this.stores().webhooks.find({ due_at: { $lte: new Date() } }))
        if (!this.inHand.has(hook._id)) this.take(hook);
      return false;
    });
  }

  /** Again while there is more to do, or something new came meanwhile. */
  private async untilQuiet(step: () => Promise<boolean>): Promise<void> {
    for (let seen = -1, more = true; !this.stopped && (more || seen !== this.wakes);) {
      seen = this.wakes;
      more = await step();
    }
  }

  private take({ _id }: WebhookDoc): void {
    const serving = this.untilQuiet(() => this.servePage(_id))
      .catch((error: unknown) => this.waits(error))
      .finally(() => this.inHand.delete(_id));
    this.inHand.set(_id, serving);
  }

  /** Sends what it has not had yet; says whether there may be more to send now. */
  private async servePage(_id: string): Promise<boolean> {
    const { webhooks } = this.stores();
    const hook = await webhooks.findOne({ _id, due_at: { $lte: new Date() } });
    const claim = { $set: { due_at: new Date(Date.now() + CLAIM) } };
    if (!hook || !(await webhooks.updateOne({ _id, due_at: hook.due_at }, claim))) return false;
    const events = await this.log.after(hook.position, PAGE);
    const { attempts, rest } = await this.sendAll(hook, events);
    await webhooks.updateOne({ _id }, { $set: { attempts, due_at: new Date(Date.now() + rest) } });
    return rest === 0 && events.length > 0;
  }

  private async sendAll(hook: WebhookDoc, events: readonly EventDoc[]): Promise<{ attempts: number; rest: number }> {
    let { attempts, position } = hook;
    const readAt = Date.now();
    for (const event of events) {
      if (this.stopped || Date.now() - readAt > FRESH) break;
      const error = hook.facts.includes(event.fact) ? await this.send(hook, event) : undefined;
      if (this.stopped && error !== undefined) break; // ended by the stop: no fault of the receiver
      const rest = RETRIES[attempts];
      if (error !== undefined && rest !== undefined) return { attempts: attempts + 1, rest };
      if (error !== undefined) await this.giveUp(hook, event, error);
      attempts = 0;
      // From where we were: a replay that was asked for meanwhile stands.
      const moved = { $set: { position: event.position, due_at: new Date(Date.now() + CLAIM) } };
      if (!(await this.stores().webhooks.updateOne({ _id: hook._id, position }, moved))) break;
      position = event.position;
    }
    return { attempts, rest: 0 };
  }

  /** What went wrong; undefined when it was taken. */
  private async send({ url, secret }: WebhookDoc, { event_id, body }: EventDoc): Promise<string | undefined> {
    const headers = { "content-type": "application/json", ...signed(secret, event_id, body, new Date()) };
    try {
      const { allowInward, stopping } = this;
      const status = await post({ url, headers, body, allowInward, signal: stopping.signal });
      return status >= 200 && status < 300 ? undefined : `answered ${status}`;
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST.errorMessage);
    }
  }

  private async giveUp(hook: WebhookDoc, { position, event_id }: EventDoc, error: string): Promise<void> {
    this.service.logger.warn(`A webhook did not take event ${position}: ${error}.`);
    const failure = { _id: newId(), webhook_id: hook._id, position, event_id, error, created_at: new Date() };
    await this.stores().webhookFailures.insert([failure]);
  }
}
