/** What clients are shown: users, conversations, messages, notifications, files. Ids are 24 hex digits, users integers. */
import { customShown } from "./custom";
import { LONGEST, MOST } from "./most";
import {
  anything,
  bool,
  id,
  type Infer,
  int,
  list,
  map,
  named,
  nullable,
  num,
  object,
  oneOf,
  optional,
  text,
  time,
  userId,
} from "./schema";

export const role = oneOf(["user", "moderator", "admin"]);
export const memberRole = oneOf(["admin", "moderator", "member"]);
export const messageStatus = oneOf(["failed", "sent", "delivered", "read"]);
export const conversationStatus = oneOf(["pending", "accepted", "declined"]);

export const groupInvites = oneOf(
  ["everyone", "acquaintances"],
  "whose groups open at once; others' are requests that one accepts or declines",
);

export const publicUserFields = {
  user_id: userId(),
  username: text({ max: LONGEST.username }),
  avatar_url: nullable(text({ max: LONGEST.url })),
  status: oneOf(["active", "deactivated", "banned", "deleted"]),
  custom: customShown(),
  created_at: time(),
};
/** The name of an account that was deleted; no other can have it. */
export const DELETED_NAME = "deleted user";
/** What anyone may see of an account. */
export const PublicUser = named("PublicUser", object(publicUserFields));
export type PublicUser = Infer<typeof PublicUser>;

export const userFields = {
  ...publicUserFields,
  email: text({ max: LONGEST.email, about: "empty where there is none" }),
  roles: list(role, { max: 3 }),
  email_verified: bool(),
  external_id: nullable(text({ max: LONGEST.externalId, about: "its key in the system that it comes from" })),
  two_factor: bool(),
  group_invites: groupInvites,
  updated_at: time(),
};
/** One's own account. */
export const User = named("User", object(userFields));
export type User = Infer<typeof User>;

/** What a `system` message tells, for clients to word in any language. */
export const SystemEvent = named(
  "SystemEvent",
  object({
    event: oneOf([
      "member_added",
      "member_removed",
      "member_left",
      "moderator_promoted",
      "moderator_demoted",
      "admin_transferred",
      "conversation_renamed",
      "avatar_changed",
    ]),
    actorId: userId(),
    userId: optional(userId()),
    name: optional(nullable(text({ max: LONGEST.groupName }))),
  }),
);
export type SystemEvent = Infer<typeof SystemEvent>;

export const Delivery = named(
  "Delivery",
  object(
    { user_id: userId(), status: messageStatus, timestamp: nullable(time()) },
    "How far a message got with one recipient.",
  ),
);
export type Delivery = Infer<typeof Delivery>;

export const MessageFile = named(
  "MessageFile",
  object(
    {
      url: text({ max: LONGEST.url }),
      name: text({ max: 255 }),
      mime: text({ max: 127 }),
      size: int({ min: 0, about: "bytes" }),
      width: optional(int()),
      height: optional(int()),
      duration: optional(num({ min: 0, about: "of sound and moving pictures, in seconds" })),
      thumbnail: optional(text({ max: LONGEST.url, about: "of an image: WebP, at most 320 pixels on a side" })),
      preview: optional(text({ max: LONGEST.url, about: "of an image: WebP, at most 1280 pixels on a side" })),
    },
    "An attachment, with what it takes to give it its place before it is loaded.",
  ),
);
export type MessageFile = Infer<typeof MessageFile>;

export const LinkPreview = named(
  "LinkPreview",
  object(
    {
      url: text({ max: LONGEST.url, about: "as it stands in the message" }),
      title: text({ max: 4_000 }),
      description: nullable(text({ max: 4_000 })),
      site_name: nullable(text({ max: 4_000 })),
      image: nullable(text({ max: LONGEST.url, about: "an https: URL of that site's" })),
    },
    "What the page behind the first link says of itself; made after the message (LINK_PREVIEWS).",
  ),
);
export type LinkPreview = Infer<typeof LinkPreview>;

const pollOptions = { multiple: bool(), anonymous: bool() };
/** As it is given with a message. */
export const PollGiven = object({
  question: text({ min: 1, max: 300, trim: true }),
  options: list(text({ min: 1, max: 100 }), { min: 2, max: 20 }),
  multiple: optional(bool({ about: "several may be chosen" })),
  anonymous: optional(bool({ about: "nobody is told who chose what" })),
  closes_at: optional(nullable(time())),
});
export type PollGiven = Infer<typeof PollGiven>;

