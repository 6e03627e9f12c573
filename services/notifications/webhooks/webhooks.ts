/** The webhooks that admins keep. */
import { randomBytes } from "node:crypto";
import { type Service } from "moleculer";
import { type Params } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type Webhook } from "../../../contracts/webhooks";
import { MOST } from "../../../contracts/most";
import { type Documents, newId } from "../../../mixins/documents";
import { checkOutwardUrl } from "../../../platform/outgoing";
import { WebhookDispatcher } from "./dispatcher";
import { type FactLog } from "../log/log";
import { type FailureDoc, type WebhookDoc } from "./documents";

interface Stores {
  readonly webhooks: Documents<WebhookDoc>;
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
  readonly dispatcher: WebhookDispatcher;

  constructor(
    service: Service,
    private readonly stores: () => Stores,
    private readonly log: FactLog,
    private readonly allowInward: boolean,
  ) {
    this.dispatcher = new WebhookDispatcher(service, stores, log, allowInward);
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

  /** @throws NOTFOUND, BAD_REQUEST */
  async replay(_id: string, position: number): Promise<Webhook> {
    const doc = await this.existing(_id);
    await this.log.endsFor(position);
    await this.stores().webhooks.updateOne({ _id }, { $set: { position, attempts: 0, due_at: new Date() } });
    this.dispatcher.wake();
    return view({ ...doc, position });
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
