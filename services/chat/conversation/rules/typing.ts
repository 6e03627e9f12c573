/** Rules of typing: told, never stored; whoever was told that somebody types is told that it is over. */
import { isLarge } from "../large";
import { type Turn } from "../turn";

/** @param except those who have blocked this user */
export function typing(turn: Turn, userId: number, c: { isTyping: boolean; except: readonly number[] }): void {
  const { state } = turn;
  const { role } = state.member(userId);
  // Everybody would hear of everybody; and of those who may not write there is nothing to hear.
  if (isLarge(state.conversation) || (state.conversation.posting === "staff" && role === "member")) return;
  const deaf = [userId, ...c.except, ...state.deafTo(userId)];
  // Where an earlier actor told that they type, this one tells that it is over.
  if (!c.isTyping && !state.typing.has(userId)) return tell(turn, userId, false, deaf);
  if (!c.isTyping) return endTyping(turn, userId);
  // Who has blocked them since, and was told before, hears that it is over.
  for (const id of c.except) endTypingFor(turn, userId, id);
  state.typing.set(userId, deaf);
  tell(turn, userId, true, deaf);
}

/** For one member, who has blocked them while they were typing; the others go on seeing it. */
export function endTypingFor(turn: Turn, userId: number, listenerId: number): void {
  const { typing, conversation } = turn.state;
  const deaf = typing.get(userId);
  if (!deaf || deaf.includes(listenerId)) return;
  typing.set(userId, [...deaf, listenerId]);
  const over = { conversationId: conversation._id, userId, isTyping: false };
  turn.tell("typing", over, { to: "room", users: [listenerId] });
}

/** Also before they are removed or a block makes it silent. */
export function endTyping(turn: Turn, userId: number): void {
  const deaf = turn.state.typing.get(userId);
  if (!deaf) return;
  turn.state.typing.delete(userId);
  tell(turn, userId, false, deaf);
}

function tell(turn: Turn, userId: number, isTyping: boolean, except: readonly number[]): void {
  const { _id: conversationId } = turn.state.conversation;
  turn.tell("typing", { conversationId, userId, isTyping }, { to: "room", except });
}
