/** Facts of `chat` on the bus, that must not be lost. */
import { event } from "../event";
import { list, nullable, object, oneOf, text, time, userId } from "../schema";
import { Message } from "../shapes";
import { conversationId, messageId } from "./fields";

/** One recipient-independent view of a stored message, for consumers of the fact. */
export const chatEvents = {
  "message.created": event({
    delivery: "durable",
    about: "Messages were stored. One fact a batch: consumers dedupe by message id.",
    payload: object({
      conversationId,
      type: oneOf(["private", "group"]),
      name: nullable(text()),
      /** Who should hear of it: members when it was sent, without those to whom it is silent (pending, blocked). */
      recipients: list(userId()),
      /** Of those, who has muted the conversation now. */
      muted: list(userId()),
      messages: list(Message),
    }),
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
