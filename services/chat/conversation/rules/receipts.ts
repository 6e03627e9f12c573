/** Rules of receipts: what a member got and read, told to those concerned. */
import { type MemberDoc, type MessageDoc } from "../documents";
import { hasRead, runsOf, unreadRuns, withRead } from "../ranges";
import { receipt, type ReceiptKind } from "../receipts";
import { type Turn } from "../turn";
import { unreadUpTo } from "../unread";
import { isLarge } from "../large";
import { hiddenFor, isHushed } from "../knowledge";
import { unreadOf } from "../views";

/** In larger conversations only the sender hears how far a message got: else everyone would hear of everyone. */
const TOLD_UP_TO = 50;

/** A receipt of this kind would tell something new about a message to this member. */
function isNews(turn: Turn, doc: MessageDoc, member: MemberDoc, kind: ReceiptKind): boolean {
  if (doc.sender_id === member.user_id || doc.type === "system" || doc.deleted_at) return false;
  if (hiddenFor(doc, { conversation: turn.state.conversation, member }) || doc.seq <= member.joined_seq) return false;
  const known = turn.state.receipts.of(doc.seq, member.user_id)?.kind;
  if (kind === "read") return known !== "read";
  if (kind === "delivered") return known === undefined || known === "failed";
  return known === undefined;
}

/** @throws FORBIDDEN, NOTFOUND where it is none for this member */
export function markOne(turn: Turn, userId: number, messageId: string, kind: ReceiptKind): number {
  turn.state.messageFor(userId, messageId);
  return mark(turn, userId, [messageId], kind);
}

/** Marks these messages; says how many of them that was news for. What of a list is hidden meanwhile spoils none of it. */
export function mark(turn: Turn, userId: number, messageIds: readonly string[], kind: ReceiptKind): number {
  const { state } = turn;
  const member = state.member(userId);
  const docs = [...new Set(messageIds)].map((id) => state.message(id)).filter((doc) => isNews(turn, doc, member, kind));
  if (!docs.length) return 0;
  moveCursor(turn, member, docs, kind);
  if (isLarge(state.conversation)) return tellOwn(turn, docs, userId, kind);
  for (const run of runsOf(docs.map((d) => d.seq)))
    turn.addReceipt(receipt(state.conversation._id, userId, kind, run, turn.now, isHushed(state.conversation)));
  for (const doc of docs) tellStatus(turn, doc, userId, kind);
  return docs.length;
}

/** In a large group a member's reading is their own: their devices hear of it, and nobody else. */
function tellOwn(turn: Turn, docs: readonly MessageDoc[], userId: number, status: ReceiptKind): number {
  const timestamp = turn.now.toISOString();
  if (status === "read")
    for (const { conversation_id: conversationId, _id: messageId } of docs)
      turn.tell(
        "message:status",
        { messageId, conversationId, userId, status, timestamp, deliveryInfo: [] },
        { to: "users", users: [userId] },
      );
  return docs.length;
}

function moveCursor(turn: Turn, member: MemberDoc, docs: readonly MessageDoc[], kind: ReceiptKind): void {
  const highest = Math.max(member.last_delivered_seq, ...(kind === "failed" ? [] : docs.map((d) => d.seq)));
  const fields: Partial<MemberDoc> = { last_delivered_seq: highest, receipt_pos: turn.position() };
  if (kind !== "read") return turn.changeMember(member, fields);
  const unread = docs.filter((d) => !hasRead(member, d.seq));
  let state: Pick<MemberDoc, "last_read_seq" | "read_above"> = member;
  for (const doc of unread) state = withRead(state, doc.seq, doc.seq);
  const read = { last_read_seq: state.last_read_seq, read_above: state.read_above, last_read_at: turn.now };
  const runs = runsOf(docs.map((d) => d.seq)).map(([from, to]) => ({ from, to }));
  turn.attended.read.push({ userId: member.user_id, seq: state.last_read_seq, runs });
  turn.changeMember(member, { ...fields, ...read, read_count: member.read_count + unread.length });
  if (unread.length) noteRead(turn, member.user_id, highest);
}

/**
 * To all in the room; of what was read, to the member's own devices outside it, too, because it changes their badges.
 */
function tellStatus(turn: Turn, doc: MessageDoc, userId: number, status: ReceiptKind): void {
  const { conversation_id: conversationId, _id: messageId } = doc;
  const { state } = turn;
  const deliveryInfo = state.viewFor(userId, doc).delivery_info;
  const news = { messageId, conversationId, userId, status, timestamp: turn.now.toISOString(), deliveryInfo };
  const own = status === "read" ? [userId] : [];
  const small = state.conversation.participants.length <= TOLD_UP_TO;
  const users = small ? {} : { users: [doc.sender_id, userId] };
  turn.tellOf("message:status", doc, userId, () => news, { to: "room", ...users, except: own });
  if (own.length) turn.tell("message:status", news, { users: own });
}

/** In a large group nobody hears of everybody. */
function noteRead(turn: Turn, userId: number, seq: number): void {
  if (!isLarge(turn.state.conversation)) turn.note("message.read", { userId, seq });
}

/** Marks it read up to a message, as one receipt for each run that was not; says how many messages that were. */
export function markRead(turn: Turn, userId: number, seq = Infinity): number {
  const { state, now } = turn;
  const { conversation } = state;
  const member = state.member(userId);
  const last = Math.min(seq, conversation.last_seq);
  // Also where nothing was unread: a notification may be.
  turn.attended.read.push({ userId, seq: last, runs: [] });
  const count = last < conversation.last_seq ? unreadUpTo(state, member, last) : unreadOf(conversation, member);
  const runs = unreadRuns(member, member.joined_seq + 1, last);
  if (!count && !runs.length) return 0;
  const large = isLarge(conversation);
  if (!large)
    for (const run of runs)
      turn.addReceipt(receipt(conversation._id, userId, "read", run, now, isHushed(conversation)));
  turn.changeMember(member, {
    ...withRead(member, 1, last),
    read_count: member.read_count + count,
    last_read_at: now,
    last_delivered_seq: Math.max(last, member.last_delivered_seq),
    receipt_pos: turn.position(),
  });
  noteRead(turn, userId, last);
  const news = { conversationId: conversation._id, userId, timestamp: now.toISOString(), seq: last };
  if (!large) turn.tell("conversation:read", news, { to: "room", except: [userId, ...state.deafTo(userId)] });
  turn.tell("conversation:read", news, { users: [userId] }); // their badges change outside the room, too
  return count;
}