export const Poll = named(
  "Poll",
  object({
    question: text({ max: 300 }),
    options: list(
      object({
        text: text({ max: 100 }),
        votes: int({ min: 0 }),
        voters: optional(list(userId(), { max: 100, about: "none in an anonymous poll, and beyond 100 voters" })),
      }),
      { max: 20 },
    ),
    ...pollOptions,
    voters: int({ min: 0 }),
    closes_at: nullable(time("nobody votes any more from then on")),
    closed_at: nullable(time()),
  }),
);
export type Poll = Infer<typeof Poll>;

export const Message = named(
  "Message",
  object({
    _id: id(),
    conversation_id: id(),
    seq: int({ min: 1, about: "1, 2, 3, ... in its conversation, without gaps" }),
    version: int({ min: 1, about: "1 when sent, one more with every edit, deletion, pin, reaction, vote and preview" }),
    sender_id: userId(),
    type: oneOf(["text", "image", "file", "system"]),
    content: text({ max: LONGEST.content }),
    attachments: list(text({ max: LONGEST.url }), { max: MOST.attachments }),
    files: optional(
      list(MessageFile, {
        max: MOST.attachments,
        about: "the attachments as objects; none where sent before there was this",
      }),
    ),
    preview: optional(LinkPreview),
    poll: optional(Poll),
    custom: customShown(),
    marks: optional(list(text({ max: 32 }), { max: MOST.marks, about: "what the hook before sending marked it with" })),
    clientId: optional(text({ max: LONGEST.clientId })),
    reply_to: nullable(
      object({
        message_id: id(),
        seq: int(),
        sender_id: userId(),
        content: text({ max: LONGEST.quote, about: "the first 200 characters, as a reader sees them" }),
      }),
    ),
    mentions: list(userId(), { max: MOST.members }),
    mention_all: optional(bool()),
    forwarded_from: optional(
      object({
        sender_id: userId("whose words they are"),
        message_id: optional(id("of the original, where it stands in this conversation")),
        conversation_id: optional(id()),
      }),
    ),
    system: optional(SystemEvent),
    reactions: map(list(userId(), { max: MOST.members }), {
      max: MOST.emojis,
      about: "emoji to the users who reacted with it",
    }),
    pinned_at: nullable(time()),
    pinned_by: nullable(userId()),
    status: messageStatus,
    delivery_info: list(Delivery, { max: MOST.shownMembers }),
    seen_by: list(userId(), { max: MOST.shownMembers }),
    delivered_at: nullable(time()),
    read_at: nullable(time()),
    created_at: time(),
    updated_at: time(),
    edited_at: nullable(time()),
    deleted_at: nullable(time()),
    highlight: optional(
      text({
        max: LONGEST.highlight,
        about: "in search results: HTML with the matched parts in <mark>, everything else escaped",
      }),
    ),
  }),
);
export type Message = Infer<typeof Message>;

export const ThreadSummary = named(
  "ThreadSummary",
  object({
    message_id: id("of the message that the thread is below"),
    reply_count: int({ min: 0 }),
    last_reply: nullable(object({ message_id: id(), seq: int(), sender_id: userId(), created_at: time() })),
    repliers: list(userId(), { max: MOST.repliers, about: "who replied last" }),
    unread: int({ min: 0 }),
    following: bool(),
  }),
);
export type ThreadSummary = Infer<typeof ThreadSummary>;

export const UnsentText = named(
  "UnsentText",
  object(
    { content: text({ max: LONGEST.content }), replyTo: nullable(id()), updated_at: time() },
    "What one has begun to write in a conversation; on all of one's own devices, and nobody else's.",
  ),
);

