/**
 * Takes facts to webhooks: in order, signed, again and again until they are taken or given up. Each webhook is served by
 * itself, at its pace, and rests after a failure: a slow or silent one delays no other.
 */
import { type Service } from "moleculer";
import { setMaxListeners } from "node:events";
import { toWire } from "../../../contracts/errors";
import { LONGEST } from "../../../contracts/most";
import { type Documents, newId } from "../../../mixins/documents";
import { post } from "../../../platform/outgoing";
import { signed } from "../../../platform/signature";
import { type FactDoc } from "../log/documents";
import { type FactLog } from "../log/log";
import { tell } from "../log/teller";
import { type FailureDoc, type WebhookDoc } from "./documents";

const RETRIES = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];
/** While one node has a webhook in hand no other touches it; renewed with every event. */
const CLAIM = 60_000;
const PAGE = 100;
/** How far one is gets written down so often, and whenever it pauses: each event of a burst would cost a write. */
const WRITTEN_EVERY = 200;
/** What is to be told can't be read: nobody's fault, and no attempt. */
const UNREAD = 1_000;
const EVERY = 2_000;

const TAKEN = "taken";
type Outcome = typeof TAKEN | "unread" | { readonly error: string };

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
    private readonly log: FactLog,
    private readonly allowInward: boolean,
  ) {
    setMaxListeners(0, this.stopping.signal); // all that is under way ends by it
  }

  start(): void {
    this.log.onAppend(() => this.wake());
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
    const facts = await this.log.after(hook.position, PAGE);
    const { attempts, rest } = await this.sendAll(hook, facts);
    await webhooks.updateOne({ _id }, { $set: { attempts, due_at: new Date(Date.now() + rest) } });
    return rest === 0 && facts.length > 0;
  }

  private async sendAll(hook: WebhookDoc, facts: readonly FactDoc[]): Promise<{ attempts: number; rest: number }> {
    let { attempts } = hook;
    const place = new Place(hook.position, (from, to) => this.move(hook, from, to));
    for (const [i, fact] of facts.entries()) {
      if (this.stopped) break;
      const wanted = hook.facts.includes(fact.type);
      if (!wanted && i < facts.length - 1) continue; // the next one that is wanted moves the position past it
      const result = wanted ? await this.send(hook, fact) : TAKEN;
      if (this.stopped && result !== TAKEN) break; // ended by the stop: no fault of the receiver
      const rest = result === "unread" ? UNREAD : result === TAKEN ? undefined : RETRIES[attempts];
      if (rest !== undefined) {
        await place.write();
        return { attempts: result === "unread" ? attempts : attempts + 1, rest };
      }
      if (result !== TAKEN && result !== "unread") await this.giveUp(hook, fact, result.error);
      attempts = 0;
      if (!(await place.reach(fact.position, result !== TAKEN))) break;
    }
    await place.write();
    return { attempts, rest: 0 };
  }

  /** From where it was: a replay that was asked for meanwhile stands. */
  private async move({ _id }: WebhookDoc, position: number, to: number): Promise<boolean> {
    const moved = { $set: { position: to, due_at: new Date(Date.now() + CLAIM) } };
    return (await this.stores().webhooks.updateOne({ _id, position }, moved)) > 0;
  }

  /** The words are read just before they leave: what was taken back meanwhile goes nowhere. */
  private async send({ url, secret }: WebhookDoc, doc: FactDoc): Promise<Outcome> {
    const told = await tell(this.service.broker, [doc]).catch((error: unknown) => this.waits(error));
    const [fact] = told ?? [];
    if (!fact) return "unread";
    const body = JSON.stringify(fact);
    const headers = { "content-type": "application/json", ...signed(secret, fact.id, body, new Date()) };
    try {
      const { allowInward, stopping } = this;
      const status = await post({ url, headers, body, allowInward, signal: stopping.signal });
      return status >= 200 && status < 300 ? TAKEN : { error: `answered ${status}` };
    } catch (error) {
      return { error: (error instanceof Error ? error.message : String(error)).slice(0, LONGEST.errorMessage) };
    }
  }

  private async giveUp(hook: WebhookDoc, { position, type, key }: FactDoc, error: string): Promise<void> {
    this.service.logger.warn(`A webhook did not take fact ${position}: ${error}.`);
    const event_id = `${type}:${key}`;
    const failure = { _id: newId(), webhook_id: hook._id, position, event_id, error, created_at: new Date() };
    await this.stores().webhookFailures.insert([failure]);
  }
}

/** How far a webhook is, and how far that is written down; a crash in between sends a little again. */
class Place {
  private reached: number;
  private writtenAt = performance.now();

  /** @param move false where somebody else has moved it */
  constructor(
    private written: number,
    private readonly move: (from: number, to: number) => Promise<boolean>,
  ) {
    this.reached = written;
  }

  /** False where it has been put elsewhere. */
  async reach(position: number, isUrgent: boolean): Promise<boolean> {
    this.reached = position;
    return (!isUrgent && performance.now() - this.writtenAt < WRITTEN_EVERY) || this.write();
  }

  async write(): Promise<boolean> {
    this.writtenAt = performance.now();
    if (this.written === this.reached) return true;
    const [from, to] = [this.written, this.reached];
    if (!(await this.move(from, to))) return false;
    this.written = to;
    return true;
  }
}
