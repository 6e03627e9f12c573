/** The kinds of facts: what happens, in conversations, to accounts and files, and by the staff. Each is stated once, here. */
import { emoji } from "./chat/fields";
import { deeds, reportKinds, reportReasons } from "./moderation";
import { LONGEST, MOST } from "./most";
import {
  actorId,
  bool,
  id,
  type Infer,
  int,
  list,
  named,
  nullable,
  object,
  oneOf,
  optional,
  type Schema,
  text,
  time,
  userId,
} from "./schema";
import { scopes } from "./scopes";
import { Message, publicUserFields, role as userRole } from "./shapes";

/** What of a fact is read when it is told, and not kept: words and names. */
type Told = "message" | "conversation" | "user" | "none";

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
const by = actorId("who did it; 0: an operator, a server key or the system");
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
/** An account as admins see it, without what is theirs alone: no address, no roles. */
export const ToldUser = named(
  "ToldUser",
  object({
    ...publicUserFields,
    external_id: nullable(text({ max: LONGEST.externalId, about: "its key in the product" })),
  }),
);
const user = nullable(ToldUser);
const ofUser = { userId: userId(), user };
const fields = list(text({ max: 64 }), { max: 64, about: "their names" });
const sessionId = text({ max: 100, about: "as in `GET /auth/sessions`" });
const tokenId = text({ max: 64, about: "its public part, as in `GET /auth/tokens`" });
const reportId = id();
const fileId = id("as in `/files/<id>`");
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
  "user.created": kind("An account was made; as it is when this is told, null: it is no more.", "user", ofUser),
  "user.updated": kind("Fields of an account changed.", "user", { ...ofUser, fields }),
  "user.role": kind("Somebody has a role, or has it no more.", "user", { ...ofUser, role: userRole, granted: bool() }),
  "user.deactivated": kind("An account was shut: by an admin, or because a guest's time was over.", "user", ofUser),
  "user.reactivated": kind("An account that was deactivated is open again.", "user", ofUser),
  "user.deleted": kind("An account was erased.", "none", { userId: userId() }),
  "session.started": kind("Somebody signed in, or came with another system's token.", "none", {
    ...{ userId: userId(), sessionId },
  }),
  "session.ended": kind(
    "A session was ended: by signing out, from afar, or with all others. None when it runs out.",
    "none",
    {
      ...{ userId: userId(), sessionId },
    },
  ),
  "token.created": kind("An API token was made.", "none", {
    ...{ userId: userId("who speaks by it"), tokenId },
    scopes: list(oneOf(scopes), { max: scopes.length }),
  }),
  "token.revoked": kind("An API token was revoked. None when it runs out.", "none", { userId: userId(), tokenId }),
  "upload.stored": kind("A file was stored.", "none", {
    ...{ fileId, userId: userId("whose it is"), size: int({ min: 0 }), mime: text({ max: 100 }) },
  }),
  "upload.removed": kind("A file was removed: deleted, or in no message for long enough.", "none", {
    ...{ fileId, userId: userId("whose it was") },
  }),
  "moderation.reported": kind("Somebody reported something to the staff.", "none", {
    ...{ reportId, kind: oneOf(reportKinds), target: text({ max: 24, about: "the id of what is reported" }) },
    userId: nullable(userId("whom it is about")),
    conversationId: nullable(id()),
    reporterId: userId(),
    reason: oneOf(reportReasons),
  }),
  "moderation.decided": kind("The staff has handled a report.", "none", {
    ...{ reportId, actorId: by, state: oneOf(["resolved", "dismissed"]), deed: nullable(oneOf(deeds)) },
  }),
  "moderation.warned": kind("The staff has warned somebody.", "user", { ...ofUser, actorId: by }),
  "moderation.muted": kind("Somebody may not write for a while; it ends by itself.", "user", {
    ...{ ...ofUser, actorId: by, until: time() },
  }),
  "moderation.unmuted": kind("Somebody may write again, before that time.", "user", { ...ofUser, actorId: by }),
  "moderation.banned": kind("An account was banned, or until another time.", "user", {
    ...{ ...ofUser, actorId: by, until: nullable(time("null: for good")) },
  }),
  "moderation.unbanned": kind("A ban was lifted, or its time was over.", "user", { ...ofUser, actorId: by }),
  "moderation.locked": kind("The staff has closed a conversation, or opened it again.", "conversation", {
    ...{ conversation, conversationId, actorId: by, locked: bool() },
  }),
} satisfies Readonly<Record<string, Kind<unknown>>>;

export type FactKinds = typeof factKinds;
/** Of a kind what is kept: no words, no names. */
export type Kept<K extends FactKind> = Omit<Infer<FactKinds[K]["data"]>, "conversation" | "message" | "user" | "name">;
export type FactKind = keyof FactKinds;
export const factNames = Object.keys(factKinds) as FactKind[];
export const factKind = oneOf(factNames);
