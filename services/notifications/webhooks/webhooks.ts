/** The webhooks that admins keep, and the events for them. */
import { randomBytes } from "node:crypto";
import { type Service } from "moleculer";
import { type Params } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type Webhook } from "../../../contracts/webhooks";
import { MOST } from "../../../contracts/most";
import { type Documents, newId } from "../../../mixins/documents";
import { checkOutwardUrl } from "../../../platform/outgoing";
import { WebhookDispatcher } from "./dispatcher";
import { type EventDoc, type FailureDoc, type RewriteDoc, type WebhookDoc } from "./documents";
import { type Event } from "./events";
import { EventLog } from "./log";

interface Stores {
  readonly webhooks: Documents<WebhookDoc>;
  readonly webhookEvents: Documents<EventDoc>;
  readonly webhookRewrites: Documents<RewriteDoc>;
  readonly webhookFailures: Documents<FailureDoc>;
}

const view = ({ _id, url, facts, position, created_at }: WebhookDoc): Webhook => ({
  _id,
  url,
  facts: [...facts],
  position,
  created_at: created_at.toISOString(),
});

export class Webhooks {
  readonly log: EventLog;
  readonly dispatcher: WebhookDispatcher;

  constructor(
    service: Service,
    private readonly stores: () => Stores,
    private readonly allowInward: boolean,
  ) {
    this.log = new EventLog(
      () => stores().webhookEvents,
      () => stores().webhookRewrites,
    );
    this.dispatcher = new WebhookDispatcher(service, stores, this.log, allowInward);
  }

  /** Keeps events for the webhooks there are; without any there is nothing to keep. */
  async take(events: readonly Event[]): Promise<void> {
    if (events.length === 0 || !(await this.hasAny())) return;
    await this.log.append(events);
    this.dispatcher.wake();
  }

  /** What events of messages, that were edited or deleted, say by now. */
  async rewrite(events: readonly Event[]): Promise<void> {
    await this.log.rewrite(events, await this.hasAny());
  }

  private async hasAny(): Promise<boolean> {
    return (await this.stores().webhooks.count({})) > 0;
  }

  async list(): Promise<Webhook[]> {
    return (await this.stores().webhooks.find({})).map(view);
  }

  async add({ url, facts }: Params<"notifications.addWebhook">): Promise<Webhook> {
    await checkOutwardUrl(url, "url", this.allowInward);
    if ((await this.stores().webhooks.count({})) >= MOST.webhooks)
      throw fail("CONFLICT", `There are ${MOST.webhooks} webhooks already.`);
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const now = new Date();
    const place = { position: await this.log.last(), attempts: 0, due_at: now, created_at: now };
    const doc: WebhookDoc = { _id: newId(), url, secret, facts, ...place };
    await this.stores().webhooks.insert([doc]);
    return { ...view(doc), secret };
  }

  async remove(_id: string): Promise<void> {
    if (!(await this.stores().webhooks.remove({ _id }))) throw fail("NOTFOUND", "There is no such webhook.");
    await this.stores().webhookFailures.remove({ webhook_id: _id });
  }

  async replay(_id: string, position: number): Promise<Webhook> {
    const from = { $set: { position, attempts: 0, due_at: new Date() } };
    await this.stores().webhooks.updateOne({ _id }, from);
    const doc = await this.existing(_id);
    this.dispatcher.wake();
    return view(doc);
  }

  async failures({ webhookId, limit }: Params<"notifications.webhookFailures">) {
    await this.existing(webhookId);
    const failures = await this.stores().webhookFailures.find(
      { webhook_id: webhookId },
      { sort: [["position", -1]], limit },
    );
    return failures.map(({ position, event_id, error, created_at }) => ({
      position,
      eventId: event_id,
      error,
      created_at: created_at.toISOString(),
    }));
  }

  private async existing(_id: string): Promise<WebhookDoc> {
    const doc = await this.stores().webhooks.findOne({ _id });
    if (!doc) throw fail("NOTFOUND", "There is no such webhook.");
    return doc;
  }
}
