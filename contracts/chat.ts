/** Conversations and messages: the `chat` service. */
import { action } from "./action";
import { Emission } from "./api";
import { event } from "./event";
import {
  anything,
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
} from "./schema";
import { Conversation, conversationStatus, Delivery, Member, Message, memberRole, messageStatus } from "./shapes";

const conversationId = id();
const messageId = id();
const limit = int({ min: 1, max: 100, default: 20 });
const skip = int({ min: 0, max: 1_000_000, default: 0 });
/** A time, or a `seq`. */
const moment = either(int({ min: 0 }), time());
/** As long as any frame: what is too long is told so by the rule, as TOO_LARGE, and not by the schema. */
const content = text({ max: 1_000_000, about: "4,000 characters by default (MAX_CONTENT); longer is TOO_LARGE" });
const clientId = text({
  min: 1,
  max: 128,
  about: "the sender's own key of this message: the same key is the same message",
});
/** A key in the stored message: no store takes a dot or a dollar in one, and no object the names of its prototype. */
const emoji = text({ min: 1, max: 32, pattern: /^(?!(__proto__|constructor|prototype)$)[^.$\s\u0000-\u001f]+$/ });
const position = map(num({ min: 0 }), { keys: /^[0-9a-f]{24}$/, max: 10_000 });

const ofConversation = object({ conversationId });
const ofMember = object({ conversationId, userId: userId() });
const ofMessage = object({ messageId });

/** Runs in a turn of the conversation's actor, on the node that hosts it. */
const turn = { access: "user", shardBy: "conversationId" } as const;
/** Names only a message: any chat node resolves it to its conversation and passes the command on. */
const viaMessage = { access: "user" } as const;
const read = { access: "user", idempotent: true } as const;

