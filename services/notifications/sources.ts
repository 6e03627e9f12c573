/** From facts to news: what a fact could notify whom of, before anybody's preferences are asked. */
import { type Payload } from "../../contracts/events";
import { type Message, type Notification } from "../../contracts/shapes";
import { tell, told } from "../../contracts/told";
import { excerpt } from "../../platform/graphemes";
import { messageSource } from "./ids";
import { LARGE_GROUP } from "./rules";

export type MessageFact = Payload<"message.created">;
export type InviteFact = Payload<"group_invite.created">;
export type ReminderFact = Payload<"reminder.due">;
export type BroadcastFact = Payload<"system.broadcast">;

/** One source of notifications, and whom it could be for. */
export interface News {
  readonly source: string;
  readonly feed: string;
  readonly position: number;
  readonly version: number;
  readonly type: Notification["type"];
  readonly relatedId: string | null;
  readonly at: Date;
  readonly content: string;
  /** Whose name is part of the title; none in a word from the operators. */
  readonly actorId?: number;
  readonly titleOf: (actorName: string | undefined) => string;
  readonly recipients: readonly number[];
  /** Mentioned, or answered; or everybody is. */
  readonly named: readonly number[];
  readonly namedAll: boolean;
  readonly muted: ReadonlySet<number>;
  readonly large: boolean;
  /** The message was taken back: whoever has it loses it. */
  readonly deleted: boolean;
}

const EXCERPT = 200;
/** Users of one stored broadcast; also of one page of them. */
export const BROADCAST_PAGE = 500;

function excerptOf({ content, attachments }: Message): string {
  if (content) return excerpt(content, EXCERPT);
  return attachments.length === 1 ? told.attachment : tell("attachments", attachments.length);
}

/** Whom the message names, by a mention or as a reply to them. */
function namedBy({ mentions, reply_to }: Message): readonly number[] {
  return reply_to && !mentions.includes(reply_to.sender_id) ? [...mentions, reply_to.sender_id] : mentions;
}

export const names = ({ named, namedAll }: Pick<News, "named" | "namedAll">, userId: number): boolean =>
  namedAll || named.includes(userId);

export const isNamedBy = (message: Message, userId: number): boolean =>
  names({ named: namedBy(message), namedAll: message.mention_all === true }, userId);

const NOBODY: ReadonlySet<number> = new Set();

/** Message by message; what the system tells is no news. */
export function ofMessages(fact: MessageFact): News[] {
  const { conversationId, recipients, messages } = fact;
  const muted = fact.muted.length ? new Set(fact.muted) : NOBODY;
  const large = fact.type === "group" && recipients.length > LARGE_GROUP;
  const inGroup = fact.type === "group" && fact.name ? ` in ${fact.name}` : "";
  // When the name of whoever did it can't be had: a title without it beats no notification.
  const titleOf = (name: string | undefined): string =>
    name === undefined ? (fact.name ?? told.newMessage) : `${name}${inGroup}`;
  const news: News[] = [];
  for (const message of messages) {
    if (message.type === "system") continue;
    const deleted = message.deleted_at !== null;
    news.push({
      source: messageSource(message._id),
      feed: conversationId,
      position: message.seq,
      version: message.version,
      type: "message",
      relatedId: conversationId,
      at: new Date(message.created_at),
      content: deleted ? "" : excerptOf(message),
      actorId: message.sender_id,
      titleOf,
      recipients,
      named: namedBy(message),
      namedAll: message.mention_all === true,
      muted,
      large,
      deleted,
    });
  }
  return news;
}

/** What is told once, as it is, to all whom it is for: it is not edited, names nobody, and no conversation mutes it. */
const whole = { version: 1, named: [], namedAll: false, muted: NOBODY, large: false, deleted: false } as const;

export function ofInvite(fact: InviteFact): News {
  const group = fact.name ?? told.unnamedGroup;
  return {
    ...whole,
    source: `invite:${fact.factId}:${fact.userId}`,
    feed: fact.conversationId,
    position: fact.seq ?? 0,
    type: "group_invite",
    relatedId: fact.conversationId,
    at: new Date(fact.at),
    content: tell("nowMember", group),
    actorId: fact.actorId,
    titleOf: (name) => (name === undefined ? tell("added", group) : `${name} added you to ${group}`),
    recipients: [fact.userId],
  };
}

/** The feed of a user's own reminders. */
export const remindersOf = (userId: number): string => `reminders:${userId}`;

export function ofReminder(fact: ReminderFact): News {
  const at = new Date(fact.at);
  return {
    ...whole,
    source: `reminder:${fact.factId}`,
    feed: remindersOf(fact.userId),
    position: at.getTime(),
    type: "reminder",
    relatedId: fact.relatedId,
    at,
    content: excerpt(fact.content, EXCERPT),
    titleOf: () => fact.title,
    recipients: [fact.userId],
  };
}

/** The feed of broadcasts that a user's id falls into, and the last id of that. */
export const systemFeedOf = (userId: number): string => `system:${Math.floor(userId / BROADCAST_PAGE)}`;
export const lastOfSystemFeed = (userId: number): number =>
  (Math.floor(userId / BROADCAST_PAGE) + 1) * BROADCAST_PAGE - 1;

/** For users of one system feed. */
export function ofBroadcast(fact: BroadcastFact, recipients: readonly number[]): News {
  const feed = systemFeedOf(recipients[0] ?? 0);
  const at = new Date(fact.at);
  return {
    ...whole,
    source: `broadcast:${fact.factId}:${feed}`,
    feed,
    position: at.getTime(),
    type: "system",
    relatedId: null,
    at,
    content: fact.content,
    titleOf: () => fact.title,
    recipients,
  };
}

/** For one user, from the system itself. */
export const ofNotice = (fact: BroadcastFact, userId: number): News => ({
  ...ofBroadcast(fact, [userId]),
  source: `notice:${fact.factId}`,
});