const conversation = {
  _id: id(),
  type: oneOf(["private", "group"]),
  isGroup: bool({ about: "`type` said otherwise, for clients of the NestJS chat backend" }),
  participants: list(userId(), {
    max: MOST.members,
    about: "of more than 1,000 only the staff and oneself; all are in conversation:members",
  }),
  name: nullable(text({ max: LONGEST.groupName })),
  avatar: nullable(text({ max: LONGEST.url })),
  admin_id: nullable(userId()),
  moderator_ids: list(userId(), { max: MOST.members }),
  status: conversationStatus,
  history: oneOf(["all", "joined"], "of a group: what those may read who join it, or return"),
  visibility: oneOf(["private", "public"], "public: listed, and joined by oneself"),
  posting: oneOf(["all", "staff"], "who may write: everybody, or the admin and moderators"),
  slow_mode: int({ about: "seconds that a member waits between two messages; 0: none" }),
  retention: nullable(
    int({ min: 0, about: "seconds that messages are kept here; 0: for ever, null: as in general (MESSAGE_RETENTION)" }),
  ),
  locked: bool({ about: "closed by the staff of the platform: it is read, and nobody writes in it" }),
  approval: bool({ about: "who joins by themselves waits for the staff" }),
  member_count: int({ min: 0 }),
  initiator_id: userId(),
  custom: customShown(),
  external_id: nullable(text({ max: 128, about: "its key in the product: of an order, a ticket, a document" })),
  last_seq: int({ min: 0 }),
  lastMessage: nullable(Message),
  draft: nullable(UnsentText),
  unreadCount: int({ min: 0 }),
  last_read_seq: int({ min: 0 }),
  muted: bool(),
  muted_until: nullable(time()),
  pinned: bool(),
  hidden: bool(),
  created_at: time(),
  updated_at: time(),
};
export const Conversation = named("Conversation", object(conversation));
/** As lists tell it. */
export const ListedConversation = object({
  ...conversation,
  cursor: text({ max: 256, about: "for the page behind this entry" }),
});
export type Conversation = Infer<typeof Conversation>;

/** A group as those see it who are not in it: in the directory, and behind a link. */
export const OpenGroup = named(
  "OpenGroup",
  object({
    _id: id(),
    name: nullable(text({ max: LONGEST.groupName })),
    avatar: nullable(text({ max: LONGEST.url })),
    custom: customShown(),
    posting: oneOf(["all", "staff"]),
    approval: bool(),
    member_count: int({ min: 0 }),
    membership: oneOf(["none", "requested", "member"], "of who asks"),
    created_at: time(),
  }),
);
export type OpenGroup = Infer<typeof OpenGroup>;

export const JoinLink = named(
  "JoinLink",
  object({
    _id: id(),
    link: text({ max: 47, about: "opens the group to whoever has it" }),
    uses: nullable(int({ about: "how many may come by it; null: as many as like" })),
    used: int({ min: 0 }),
    expires_at: nullable(time()),
    created_by: userId(),
    created_at: time(),
  }),
);
export type JoinLink = Infer<typeof JoinLink>;

export const Member = named(
  "Member",
  object({
    userId: userId(),
    username: text({ max: LONGEST.username }),
    avatar_url: nullable(text({ max: LONGEST.url })),
    role: memberRole,
    joined_at: time(),
    custom: customShown(),
    last_read_at: nullable(time()),
    last_read_seq: int({ min: 0 }),
    online: bool(),
  }),
);
export type Member = Infer<typeof Member>;

const notification = {
  _id: id(),
  user_id: userId(),
  title: text({ max: 400 }),
  content: text({ max: 4_000 }),
  type: oneOf(["message", "group_invite", "system", "reminder"]),
  related_id: nullable(text({ max: 24 })),
  actor_id: nullable(userId("whose name the title begins with; null: the system, or one from before this was told")),
  is_read: bool(),
  created_at: time(),
  updated_at: time(),
};
export const Notification = named("Notification", object(notification));
export type Notification = Infer<typeof Notification>;

export const ListedNotification = named(
  "ListedNotification",
  object({
    ...notification,
    count: optional(int({ min: 1, about: "with `group`: notifications that it stands for, up to 1,000" })),
    unread: optional(int({ min: 0, about: "of those the unread ones" })),
  }),
);

export const UploadedFile = named(
  "UploadedFile",
  object({
    url: text({ max: LONGEST.url }),
    fileId: id(),
    name: text({ max: 255 }),
    size: int({ min: 0 }),
    mime: text({ max: 127 }),
    width: optional(int()),
    height: optional(int()),
    duration: optional(num({ min: 0, about: "of sound and moving pictures, in seconds" })),
    thumbnailUrl: optional(text({ max: LONGEST.url, about: "of an image: WebP, at most 320 pixels on a side" })),
    previewUrl: optional(text({ max: LONGEST.url, about: "of an image: WebP, at most 1280 pixels on a side" })),
  }),
);
export type UploadedFile = Infer<typeof UploadedFile>;

/** `error` in REST answers, acks and the `error` event. */
export const WireErrorShape = named(
  "Error",
  object({
    code: text({ max: 32 }),
    message: text({ max: LONGEST.errorMessage }),
    details: optional(anything("what exactly did not fit")),
  }),
);
