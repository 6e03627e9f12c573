/** From facts to events for integrations: one for each message, so that its id stays however facts are batched. */
import { type WebhookFact } from "../../../contracts/webhooks";
import { type BroadcastFact, type InviteFact, type MessageFact } from "../sources";

export interface Event {
  readonly id: string;
  readonly fact: WebhookFact;
  readonly data: object;
  readonly at: string;
  /** Of the message that it tells. */
  readonly version?: number;
}

export const eventsOfMessages = ({ conversationId, type, name, messages }: MessageFact): Event[] =>
  messages.map((message) => ({
    id: `message.created:${message._id}`,
    fact: "message.created",
    data: { conversation: { _id: conversationId, type, name }, message },
    at: message.created_at,
    version: message.version,
  }));

export const eventOfInvite = ({ factId, at, ...data }: InviteFact): Event => ({
  id: `group_invite.created:${factId}`,
  fact: "group_invite.created",
  data,
  at,
});

export const eventOfBroadcast = ({ factId, at, ...data }: BroadcastFact): Event => ({
  id: `system.broadcast:${factId}`,
  fact: "system.broadcast",
  data,
  at,
});

export const bodyOf = ({ id, fact, data, at }: Event): string =>
  JSON.stringify({ id, type: fact, timestamp: at, data });
