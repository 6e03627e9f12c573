/** Actions on messages: sending, changing, listing, finding. */
import { action } from "../action";
import { customChange, customFilter, customGiven, customShown } from "../custom";
import { LONGEST, MOST } from "../most";
import { bool, id, int, list, nothing, nullable, object, optional, text, time, userId } from "../schema";
import { Message, PollGiven, ThreadSummary } from "../shapes";
import {
  attachments,
  clientId,
  content,
  conversationId,
  emoji,
  limit,
  messageId,
  moment,
  ofConversation,
  ofMessage,
  read,
  skip,
  turn,
  viaMessage,
} from "./fields";

export const mentions = list(userId(), {
  max: 1000,
  about: "beside those whom the text names; all members at once are `@all`, which moderators and the admin may say",
});

export const messagesActions = {
  "chat.send": action({
    ...turn,
    about: "Sends a message. Stored when answered.",
    params: object({
      conversationId,
      content: optional(content),
      attachments: optional(attachments),
      clientId: optional(clientId),
      replyTo: optional(nullable(id())),
      mentions: optional(mentions),
      custom: customGiven(),
      poll: optional(PollGiven),
    }),
    result: Message,
  }),
  "chat.vote": action({
    ...viaMessage,
    about:
      "Votes in a poll, instead of what one chose before; no options take the vote back. CONFLICT once it is closed.",
    params: object({ messageId, options: list(int({ min: 0, max: 19 }), { max: 20 }) }),
    result: Message,
  }),
  "chat.ownVote": action({
    ...read,
    about: "What one chose oneself, which an anonymous poll tells nobody else.",
    params: ofMessage,
    result: object({ options: list(int(), { max: 20 }) }),
  }),
  "chat.closePoll": action({
    ...viaMessage,
    about: "Closes a poll: its maker, in a group the moderators and the admin, too.",
    params: ofMessage,
    result: Message,
  }),
  "chat.forward": action({
    ...turn,
    about: "Sends a copy of a message one may read into another conversation.",
    params: object({ messageId, conversationId, clientId: optional(clientId) }),
    result: Message,
  }),
  "chat.edit": action({
    ...viaMessage,
    about:
      "Changes one's own message, its `custom`, and whom it mentions: those whom the new text or `mentions` names. Without " +
      "`content` the text stays. CONFLICT when " +
      "`version` is given and stale; the same edit of the same version is done once.",
    params: object({
      messageId,
      content: optional(content),
      version: optional(int({ min: 1 })),
      mentions: optional(mentions),
      custom: customChange(),
    }),
    result: Message,
  }),
  "chat.deleteMessage": action({
    ...viaMessage,
    about: "Deletes a message for all, or with `forMe` for oneself.",
    params: object({ messageId, forMe: optional(bool()) }),
    result: nothing,
  }),
  "chat.react": action({
    ...viaMessage,
    about: "Adds a reaction.",
    params: object({ messageId, emoji }),
    result: Message,
  }),
  "chat.unreact": action({
    ...viaMessage,
    about: "Takes it back.",
    params: object({ messageId, emoji }),
    result: Message,
  }),
  "chat.pinMessage": action({ ...viaMessage, about: "Pins a message.", params: ofMessage, result: Message }),
  "chat.unpinMessage": action({ ...viaMessage, about: "Unpins it.", params: ofMessage, result: Message }),
  "chat.saveMessage": action({
    ...viaMessage,
    about: "Saves a message for oneself; at most 500 of a conversation.",
    params: ofMessage,
    result: object({ saved_at: nullable(time()) }),
  }),
  "chat.unsaveMessage": action({
    ...viaMessage,
    about: "Lets go of it.",
    params: ofMessage,
    result: object({ saved_at: nullable(time()) }),
  }),
  "chat.saved": action({
    ...read,
    about:
      "The messages that one saved and may still read, the last saved first. What was saved at the moment of a page's last " +
      "one is on it, beyond `limit`.",
    params: object({
      conversationId: optional(conversationId),
      limit,
      before: optional(time("`saved_at` of the last one")),
    }),
    result: list(object({ message: Message, saved_at: time() }), { max: 100 + MOST.tied }),
  }),
  "chat.messages": action({
    ...read,
    about: "History, newest first; with `after` alone: the ones right after it.",
    params: object({ conversationId, limit, before: optional(moment), after: optional(moment) }),
    result: list(Message, { max: 100 }),
  }),
  "chat.message": action({ ...read, about: "One message.", params: ofMessage, result: Message }),
  "chat.thread": action({
    ...read,
    about: "Replies to one message, oldest first.",
    params: object({ messageId, limit, after: optional(moment) }),
    result: list(Message, { max: 100 }),
  }),
  "chat.threadSummaries": action({
    ...read,
    about:
      "Of the threads below these messages, as the caller may know them: how many replies, the last one, who, what is unread.",
    params: object({ messageIds: list(messageId, { min: 1, max: 100 }) }),
    result: list(ThreadSummary, { max: 100 }),
  }),
  "chat.followThread": action({
    ...viaMessage,
    about:
      "Follows a thread or does not, whatever one has written there; who began it or replied follows it otherwise.",
    params: object({ messageId, following: bool() }),
    result: object({ following: bool() }),
  }),
  "chat.history": action({
    ...read,
    about: "Earlier versions of an edited message, oldest first; empty once it is deleted.",
    params: ofMessage,
    result: list(
      object({ content: text({ max: LONGEST.content }), custom: customShown(), edited_at: time(), version: int() }),
      { max: MOST.edits },
    ),
  }),
  "chat.pins": action({
    ...read,
    about: "Pinned messages, newest pin first.",
    params: ofConversation,
    result: list(Message, { max: MOST.pins }),
  }),
  "chat.search": action({
    ...read,
    about: "Full-text search in the caller's conversations, by `custom`, or by both.",
    params: object({
      query: optional(text({ min: 1, max: 500 })),
      custom: customFilter(),
      conversationId: optional(conversationId),
      senderId: optional(userId()),
      limit,
      skip,
    }),
    result: object({ messages: list(Message, { max: 100 }), total: int({ min: 0 }) }),
  }),
};
