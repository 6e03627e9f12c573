/** What changed in one conversation since a position, as one member is told it by `sync`. Pure. */
import { type Result } from "../../../contracts/actions";
import { customOf } from "../../../contracts/custom";
import { type Conversation, type Message } from "../../../contracts/shapes";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "./documents";
import { isLarge } from "./large";
import { positionOf } from "./position";
import { activityFor, customFor, isHushed, knownTo } from "./knowledge";
import { isMuted } from "./views";

export type Change = Result<"chat.sync">["changes"][number];

/** All there is to know up to a horizon. */
export interface Known {
  readonly conversation: ConversationDoc;
  readonly member: MemberDoc;
  readonly members: Iterable<MemberDoc>;
  /** Messages that were made or changed since. */
  readonly messages: readonly MessageDoc[];
  /** A position up to which nothing is missing. */
  readonly horizon: number;
  /** The horizon is the end: what is beyond it was changed after it was asked. */
  readonly whole: boolean;
}
export interface Views {
  message(doc: MessageDoc): Message;
  /** As the member sees it; asked for only where `viewNeeded` says so. */
  conversation(): Conversation;
}
export interface Told {
  readonly changes: Change[];
  /** Where the conversation's cursor stands now. */
  readonly cursor: number;
  readonly done: boolean;
}
interface Placed {
  readonly at: number;
  readonly change: Change;
}

/** A cursor that is not there means that the conversation was gained. */
export const cursorOf = (known: number | undefined, { joined_seq }: Pick<MemberDoc, "joined_seq">): number =>
  known ?? joined_seq;

/** Whether the conversation itself is news. */
export function viewNeeded({ conversation, member }: Pick<Known, "conversation" | "member">, known?: number): boolean {
  return known === undefined || conversation.info_pos > known || member.settings_pos > known;
}

/** The first `limit` changes since the cursor, in order. */
export function changesSince(source: Known, views: Views, known: number | undefined, limit: number): Told {
  const { conversation, member, messages, horizon, whole } = source;
  const { _id: conversationId } = conversation;
  const cursor = cursorOf(known, member);
  const gained: Change[] =
    known === undefined ? [{ type: "conversation", conversationId, conversation: views.conversation() }] : [];
  const placed: Placed[] = messages
    .flatMap((doc) => knownTo(doc, { conversation, member }) ?? [])
    .map((doc) => ({ at: positionOf(doc), change: { type: "message", conversationId, message: views.message(doc) } }));
  placed.push(...others(source, views, cursor));
  const inOrder = placed.filter(({ at }) => at > cursor && at <= horizon).sort((a, b) => a.at - b.at);
  const page = inOrder.slice(0, limit);
  const changes = [...gained, ...page.map(({ change }) => change)];
  if (inOrder.length > limit) return { changes, cursor: page.at(-1)?.at ?? cursor, done: false };
  return { changes, cursor: Math.max(cursor, horizon), done: whole };
}

/** What changed beside the messages: the conversation, own settings, members, receipts. */
function others({ conversation, member, members }: Known, views: Views, cursor: number): Placed[] {
  const placed: Placed[] = [];
  const add = (at: number, change: () => Omit<Change, "conversationId">): void => {
    if (at > cursor) placed.push({ at, change: { conversationId: conversation._id, ...change() } });
  };
  add(conversation.info_pos, () => ({ type: "conversation", conversation: views.conversation() }));
  add(member.settings_pos, () => ({
    type: "settings",
    conversation: views.conversation(),
    settings: settingsOf(member),
  }));
  const hushed = isHushed(conversation);
  const large = isLarge(conversation);
  for (const m of members) {
    const own = m.user_id === member.user_id;
    if (large && !own) continue;
    // Of a private one nothing changes but the product's own data.
    if (conversation.type === "group" || (m.custom !== undefined && (!hushed || own)))
      add(m.pos, () => ({ type: "member", userId: m.user_id, member: membershipOf(conversation, m, member.user_id) }));
    if (!hushed || own)
      add(m.receipt_pos, () => ({ type: "receipt", userId: m.user_id, receipt: receiptOf(conversation, m) }));
  }
  return placed;
}

const membershipOf = (conversation: ConversationDoc, m: MemberDoc, viewer: number) => ({
  role: m.role,
  joined_at: m.joined_at.toISOString(),
  left_at: m.left_at?.toISOString() ?? null,
  custom: customOf(customFor(conversation, m, viewer)),
});
const receiptOf = (conversation: ConversationDoc, m: MemberDoc) => ({
  last_read_seq: Math.min(m.last_read_seq, activityFor(conversation, m).seq),
  last_read_at: m.last_read_at?.toISOString() ?? null,
  last_delivered_seq: m.last_delivered_seq,
});
const settingsOf = (m: MemberDoc) => ({
  muted: isMuted(m, new Date()),
  pinned: m.pinned,
  cleared_seq: m.cleared_seq,
  deleted_seqs: [...m.deleted_seqs],
  saved: (m.saved ?? []).map(({ id }) => id),
});
