/** Moving in and out: accounts, conversations and messages of another system, or of another one of these. */
import { action } from "./action";
import { LONGEST, MOST } from "./most";
import { bool, id, type Infer, int, list, map, nullable, object, oneOf, optional, text, time, userId } from "./schema";
import { memberRole, Message } from "./shapes";

/** Its name where it comes from, such as `slack:T0123/U0456`; the same key is the same account. */
const key = text({
  min: 1,
  max: 255,
  about: "its name where it comes from; the same key is the same account, for ever",
});
const conversationId = id();
const moves = { access: "admin", shardBy: "conversationId" } as const;

export const TakenUser = object({
  key,
  username: text({ min: 1, max: 160 }),
  email: optional(
    text({ max: 254, about: "whose password is set by “forgot password”; an account of this address is that one" }),
  ),
  created_at: optional(time()),
});

export const TakenMessage = object({
  _id: id(),
  sender_id: userId(),
  content: text({ max: LONGEST.content, about: "a longer one than MAX_CONTENT is kept whole" }),
  created_at: time("later than that of the message before it"),
  edited_at: optional(time()),
  deleted_at: optional(time()),
  pinned_at: optional(time()),
  pinned_by: optional(userId()),
  reply_to: optional(
    object({ message_id: id(), seq: int({ min: 1 }), sender_id: userId(), content: text({ max: 200 }) }),
  ),
  mentions: optional(list(userId(), { max: 1000 })),
  reactions: optional(map(list(userId(), { max: 10_000 }), { max: 200 })),
});
export type TakenMessage = Infer<typeof TakenMessage>;

export const movingActions = {
  "users.takeIn": action({
    access: "admin",
    about: "Makes accounts that come from elsewhere, or finds those that were made before; in the order of `users`.",
    params: object({ users: list(TakenUser, { min: 1, max: 100 }) }),
    result: list(object({ key: text({ max: 255 }), user_id: userId() }), { max: 100 }),
    idempotent: true,
    timeout: 60_000,
  }),
  "chat.takeInMessages": action({
    ...moves,
    idempotent: true,
    about:
      "Messages of a conversation that is not there yet, from a `seq` on; those that are there already stay as they are.",
    params: object({
      conversationId,
      from: int({ min: 1, max: 1_000_000_000 }),
      messages: list(TakenMessage, { min: 1, max: 200 }),
    }),
    result: object({ next: int({ about: "the `seq` behind them" }) }),
    timeout: 60_000,
  }),
  "chat.takeInConversation": action({
    ...moves,
    idempotent: true,
    about: "Opens a conversation whose messages were taken in, with everything read by all; or says that it is there.",
    audit: { event: "conversation.imported", target: "conversationId" },
    params: object({
      conversationId,
      type: oneOf(["private", "group"]),
      name: optional(text({ max: 100 })),
      created_at: time(),
      members: list(object({ userId: userId(), role: memberRole, joined_at: time() }), { min: 1, max: 10_000 }),
    }),
    result: object({ last_seq: int({ min: 0 }), there: bool({ about: "it was there before" }) }),
    timeout: 60_000,
  }),
  "chat.takenIn": action({
    access: "admin",
    about: "Is this conversation there?",
    params: object({ conversationId }),
    result: object({ there: bool(), last_seq: int({ min: 0 }) }),
  }),
  "chat.giveOut": action({
    access: "admin",
    about: "Conversations with their members, a page by id. Closed unless ADMIN_EXPORT is on.",
    audit: { event: "conversations.exported", unless: "after" },
    params: object({ after: optional(id()), limit: int({ min: 1, max: 100, default: 50 }) }),
    result: list(
      object({
        _id: id(),
        type: oneOf(["private", "group"]),
        name: nullable(text({ max: LONGEST.groupName })),
        created_at: time(),
        members: list(object({ userId: userId(), role: memberRole, joined_at: time() }), { max: MOST.members }),
      }),
      { max: 100 },
    ),
  }),
  "chat.giveOutMessages": action({
    access: "admin",
    about: "All messages of a conversation, oldest first, a page by `seq`. Closed unless ADMIN_EXPORT is on.",
    audit: { event: "conversation.exported", target: "conversationId", unless: "after" },
    params: object({
      conversationId,
      after: int({ min: 0, default: 0 }),
      limit: int({ min: 1, max: 200, default: 100 }),
    }),
    result: list(Message, { max: 200 }),
  }),
};
