/** Facts of `chat` on the bus, that must not be lost. */
import { event } from "../event";
import { list, nullable, object, oneOf, text, time, userId } from "../schema";
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
  "group_invite.created": event({
    delivery: "durable",
    about: "A user was added to a group.",
    payload: object({
      factId: text({ about: "same for the same invitation, however often it is delivered" }),
      conversationId,
      name: nullable(text()),
      userId: userId(),
      actorId: userId(),
      at: time(),
    }),
  }),
};
