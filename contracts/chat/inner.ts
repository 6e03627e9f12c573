/** What our own services ask of `chat`; no door leads here. */
import { action } from "../action";
import { Emission, located } from "../api";
import {
  anything,
  bool,
  id,
  int,
  list,
  nothing,
  nullable,
  num,
  object,
  oneOf,
  optional,
  text,
  userId,
} from "../schema";
import { conversationId } from "./fields";

export const innerActions = {
  "chat.applyBlock": action({
    access: "service",
    about:
      "The block lists of these two may have changed: their private conversation reads them again, and keeps what they say.",
    params: object({ userId: userId(), blockedId: userId() }),
    result: nothing,
    idempotent: true,
  }),
  "chat.accountChanged": action({
    access: "service",
    about: "An account was banned or deleted, or is back: what it is now decides over its places.",
    params: object({ userId: userId() }),
    result: nothing,
    idempotent: true,
  }),
  "chat.run": action({
    access: "service",
    shardBy: "conversationId",
    idempotent: true,
    about: "Runs a command in a turn of the conversation; for commands that name only a message, and our own.",
    params: object({ conversationId, command: anything() }),
    result: anything(),
  }),
  "chat.audience": action({
    access: "service",
    shardBy: "conversationId",
    idempotent: true,
    about: "Who is in it, for an api node whose copy of the membership is old; and what it missed `after` a seq.",
    params: object({ conversationId, after: optional(int({ min: 0 })) }),
    result: object({ membersVersion: text(), members: list(userId()), missed: optional(list(Emission)) }),
  }),
  "chat.changes": action({
    access: "service",
    shardBy: "conversationId",
    idempotent: true,
    about:
      "What `sync` tells a member of one conversation, where its actor has that at hand; up to where it is stored.",
    params: object({
      conversationId,
      userId: userId(),
      known: optional(num({ min: 0, about: "the cursor; none where the conversation was gained" })),
      limit: int({ min: 1 }),
      atLeast: num({ min: 0, about: "the position that the store has" }),
    }),
    result: anything(),
  }),
  "chat.positions": action({
    access: "service",
    shardBy: "conversationId",
    idempotent: true,
    about: "How far these members have read; who is no member is left out.",
    params: object({ conversationId, userIds: list(userId(), { max: 5000 }) }),
    result: list(
      object({
        userId: userId(),
        seq: int({ min: 0, about: "all up to here" }),
        above: list(object({ from: int(), to: int() }), { about: "and these runs above it" }),
      }),
    ),
  }),
  "chat.authors": action({
    access: "service",
    idempotent: true,
    about: "By whom these messages are, deleted ones as well; what there is no such message of is left out.",
    params: object({ messageIds: list(text(), { max: 2000 }) }),
    result: list(object({ messageId: text(), userId: userId() })),
  }),
  "chat.places": action({
    access: "service",
    idempotent: true,
    about: "A user's places in these conversations, as they are now; where they are no member there is none.",
    params: object({ userId: userId(), conversationIds: list(id(), { max: 100 }) }),
    result: list(
      object({
        conversationId: id(),
        type: oneOf(["private", "group"]),
        name: nullable(text()),
        muted: bool(),
        pending: bool(),
      }),
    ),
  }),
  "chat.located": located,
};
