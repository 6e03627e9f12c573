/** Slow mode of a group: its members wait between two messages, its admin and moderators do not. */
import { fail } from "../../../../contracts/errors";
import { type MemberDoc } from "../documents";
import { type Turn } from "../turn";

const slowFor = ({ state }: Turn, { role }: MemberDoc): number =>
  role === "member" ? (state.conversation.slow_mode ?? 0) * 1000 : 0;

/** @throws RATE_LIMITED with how long yet */
export function checkPace(turn: Turn, member: MemberDoc): void {
  const wait = slowFor(turn, member);
  if (!wait || !member.paced_at) return;
  // Never longer than one wait, should another node's clock have been ahead.
  const retryAfterMs = Math.min(wait, member.paced_at.getTime() + wait - turn.now.getTime());
  if (retryAfterMs > 0) throw fail("RATE_LIMITED", "This group is in slow mode; wait a moment.", { retryAfterMs });
}

/** Kept with the member, so that it holds wherever the conversation is awake next. */
export function notePace(turn: Turn, member: MemberDoc): void {
  if (slowFor(turn, member)) turn.changeMember(member, { paced_at: turn.now });
}
