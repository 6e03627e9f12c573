/** Incoming webhooks: a secret address through which another system speaks in a group, in our words or in Slack's. */
import { action } from "../action";
import { customGiven } from "../custom";
import { LONGEST, MOST } from "../most";
import {
  accountName,
  anything,
  id,
  type Infer,
  int,
  list,
  named,
  nothing,
  nullable,
  object,
  optional,
  picture,
  text,
  time,
  userId,
} from "../schema";
import { clientId, content, conversationId, ofConversation, read } from "./fields";
import { mentions } from "./messages";

export const IncomingHook = named(
  "IncomingHook",
  object({
    _id: id(),
    conversationId: id(),
    userId: userId("the bot that speaks; its name and picture are its profile's"),
    username: text({ max: LONGEST.username }),
    avatar_url: nullable(text({ max: LONGEST.url })),
    created_by: userId(),
    created_at: time(),
    path: optional(
      text({ max: 128, about: "where messages are posted to; whoever has it speaks here. Told once, when it is made" }),
    ),
  }),
);
export type IncomingHook = Infer<typeof IncomingHook>;

const slack = list(anything(), { max: 100 });

export const incomingActions = {
  "chat.hooks": action({
    ...read,
    about: "The incoming webhooks of a group; staff.",
    params: ofConversation,
    result: list(IncomingHook, { max: MOST.hooks }),
  }),
  "chat.createHook": action({
    access: "user",
    about:
      "Makes an incoming webhook of a group, and a bot of one's own that speaks through it and becomes a member; staff. Its " +
      "path is told once.",
    params: object({
      conversationId,
      username: accountName(),
      avatar_url: optional(nullable(picture())),
    }),
    result: IncomingHook,
  }),
  "chat.revokeHook": action({
    access: "user",
    about: "Nobody speaks through it any more, and its bot leaves the group; what it said stays. Staff.",
    params: object({ conversationId, hookId: id() }),
    result: nothing,
  }),
  "chat.postHook": action({
    access: "anyone",
    shardBy: "hookId",
    about:
      "Says something through an incoming webhook: `content` in our words, or `text`, `blocks` and `attachments` in Slack's, " +
      "which are reduced to text. 30 at once, one a second: RATE_LIMITED. NOTFOUND once it is revoked. With an " +
      "Idempotency-Key the same delivery is one message.",
    params: object({
      hookId: id(),
      secret: text({ min: 1, max: 64 }),
      content: optional(content),
      mentions: optional(mentions),
      replyTo: optional(nullable(id())),
      custom: customGiven(),
      text: optional(nullable(content)),
      blocks: optional(nullable(slack)),
      attachments: optional(nullable(slack)),
      clientId: optional(clientId),
    }),
    result: object({ messageId: id(), seq: int({ min: 1 }) }),
  }),
};
