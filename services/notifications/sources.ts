/** From facts to drafts: which notifications a fact could make, before anybody's preferences are asked. */
import { type Result } from "../../contracts/actions";
import { type Payload } from "../../contracts/events";
import { type Message } from "../../contracts/shapes";
import { excerpt } from "../../platform/graphemes";
import { type Draft, LARGE_GROUP } from "./rules";

export type MessageFact = Payload<"message.created">;
export type InviteFact = Payload<"group_invite.created">;
export type BroadcastFact = Payload<"system.broadcast">;

const EXCERPT = 200;
/** When the name of whoever did it can't be had: a title without it beats no notification. */
const NAMELESS = "New message";

export const sourceOfMessage = (messageId: string, userId: number): string => `message:${messageId}:${userId}`;

/** The sources of all notifications of a message: what begins with its id. */
export const sourcesOfMessage = (messageId: string) => ({
  $gte: `message:${messageId}:`,
  $lt: `message:${messageId};`,
});

function excerptOf({ content, attachments }: Message): string {
  if (content) return excerpt(content, EXCERPT);
  return attachments.length === 1 ? "Sent an attachment" : `Sent ${attachments.length} attachments`;
}

/** Does the message name this member, by a mention or as a reply to them? */
export const names = (message: Message, userId: number): boolean =>
  message.mention_all === true || message.mentions.includes(userId) || message.reply_to?.sender_id === userId;

/** News at all? What the system tells, and what is deleted already, is not. */
export const isNews = (message: Message): boolean => message.type !== "system" && message.deleted_at === null;

/** How far members have read, by user. */
export type Positions = ReadonlyMap<number, Result<"chat.positions">[number]>;
const nobody: Positions = new Map();

function hasRead(positions: Positions, userId: number, seq: number): boolean {
  const position = positions.get(userId);
  if (!position) return false;
  return seq <= position.seq || position.above.some(({ from, to }) => from <= seq && seq <= to);
}

/** Message by message, for those of the fact's recipients that are asked about; but not of what they have read. */
export function* ofMessages(
  fact: MessageFact,
  recipients: readonly number[],
  positions: Positions = nobody,
): Generator<Draft> {
  const muted = new Set(fact.muted);
  const large = fact.type === "group" && fact.recipients.length > LARGE_GROUP;
  const inGroup = fact.type === "group" && fact.name ? ` in ${fact.name}` : "";
  for (const message of fact.messages.filter(isNews)) {
    const content = excerptOf(message);
    const at = new Date(message.created_at);
    for (const userId of recipients) {
      if (userId === message.sender_id || hasRead(positions, userId, message.seq)) continue;
      yield {
        userId,
        source: sourceOfMessage(message._id, userId),
        type: "message",
        relatedId: fact.conversationId,
        at,
        seq: message.seq,
        content,
        actorId: message.sender_id,
        titleOf: (name) => (name === undefined ? (fact.name ?? NAMELESS) : `${name}${inGroup}`),
        named: names(message, userId),
        muted: muted.has(userId),
        large,
      };
    }
  }
}

export function ofInvite(fact: InviteFact): Draft {
  const group = fact.name ?? "a group";
  return {
    userId: fact.userId,
    source: `invite:${fact.factId}:${fact.userId}`,
    type: "group_invite",
    relatedId: fact.conversationId,
    at: new Date(fact.at),
    seq: 0,
    content: `You are now a member of ${group}.`,
    actorId: fact.actorId,
    titleOf: (name) => (name === undefined ? `Added to ${group}` : `${name} added you to ${group}`),
    named: false,
    muted: false,
    large: false,
  };
}

export function* ofBroadcast(fact: BroadcastFact, users: readonly number[]): Generator<Draft> {
  const at = new Date(fact.at);
  for (const userId of users)
    yield {
      userId,
      source: `broadcast:${fact.factId}:${userId}`,
      type: "system",
      relatedId: null,
      at,
      seq: 0,
      content: fact.content,
      titleOf: () => fact.title,
      named: false,
      muted: false,
      large: false,
    };
}
