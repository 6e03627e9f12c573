/** What webhooks store: themselves, and what was given up. */
import { type FactKind } from "../../../contracts/facts";
import { type Collection } from "../../../mixins/documents";

export interface WebhookDoc {
  readonly _id: string;
  readonly url: string;
  readonly secret: string;
  readonly facts: readonly FactKind[];
  readonly position: number;
  /** Of the fact after `position`. */
  readonly attempts: number;
  /** Nobody sends before: it rests after a failure, or another node has it in hand. */
  readonly due_at: Date;
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
  webhookFailures: {
    name: "webhook_failures",
    indexes: [{ fields: ["webhook_id", "position"] }],
  } as Collection<FailureDoc>,
};
