/** Rules of pinning a message for all. */
import { fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { MOST } from "../../../../contracts/most";
import { type Turn } from "../turn";
import { knownTo } from "../knowledge";
import { standing, tellUpdated } from "./messages";

export function pinMessage(turn: Turn, userId: number, c: { messageId: string; pinned: boolean }): Message {
  const { state, now } = turn;
  const member = state.member(userId);
  const { conversation } = state;
  if (conversation.type === "group" && member.role === "member")
    throw fail("FORBIDDEN", "In a group, moderators and the admin pin messages.");
  const doc = standing(state, userId, c.messageId);
  if (((knownTo(doc, state.eyes(userId)) ?? doc).pinned_at !== null) === c.pinned) return state.viewFor(userId, doc);
  if (c.pinned && conversation.pins >= MOST.pins)
    throw fail("TOO_LARGE", `A conversation has at most ${MOST.pins} pinned messages.`);
  const pins = Number(c.pinned) - Number(doc.pinned_at !== null);
  if (pins) turn.changeConversation({ pins: conversation.pins + pins });
  const pin = { pinned_at: c.pinned ? now : null, pinned_by: c.pinned ? userId : null };
  turn.changeMessageBy(userId, doc, () => pin);
  turn.note("message.pinned", { messageId: doc._id, seq: doc.seq, actorId: userId, pinned: c.pinned });
  tellUpdated(turn, doc, userId);
  return state.viewFor(userId, doc);
}
