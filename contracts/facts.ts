/**
 * The log of facts: everything that happened, one after another, for integrations. A kind is stated once, here; webhooks,
 * the stream, the channel and asyncapi.yml take it from this table. Answered by the `notifications` service.
 */
import { action } from "./action";
import { emoji } from "./chat/fields";
import {
  anything,
  bool,
  id,
  type Infer,
  int,
  list,
  named,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  type Schema,
  text,
  time,
  userId,
} from "./schema";
import { LONGEST, MOST } from "./most";
import { Message } from "./shapes";

/** What of a fact is read when it is told, and not kept: words and names. */
type Told = "message" | "conversation" | "none";

interface Kind<T> {
  readonly about: string;
  readonly data: Schema<T>;
  readonly reads: Told;
}
const kind = <const F extends Parameters<typeof object>[0]>(about: string, reads: Told, fields: F) => ({
  about,
  reads,
  data: object(fields),
});

const conversationId = id();
const messageId = id();
const seq = int({ min: 0 });
const by = userId("who did it");
const conversation = nullable(
  object(
    {
      _id: id(),
      type: oneOf(["private", "group"]),
      name: nullable(text({ max: LONGEST.groupName })),
      external_id: optional(text({ max: LONGEST.externalId, about: "its key in the product" })),
    },
    "as it is when this is told; null: it is no more",
  ),
);
const message = nullable(Message);
const inMessage = { conversation, conversationId, messageId, seq };
const role = oneOf(["admin", "moderator", "member"]);

export const factKinds = {
  "message.created": kind("A message was sent; as it is when this is told, null: it is no more.", "message", {
    ...inMessage,
    message,
  }),
  "message.updated": kind(
    "Its sender edited a message, or it has a preview of its link by now; as it is when this is told.",
    "message",
    {
      ...inMessage,
      message,
      actorId: by,
    },
  ),
  "message.deleted": kind("A message was deleted for all; its words are nowhere.", "none", {
    ...{ conversationId, messageId, seq, actorId: by },
  }),
  "message.reacted": kind("Somebody reacted to a message, or took that back.", "none", {
    ...{ conversationId, messageId, seq, actorId: by, emoji, added: bool() },
  }),
  "message.pinned": kind("A message was pinned for all, or no more.", "none", {
    ...{ conversationId, messageId, seq, actorId: by, pinned: bool() },
  }),
  "message.read": kind(
    "A member has read up to `seq`. Those of one member that follow each other at once may be one; none in groups of more than 1,000.",
    "none",
    { conversationId, userId: userId(), seq },
  ),
  "conversation.created": kind("A conversation began.", "conversation", {
    ...{ conversation, conversationId, actorId: by },
    participants: list(userId(), { max: MOST.members, about: "who was in it then" }),
  }),
  "conversation.updated": kind("Fields of a conversation changed.", "conversation", {
    ...{ conversation, conversationId, actorId: by },
    fields: list(text({ max: 64 }), { max: 64, about: "their names, as in `conversation:updated`" }),
  }),
  "conversation.deleted": kind("A conversation ended, with all that was said in it.", "none", {
    ...{ conversationId, actorId: by },
  }),
  "member.added": kind("Somebody is a member of a group: added, or by themselves.", "none", {
    ...{ conversationId, userId: userId(), actorId: by },
  }),
  "member.removed": kind("Somebody is no member any more: removed, or gone by themselves.", "none", {
    ...{ conversationId, userId: userId(), actorId: by },
  }),
  "member.updated": kind("The product's own data on a member changed.", "none", {
    ...{ conversationId, userId: userId(), actorId: by },
  }),
  "member.role": kind("A member has another role.", "none", {
    ...{ conversationId, userId: userId(), actorId: by, role },
  }),
  "group_invite.created": kind("A user was added to a group by somebody else.", "conversation", {
    ...{ conversation, conversationId, userId: userId(), actorId: by },
    name: nullable(text({ max: LONGEST.groupName, about: "of the group, as it is when this is told" })),
    seq: optional(seq),
  }),
  "system.broadcast": kind("A word from the operators to everybody.", "none", {
    factId: text({ max: 64 }),
    title: text({ max: 255 }),
    content: text({ max: 4000 }),
  }),
} satisfies Readonly<Record<string, Kind<unknown>>>;

