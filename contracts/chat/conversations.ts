/** Actions on conversations: starting and ending them, who is in, one's own settings. */
import { action } from "../action";
import { customChange, customFilter, customGiven, customShown } from "../custom";
import {
  anything,
  bool,
  id,
  list,
  name,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  picture,
  text,
  time,
  userId,
} from "../schema";
import { Conversation, conversationStatus, ListedConversation, Member } from "../shapes";
import {
  clientId,
  content,
  conversationId,
  externalId,
  limit,
  ofConversation,
  ofMember,
  read,
  skip,
  turn,
} from "./fields";

const cursor = optional(text({ max: 256, about: "the `cursor` of the last entry that one has" }));

const history = oneOf(["all", "joined"], "of a group: what those may read who join it, or return");

export const conversationsActions = {
  "chat.create": action({
    access: "user",
    about:
      "Starts a conversation; an existing private one of the same pair is returned, and so is the one that was started " +
      "with the same `clientId`, or of the same `external_id` by one of its members.",
    params: object({
      participantIds: list(userId(), { max: 100_000 }),
      name: optional(name({ max: 255, about: "a blank one is none" })),
      type: optional(oneOf(["private", "group"])),
      avatar: optional(picture()),
      content: optional(content),
      history: optional(history),
      custom: customGiven(),
      external_id: optional(externalId),
      clientId: optional(clientId),
    }),
    result: Conversation,
  }),
  "chat.list": action({
    ...read,
    about: "One's conversations, newest activity first.",
    params: object({
      limit,
      skip,
      cursor,
      status: optional(conversationStatus),
      custom: customFilter(),
      external_id: optional(externalId),
    }),
    result: list(ListedConversation),
  }),
  "chat.mine": action({
    ...read,
    about: "Ids of all conversations the caller is in, for joining their rooms at once.",
    params: nothing,
    result: list(id()),
  }),
  "chat.get": action({ ...read, about: "One conversation.", params: ofConversation, result: Conversation }),
  "chat.join": action({
    ...read,
    about: "Joins the room of a conversation: typing, edits and receipts come live.",
    params: ofConversation,
    result: nothing,
  }),
  "chat.members": action({ ...read, about: "Who is in it.", params: ofConversation, result: list(Member) }),
  "chat.delete": action({ ...turn, about: "Ends a conversation for all.", params: ofConversation, result: nothing }),
  "chat.update": action({
    ...turn,
    about: "Name, avatar, history and `custom` of a group.",
    params: object({
      conversationId,
      name: optional(name({ min: 1, max: 255 })),
      avatar: optional(nullable(picture())),
      history: optional(history),
      custom: customChange(),
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
  "chat.updateMember": action({
    ...turn,
    about: "Changes the `custom` of a member: one's own, or as moderator or admin anyone's.",
    params: object({ conversationId, userId: optional(userId("oneself where left out")), custom: customChange() }),
    result: object({ userId: userId(), custom: customShown() }),
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
  "chat.sendEvent": action({
    ...turn,
    about:
      "Tells the members who are there something that is stored nowhere: a cursor, call signalling, a move in a game. At " +
      "most once, and only now.",
    params: object({
      conversationId,
      name: text({ min: 1, max: 64, pattern: /^[A-Za-z0-9_.:-]+$/ }),
      data: optional(nullable(anything("up to 16 kB as JSON"))),
      to: optional(list(userId(), { min: 1, max: 100, about: "only these members, on all their devices" })),
    }),
    result: nothing,
  }),
  "chat.typing": action({
    ...turn,
    about: "Tells the others that one is typing.",
    params: object({ conversationId, isTyping: bool() }),
    result: nothing,
  }),
};
