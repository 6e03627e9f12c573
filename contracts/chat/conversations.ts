/** Actions on conversations: starting and ending them, who is in, one's own settings. */
import { action } from "../action";
import { customChange, customFilter, customGiven, customShown } from "../custom";
import { LONGEST, LONGEST_RETENTION, MOST } from "../most";
import {
  anything,
  bool,
  id,
  int,
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
import { Conversation, conversationStatus, JoinLink, ListedConversation, Member, OpenGroup } from "../shapes";
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

const cursor = optional(text({ min: 1, max: 256, about: "the `cursor` of the last entry that one has" }));

const history = oneOf(["all", "joined"], "of a group: what those may read who join it, or return");
/** How a group is open to others; for its admin to say. */
const openness = {
  visibility: optional(oneOf(["private", "public"], "public: listed, searched, and joined by oneself")),
  posting: optional(oneOf(["all", "staff"], "who may write: everybody, or the admin and moderators")),
  approval: optional(bool({ about: "who joins by themselves waits for the staff" })),
};
const link = text({ max: 47, pattern: /^[0-9a-f]{24}\.[\w-]{22}$/ });

export const conversationsActions = {
  "chat.create": action({
    access: "user",
    about:
      "Starts a conversation; an existing private one of the same pair is returned, and so is the one that was started " +
      "with the same `clientId`, or of the same `external_id` by one of its members.",
    params: object({
      participantIds: list(userId(), { max: MOST.members }),
      name: optional(name({ max: LONGEST.groupName, about: "a blank one is none" })),
      type: optional(oneOf(["private", "group"])),
      avatar: optional(picture()),
      content: optional(content),
      history: optional(history),
      ...openness,
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
    result: list(ListedConversation, { max: 100 }),
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
  "chat.members": action({
    ...read,
    about:
      "Who is in it, in the order in which they came; with `limit` or in groups of more than 1,000 a page by user id.",
    params: object({
      conversationId,
      limit: optional(int({ min: 1, max: 1000 })),
      after: optional(userId("the last member that one has")),
    }),
    result: list(Member, { max: MOST.shownMembers }),
  }),
  "chat.delete": action({ ...turn, about: "Ends a conversation for all.", params: ofConversation, result: nothing }),
  "chat.update": action({
    ...turn,
    about: "Name, avatar, history, slow mode and `custom` of a group; its admin also says how open it is.",
    params: object({
      conversationId,
      name: optional(name({ min: 1, max: LONGEST.groupName })),
      avatar: optional(nullable(picture())),
      history: optional(history),
      slow_mode: optional(int({ max: 21_600, about: "seconds that a member waits between two messages; 0: none" })),
      ...openness,
      retention: optional(
        nullable(
          int({
            min: 60,
            max: LONGEST_RETENTION,
            about: "seconds that messages are kept, no longer than in general; null: as in general. For its admin",
          }),
        ),
      ),
      custom: customChange(),
    }),
    result: Conversation,
  }),
  "chat.discover": action({
    ...read,
    about: "Public groups, newest first, by the beginnings of words of their names.",
    params: object({
      query: optional(text({ max: 200 })),
      custom: customFilter(),
      limit,
      after: optional(id("the last group that one has")),
    }),
    result: list(OpenGroup, { max: 100 }),
  }),
  "chat.enter": action({
    access: "user",
    idempotent: true,
    about: "Joins a public group, or by a link; where the staff approves who comes, asks them.",
    params: object({ conversationId: optional(conversationId), link: optional(link) }),
    result: object({ status: oneOf(["member", "requested"]), conversation: nullable(Conversation) }),
  }),
  "chat.openLink": action({
    ...read,
    about: "What group a link leads to.",
    params: object({ link }),
    result: OpenGroup,
  }),
  "chat.links": action({
    ...read,
    about: "The links into a group; staff.",
    params: ofConversation,
    result: list(JoinLink, { max: MOST.links }),
  }),
  "chat.createLink": action({
    ...turn,
    about: "Makes a link by which people join; staff.",
    params: object({
      conversationId,
      uses: optional(int({ min: 1, max: 100_000, about: "as many as like where left out" })),
      expires_in: optional(int({ min: 1, max: 31_536_000, about: "seconds; for ever where left out" })),
    }),
    result: JoinLink,
  }),
  "chat.revokeLink": action({
    ...turn,
    about: "Nobody comes by this link any more; staff.",
    params: object({ conversationId, linkId: id() }),
    result: nothing,
  }),
  "chat.joinRequests": action({
    ...read,
    about: "Who asks to come in, the first first; staff.",
    params: ofConversation,
    result: list(
      object({
        userId: userId(),
        username: text({ max: LONGEST.username }),
        avatar_url: nullable(text({ max: LONGEST.url })),
        at: time(),
      }),
      { max: MOST.joinRequests },
    ),
  }),
  "chat.answerRequest": action({
    ...turn,
    about: "Lets in who asked, or does not; staff.",
    params: object({ conversationId, userId: userId(), approved: bool() }),
    result: nothing,
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
  "chat.draft": action({
    ...turn,
    about: "Keeps what one has begun to write, for one's other devices; blank is none. The last to write it wins.",
    params: object({ conversationId, content, replyTo: optional(nullable(id())) }),
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
