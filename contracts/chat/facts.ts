/** Facts of `chat` on the bus, that must not be lost. */
import { event } from "../event";
import { bool, id, int, list, nullable, object, oneOf, optional, text, time, userId } from "../schema";
import { Message } from "../shapes";
import { conversationId, messageId } from "./fields";

/** Messages of one conversation, as nobody in particular sees them, and whom they concern. */
const told = object({
  conversationId,
  type: oneOf(["private", "group"]),
  name: nullable(text()),
  /** Who should hear of it: members when it was published, without those to whom it is silent (pending, blocked). */
  recipients: list(userId()),
  /** Of those, who has muted the conversation now. */
  muted: list(userId()),
  messages: list(Message),
});

export const chatEvents = {
  "message.created": event({
    delivery: "durable",
    about: "Messages were stored. One fact a batch: consumers dedupe by message id.",
    payload: told,
  }),
  "message.changed": event({
    delivery: "durable",
    about:
      "Messages were edited, or deleted for all: as they are now, with the mentions of the new text; a deleted one has " +
      "`deleted_at` and no words. Comes after `message.created` of the same message is published, at least once; of two " +
      "that cross, the higher `version` counts.",
    payload: told,
  }),
  "message.deleted": event({
    delivery: "everyNode",
    about: "A message was deleted for all: whoever keeps its words drops them.",
    payload: object({ messageId }),
  }),
  "conversation.attended": event({
    delivery: "everyNode",
    about: "What members have done with a conversation that its notifications have to follow.",
    payload: object({
      conversationId,
      /** All up to `seq` is read, and so are these runs above it. */
      read: list(object({ userId: userId(), seq: int({ min: 0 }), runs: list(object({ from: int(), to: int() })) })),
      /** Left, was removed, or cleared the history: nothing up to `seq` is theirs any more. */
      gone: list(object({ userId: userId(), seq: int({ min: 0 }) })),
      /** Deleted for themselves alone. */
      dropped: list(object({ userId: userId(), messageId })),
      ended: bool(),
    }),
  }),
  "reminder.due": event({
    delivery: "durable",
    about: "The time of a user's reminder has come; or that of a scheduled message, and it was refused.",
    payload: object({
      factId: text({ about: "same for the same reminder, however often it is delivered" }),
      userId: userId(),
      title: text(),
      content: text(),
      relatedId: nullable(id("of the message that it reminds of, or of the conversation")),
      at: time(),
    }),
  }),
  "group_invite.created": event({
    delivery: "durable",
    about: "A user was added to a group.",
    payload: object({
      factId: text({ about: "same for the same invitation, however often it is delivered" }),
      conversationId,
      name: nullable(text()),
      userId: userId(),
      actorId: userId(),
      seq: optional(int({ min: 0, about: "of the message that tells it, where there is one" })),
      at: time(),
    }),
  }),
};
