/** What webhooks store: themselves, the numbered log of events, and what was given up. */
import { type WebhookFact } from "../../../contracts/webhooks";
import { type Collection } from "../../../mixins/documents";

export interface WebhookDoc {
  readonly _id: string;
  readonly url: string;
  readonly secret: string;
  readonly facts: readonly WebhookFact[];
  readonly position: number;
  /** Of the event after `position`. */
  readonly attempts: number;
  /** Nobody sends before: it rests after a failure, or another node has it in hand. */
  readonly due_at: Date;
  readonly created_at: Date;
}

export interface EventDoc {
  readonly _id: string;
  readonly position: number;
  /** The same for the same event, however often its fact comes. */
  readonly event_id: string;
  readonly fact: WebhookFact;
  /** JSON, as it is sent and signed. */
  readonly body: string;
  /** Of the message whose words these are. */
  readonly version?: number;
  readonly created_at: Date;
}

/** What an event says by now that was not in the log when its message was edited or deleted: it may come yet. */
export interface RewriteDoc {
  readonly _id: string;
  readonly body: string;
  readonly version: number;
  readonly created_at: Date;
}

export interface FailureDoc {
  readonly _id: string;
  readonly webhook_id: string;
  readonly position: number;
  readonly event_id: string;
  readonly error: string;
  readonly created_at: Date;
}

export const webhookCollections = {
  webhooks: { name: "webhooks", indexes: [] } as Collection<WebhookDoc>,
  webhookEvents: {
    name: "webhook_events",
    indexes: [
      { fields: ["position"], unique: true },
      { fields: ["event_id"], unique: true },
      { fields: ["created_at"] },
    ],
  } as Collection<EventDoc>,
  webhookRewrites: { name: "webhook_rewrites", indexes: [{ fields: ["created_at"] }] } as Collection<RewriteDoc>,
  webhookFailures: {
    name: "webhook_failures",
    indexes: [{ fields: ["webhook_id", "position"] }],
  } as Collection<FailureDoc>,
};
