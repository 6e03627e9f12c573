/**
 * What a member may know: the one rule that every door asks (live events, acks, lists, `sync`, search, receipts, facts).
 * A message is hidden from a member, or they know it as it is, or as it was before the other side changed it unheard. Pure.
 */
import { type StoredCustom } from "../../../contracts/custom";
import { type ConversationDoc, type MemberDoc, type MessageDoc, type Veil } from "./documents";

type Room = Pick<ConversationDoc, "type" | "status" | "blocked_by">;

/** A member's place in a conversation: whose knowledge it is. */
export interface Place {
  readonly conversation: Pick<ConversationDoc, "type" | "history" | "last_seq">;
  readonly member: Pick<MemberDoc, "user_id" | "joined_seq" | "cleared_seq" | "deleted_seqs">;
}

/** As much of a message as it takes to tell whether someone may know it. */
type Judged = Pick<MessageDoc, "seq" | "hidden_from">;
/** As much of it as they may know differently. */
type Knowable = Judged & Partial<Pick<MessageDoc, "veils" | "reply_to">>;

/** Neither side hears what the other does: a request that is not accepted, a pair of which one has blocked the other. */
export const isHushed = ({ type, status, blocked_by }: Room): boolean =>
  type === "private" && (status !== "accepted" || blocked_by.length > 0);

/** Who must not hear of what `actorId` does. */
export function deafTo(room: Room & Pick<ConversationDoc, "participants">, actorId: number): number[] {
  return isHushed(room) ? room.participants.filter((id) => id !== actorId) : [];
}

/** A conversation that a member must not even see: a request of somebody whom they had blocked. */
export const isSilenced = (c: Room & Pick<ConversationDoc, "initiator_id">, userId: number): boolean =>
  c.type === "private" && c.status === "pending" && c.initiator_id !== userId && c.blocked_by.includes(userId);

/** True where a message that is there is none for this member: blocked, cleared, deleted for them, before their time. */
export function hiddenFor(doc: Judged, { conversation, member }: Place): boolean {
  return (
    doc.seq > conversation.last_seq || // stored, but not committed: it may still be taken back
    doc.seq <= member.cleared_seq ||
    (conversation.history === "joined" && doc.seq <= member.joined_seq) ||
    (doc.hidden_from?.includes(member.user_id) ?? false) ||
    member.deleted_seqs.includes(doc.seq)
  );
}

/** The words of a quote, as this member may know them. */
function quoteFor(quote: NonNullable<MessageDoc["reply_to"]>, place: Place): NonNullable<MessageDoc["reply_to"]> {
  const content = hiddenFor({ seq: quote.seq }, place) ? "" : (quote.shown?.[place.member.user_id] ?? quote.content);
  return content === quote.content ? quote : { ...quote, content };
}

/** The message as this member may know it; undefined where it is none for them. */
export function knownTo<D extends Knowable>(doc: D, place: Place): D | undefined {
  if (hiddenFor(doc, place)) return undefined;
  const veil = doc.veils?.[place.member.user_id];
  const seen = veil ? { ...doc, ...veil } : doc;
  if (!seen.reply_to) return seen;
  const reply_to = quoteFor(seen.reply_to, place);
  return reply_to === seen.reply_to ? seen : { ...seen, reply_to };
}

/** What a veil keeps of a message. */
export const veilOf = (doc: MessageDoc): Veil => ({
  content: doc.content,
  mentions: doc.mentions,
  mention_all: doc.mention_all ?? false,
  terms: doc.terms,
  preview: doc.preview ?? null,
  poll: doc.poll ?? null,
  custom: doc.custom ?? null,
  marks: doc.marks ?? [],
  edits: doc.edits ?? [],
  reactions: doc.reactions,
  pinned_at: doc.pinned_at,
  pinned_by: doc.pinned_by,
  version: doc.version,
  updated_at: doc.updated_at,
  edited_at: doc.edited_at,
  changed_pos: doc.changed_pos ?? doc.seq,
});

/** The product's data on a member, as another or they themselves may know it. */
export const customFor = (
  room: Room,
  { user_id, custom, custom_before }: Pick<MemberDoc, "user_id" | "custom" | "custom_before">,
  viewer: number,
): StoredCustom => (isHushed(room) && user_id !== viewer ? (custom_before ?? null) : (custom ?? null));

/** The last thing that happened for this member, by which lists are sorted and hidden conversations come back. */
export function activityFor(
  { last_seq, updated_at, last_message }: Pick<ConversationDoc, "last_seq" | "updated_at" | "last_message">,
  { unheard, left_at }: Pick<MemberDoc, "unheard" | "left_at">,
): { seq: number; at: Date } {
  if (left_at) return { seq: 0, at: left_at }; // of a group that only asks them
  if (unheard?.to !== last_seq) return { seq: last_seq, at: updated_at };
  // Something else than the messages that they must not know of may have happened since.
  const since = updated_at > (last_message?.created_at ?? updated_at);
  return { seq: unheard.seq, at: since ? updated_at : unheard.at };
}
