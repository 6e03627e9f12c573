/** Actions by which clients keep up: receipts, unread counts, `sync`, presence. */
import { action } from "../action";
import { customShown } from "../custom";
import { MOST } from "../most";
import {
  bool,
  either,
  id,
  int,
  list,
  map,
  nothing,
  nullable,
  num,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "../schema";
import { Conversation, Delivery, Message, memberRole, messageStatus } from "../shapes";
import { conversationId, messageId, ofMessage, position, read, turn, viaMessage } from "./fields";
import { Plans } from "./later";

export const readingActions = {
  "chat.markRead": action({
    ...turn,
    about: "Marks it read up to `seq`, which is the last message that the client has seen; all of it where left out.",
    params: object({ conversationId, seq: optional(int({ min: 0 })) }),
    result: object({ count: int({ min: 0 }) }),
  }),
  "chat.setStatus": action({
    ...viaMessage,
    about: "How far a message got with the caller.",
    params: object({ messageId, status: oneOf(["delivered", "read", "failed"]) }),
    result: Message,
  }),
  "chat.read": action({ ...viaMessage, about: "Marks one message read.", params: ofMessage, result: nothing }),
  "chat.delivered": action({ ...viaMessage, about: "Marks one delivered.", params: ofMessage, result: nothing }),
  "chat.readMany": action({
    ...viaMessage,
    about: "Marks these read; counts those that were not.",
    params: object({ messageIds: list(messageId, { min: 1, max: 500 }) }),
    result: object({ count: int({ min: 0 }) }),
  }),
  "chat.status": action({
    ...read,
    about: "How far a message got with each recipient.",
    params: ofMessage,
    result: object({
      messageId,
      status: messageStatus,
      delivery_info: list(Delivery, { max: MOST.shownMembers }),
      seen_by: list(userId(), { max: MOST.shownMembers }),
    }),
  }),
  "chat.unread": action({
    ...read,
    about: "Unread messages in all and by conversation.",
    params: nothing,
    result: object({ count: int({ min: 0 }), byConversation: map(int({ min: 0 })) }),
  }),
  "chat.sync": action({
    ...read,
    about:
      "All that changed since the cursors, in order, in pages; and what of one's own waits for its time (`later`), where " +
      "that is asked for and is not what the tag stands for.",
    params: object({
      cursors: optional(position),
      next: optional(position),
      since: optional(either(time(), int({ min: 0 }))),
      limit: optional(int({ min: 1, max: 1000 })),
      later: optional(text({ max: 64 })),
    }),
    result: object({
      changes: list(
        object({
          type: oneOf(["message", "conversation", "left", "member", "receipt", "settings"]),
          conversationId,
          message: optional(Message),
          conversation: optional(Conversation),
          userId: optional(userId("of a member or receipt: whose")),
          member: optional(
            object({ role: memberRole, joined_at: time(), left_at: nullable(time()), custom: customShown() }),
          ),
          receipt: optional(
            object({ last_read_seq: int(), last_read_at: nullable(time()), last_delivered_seq: int() }),
          ),
          settings: optional(
            object({ muted: bool(), pinned: bool(), cleared_seq: int(), deleted_seqs: list(int()), saved: list(id()) }),
          ),
        }),
      ),
      cursors: map(num({ min: 0 })),
      next: nullable(map(num({ min: 0 }))),
      reset: bool(),
      later: optional(Plans),
    }),
  }),
  "chat.presence": action({
    ...read,
    about: "Who is online; only of people one shares an accepted conversation with.",
    params: object({ userIds: list(userId(), { max: 200 }) }),
    result: list(object({ userId: userId(), online: bool(), lastSeen: nullable(time()) }), { max: 200 }),
  }),
};