export const chatActions = {
  "chat.create": action({
    access: "user",
    about: "Starts a conversation; an existing private one of the same pair is returned.",
    params: object({
      participantIds: list(userId(), { max: 100_000 }),
      name: optional(text({ max: 255 })),
      type: optional(oneOf(["private", "group"])),
      avatar: optional(text({ max: 2048 })),
      content: optional(content),
    }),
    result: Conversation,
  }),
  "chat.list": action({
    ...read,
    about: "One's conversations, newest activity first.",
    params: object({ limit, skip, cursor: optional(text({ max: 256 })), status: optional(conversationStatus) }),
    result: list(Conversation),
  }),
  "chat.get": action({ ...read, about: "One conversation.", params: ofConversation, result: Conversation }),
  "chat.join": action({ ...read, about: "May the caller join the room?", params: ofConversation, result: nothing }),
  "chat.members": action({ ...read, about: "Who is in it.", params: ofConversation, result: list(Member) }),
  "chat.delete": action({ ...turn, about: "Ends a conversation for all.", params: ofConversation, result: nothing }),
  "chat.update": action({
    ...turn,
    about: "Name and avatar of a group.",
    params: object({
      conversationId,
      name: optional(text({ min: 1, max: 255 })),
      avatar: optional(nullable(text({ max: 2048 }))),
    }),
    result: Conversation,
  }),
  "chat.addMember": action({ ...turn, about: "Adds a member to a group.", params: ofMember, result: Conversation }),
  "chat.removeMember": action({
    ...turn,
    about: "Removes a member, or oneself.",
    params: ofMember,
    result: Conversation,
  }),
  "chat.promote": action({ ...turn, about: "Makes a member a moderator.", params: ofMember, result: Conversation }),
  "chat.demote": action({ ...turn, about: "Makes a moderator a member.", params: ofMember, result: Conversation }),
  "chat.transfer": action({ ...turn, about: "Hands the group over.", params: ofMember, result: Conversation }),
  "chat.accept": action({
    ...turn,
    about: "Accepts a message request.",
    params: ofConversation,
    result: object({ conversation: Conversation }),
  }),
  "chat.decline": action({ ...turn, about: "Declines a message request.", params: ofConversation, result: nothing }),
  "chat.mute": action({
    ...turn,
    about: "Mutes it for oneself.",
    params: object({ conversationId, muted: bool(), muteUntil: optional(nullable(time())) }),
    result: Conversation,
  }),
  "chat.pin": action({
    ...turn,
    about: "Pins it for oneself.",
    params: object({ conversationId, pinned: bool() }),
    result: Conversation,
  }),
  "chat.hide": action({
    ...turn,
    about: "Hides it for oneself.",
    params: object({ conversationId, hidden: bool() }),
    result: Conversation,
  }),
  "chat.clear": action({ ...turn, about: "Clears the history for oneself.", params: ofConversation, result: nothing }),
  "chat.markRead": action({
    ...turn,
    about: "Marks all of it read.",
    params: ofConversation,
    result: object({ count: int({ min: 0 }) }),
  }),
  "chat.typing": action({
    ...turn,
    about: "Tells the others that one is typing.",
    params: object({ conversationId, isTyping: bool() }),
    result: nothing,
  }),
  "chat.send": action({
    ...turn,
    about: "Sends a message. Stored when answered.",
    params: object({
      conversationId,
      content: optional(content),
      attachments: optional(list(text({ max: 2048 }), { max: 1000 })),
      clientId: optional(clientId),
      replyTo: optional(nullable(id())),
      mentions: optional(list(userId(), { max: 1000 })),
    }),
    result: Message,
  }),
  "chat.forward": action({
    access: "user",
    about: "Sends a copy of a message one may read into another conversation.",
    params: object({ messageId, conversationId, clientId: optional(clientId) }),
    result: Message,
  }),
  "chat.edit": action({
    ...viaMessage,
    about: "Changes one's own message. CONFLICT when `version` is given and stale.",
    params: object({ messageId, content, version: optional(int({ min: 1 })) }),
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
  "chat.messages": action({
    ...read,
    about: "History, newest first; with `after` alone: the ones right after it.",
    params: object({ conversationId, limit, before: optional(moment), after: optional(moment) }),
    result: list(Message),
  }),
  "chat.message": action({ ...read, about: "One message.", params: ofMessage, result: Message }),
  "chat.status": action({
    ...read,
    about: "How far a message got with each recipient.",
    params: ofMessage,
    result: object({ messageId, status: messageStatus, delivery_info: list(Delivery), seen_by: list(userId()) }),
  }),
  "chat.thread": action({
    ...read,
    about: "Replies to one message, oldest first.",
    params: object({ messageId, limit, after: optional(moment) }),
    result: list(Message),
  }),
  "chat.history": action({
    ...read,
    about: "Earlier versions of an edited message, oldest first; empty once it is deleted.",
    params: ofMessage,
    result: list(object({ content: text(), edited_at: time(), version: int() })),
  }),
  "chat.pins": action({
    ...read,
    about: "Pinned messages, newest pin first.",
    params: ofConversation,
    result: list(Message),
  }),
  "chat.search": action({
    ...read,
    about: "Full-text search in the caller's conversations.",
    params: object({
      query: text({ min: 1, max: 500 }),
      conversationId: optional(conversationId),
      senderId: optional(userId()),
      limit,
      skip,
    }),
    result: object({ messages: list(Message), total: int({ min: 0 }) }),
  }),
  "chat.unread": action({
    ...read,
    about: "Unread messages in all and by conversation.",
    params: nothing,
    result: object({ count: int({ min: 0 }), byConversation: map(int({ min: 0 })) }),
  }),
  "chat.sync": action({
    ...read,
    about: "All that changed since the cursors, in order, in pages.",
    params: object({
      cursors: optional(position),
      next: optional(position),
      since: optional(either(time(), int({ min: 0 }))),
      limit: optional(int({ min: 1, max: 1000 })),
    }),
    result: object({
      changes: list(
        object({
          type: oneOf(["message", "conversation", "left", "member", "receipt", "settings"]),
          conversationId,
          message: optional(Message),
          conversation: optional(Conversation),
          userId: optional(userId("of a member or receipt: whose")),
          member: optional(object({ role: memberRole, joined_at: time(), left_at: nullable(time()) })),
          receipt: optional(
            object({ last_read_seq: int(), last_read_at: nullable(time()), last_delivered_seq: int() }),
          ),
          settings: optional(object({ muted: bool(), pinned: bool(), cleared_seq: int(), deleted_seqs: list(int()) })),
        }),
      ),
      cursors: map(num({ min: 0 })),
      next: nullable(map(num({ min: 0 }))),
      reset: bool(),
    }),
  }),
  "chat.presence": action({
    ...read,
    about: "Who is online; only of people one shares an accepted conversation with.",
    params: object({ userIds: list(userId(), { max: 200 }) }),
    result: list(object({ userId: userId(), online: bool(), lastSeen: nullable(time()) })),
  }),
  "chat.applyBlock": action({
    access: "service",
    about: "A user blocked another, or lifted that: their private conversation learns it, and keeps it.",
    params: object({ userId: userId(), blockedId: userId(), blocked: bool() }),
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
  "chat.mine": action({
    ...read,
    about: "Ids of all conversations the caller is in, for joining their rooms at once.",
    params: nothing,
    result: list(id()),
  }),
  "chat.audience": action({
    access: "service",
    shardBy: "conversationId",
    idempotent: true,
    about: "Who is in it, for an api node whose copy of the membership is old; and what it missed `after` a seq.",
    params: object({ conversationId, after: optional(int({ min: 0 })) }),
    result: object({ membersVersion: text(), members: list(userId()), missed: optional(list(Emission)) }),
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
  "chat.located": action({
    access: "service",
    about: "An api node says which users it holds sockets of.",
    params: object({
      node: text(),
      epoch: text({ about: "new with every start of that node" }),
      version: int({ about: "counts that node's announcements; a gap asks for a snapshot" }),
      snapshot: bool(),
      added: list(userId()),
      removed: list(userId()),
    }),
    result: object({ gap: bool() }),
    idempotent: true,
  }),
};

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