export type FactKinds = typeof factKinds;
export type FactKind = keyof FactKinds;
export const factNames = Object.keys(factKinds) as FactKind[];
export const factKind = oneOf(factNames, "`moderation.*` is reserved");

/** As it goes out, whatever the way; `data` is that of its kind. */
export const Fact = named(
  "Fact",
  object({
    id: text({ max: 128, about: "the same for the same fact, however often it comes" }),
    position: int({ min: 1, about: "its place in the log" }),
    type: factKind,
    timestamp: time("when it happened"),
    data: anything("the fields of its kind"),
  }),
);
export type Fact = Omit<Infer<typeof Fact>, "type"> & { readonly type: FactKind };

/** As it comes to the log: ids and numbers, no words. */
export const Happened = object({
  type: factKind,
  key: text({ max: 100, about: "with the type: the id" }),
  at: time(),
  data: anything("what of its kind's fields is kept"),
});
export type Happened = Omit<Infer<typeof Happened>, "data"> & { readonly data: Readonly<Record<string, unknown>> };

/** All that is recorded meets on one node, which gives the positions. */
const ofLog = { log: text({ max: 16, about: "which log; there is one" }) };
export const THE_LOG = "facts";
export const LONGEST_WAIT_MS = 4_000;

export const FactPage = named(
  "FactPage",
  object({
    facts: list(Fact, { max: 500 }),
    position: int({ min: 0, about: "the cursor for the next page: all up to here was looked at" }),
    first: int({ min: 0, about: "of the oldest that is kept; 0: there are none" }),
    last: int({ min: 0, about: "of the newest" }),
  }),
);
export type FactPage = Infer<typeof FactPage>;

export const factActions = {
  "notifications.record": action({
    access: "service",
    shardBy: "log",
    idempotent: true,
    about: "Puts facts at the end of the log, in this order; those that are there already are not put there twice.",
    params: object({ ...ofLog, facts: list(Happened, { max: 1000 }) }),
    result: nothing,
  }),
  "notifications.facts": action({
    access: "admin",
    about:
      "What happened after a position, oldest first; `from=0` begins with the oldest that is kept. NOTFOUND where what " +
      "follows the position is not kept any more, BAD_REQUEST where the log does not reach so far. Every page is told of in " +
      "the audit log; the stream once.",
    audit: { event: "facts.read", details: ["from"] },
    params: object({
      from: int({ min: 0, default: 0 }),
      limit: int({ min: 1, max: 500, default: 100 }),
      types: optional(list(factKind, { max: factNames.length, unique: true })),
    }),
    result: FactPage,
    idempotent: true,
  }),
  "notifications.awaitFacts": action({
    access: "service",
    shardBy: "log",
    idempotent: true,
    about: "The same; where there is nothing it waits a while for something to come. For streams.",
    params: object({
      ...ofLog,
      from: int({ min: 0 }),
      limit: int({ min: 1, max: 500 }),
      types: optional(list(factKind, { min: 1, max: factNames.length, unique: true })),
      waitMs: int({ min: 0, max: LONGEST_WAIT_MS }),
    }),
    result: FactPage,
    timeout: 10_000,
  }),
  "chat.told": action({
    access: "service",
    about:
      "What facts about messages and conversations have to tell by now, as nobody in particular sees it; messages only of those of these conversations that there are.",
    params: object({ messageIds: list(id(), { max: 500 }), conversationIds: list(id(), { max: 500 }) }),
    result: object({
      messages: list(Message, { max: 500 }),
      conversations: list(
        object({
          _id: id(),
          type: oneOf(["private", "group"]),
          name: nullable(text({ max: LONGEST.groupName })),
          external_id: optional(text({ max: LONGEST.externalId })),
        }),
        { max: 500 },
      ),
    }),
    idempotent: true,
  }),
};
