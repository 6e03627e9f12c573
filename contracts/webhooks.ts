/** Facts for integrations: signed requests to addresses that admins name. Answered by the `notifications` service. */
import { action } from "./action";
import { factKind, factNames } from "./facts";
import { LONGEST, MOST } from "./most";
import { id, type Infer, int, list, named, nothing, object, optional, outwardUrl, text, time } from "./schema";

const webhookId = id();

export const Webhook = named(
  "Webhook",
  object({
    _id: id(),
    url: text({ max: LONGEST.url }),
    facts: list(factKind, { max: factNames.length, about: "the kinds that it takes" }),
    position: int({ min: 0, about: "the last event that it took, or that was given up" }),
    created_at: time(),
    secret: optional(text({ max: 100, about: "signs its requests; told once, when it is made" })),
  }),
);
export type Webhook = Infer<typeof Webhook>;

export const webhookActions = {
  "notifications.webhooks": action({
    access: "admin",
    about: "The webhooks there are.",
    params: nothing,
    result: list(Webhook, { max: MOST.webhooks }),
    idempotent: true,
  }),
  "notifications.addWebhook": action({
    access: "admin",
    about: "Events from now on go to this address, each with a stable id, in order, until it takes them.",
    audit: { event: "webhook.added", details: ["facts"] },
    params: object({
      url: outwardUrl(),
      facts: list(factKind, { min: 1, max: factNames.length, unique: true }),
    }),
    result: Webhook,
  }),
  "notifications.removeWebhook": action({
    access: "admin",
    about: "No more requests to it.",
    audit: { event: "webhook.removed", target: "webhookId" },
    params: object({ webhookId }),
    result: nothing,
    idempotent: true,
  }),
  "notifications.replayWebhook": action({
    access: "admin",
    about:
      "Sends again all that came after this position: from the oldest that is kept by 0; NOTFOUND where what follows the " +
      "position is not kept any more, BAD_REQUEST where the log does not reach so far.",
    audit: { event: "webhook.replayed", target: "webhookId", details: ["position"] },
    params: object({ webhookId, position: int({ min: 0 }) }),
    result: Webhook,
    idempotent: true,
  }),
  "notifications.webhookFailures": action({
    access: "admin",
    about: "Events that it did not take, newest first; replay from the position before one sends it again.",
    params: object({ webhookId, limit: int({ min: 1, max: 100, default: 20 }) }),
    result: list(
      object({
        position: int(),
        eventId: text({ max: 128 }),
        error: text({ max: LONGEST.errorMessage }),
        created_at: time(),
      }),
      { max: 100 },
    ),
    idempotent: true,
  }),
};
