/** Rules of saving a message for oneself: kept with one's own settings, on all of one's devices. */
import { fail } from "../../../../contracts/errors";
import { type Turn } from "../turn";
import { standing } from "./messages";

/** In one conversation. */
export const MAX_SAVED = 500;

export interface SavedAt {
  saved_at: string | null;
}

/** Letting go of one that is deleted or hidden meanwhile is always possible. @throws FORBIDDEN, NOTFOUND, TOO_LARGE */
export function saveMessage(turn: Turn, userId: number, c: { messageId: string; saved: boolean }): SavedAt {
  const { state, now } = turn;
  const member = state.member(userId);
  const all = member.saved ?? [];
  const known = all.find(({ id }) => id === c.messageId);
  if (c.saved) standing(state, userId, c.messageId);
  if (c.saved === (known !== undefined)) return { saved_at: known?.at.toISOString() ?? null };
  if (c.saved && all.length >= MAX_SAVED)
    throw fail("TOO_LARGE", `At most ${MAX_SAVED} messages of a conversation can be saved.`, { max: MAX_SAVED });
  const saved = c.saved ? [...all, { id: c.messageId, at: now }] : all.filter((one) => one !== known);
  turn.changeMember(member, { saved, saved_at: saved.at(-1)?.at ?? null, settings_pos: turn.position() });
  const saved_at = c.saved ? now.toISOString() : null;
  const news = { messageId: c.messageId, conversationId: state.conversation._id, saved_at };
  turn.tell("message:saved", news, { to: "users", users: [userId] });
  return { saved_at };
}
