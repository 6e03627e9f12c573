/**
 * Rules of invitations: who lets only acquaintances add them, or has left the group by themselves, is asked. Until they
 * accept they are no member: nothing of the group reaches them but that they are asked.
 */
import { fail } from "../../../../contracts/errors";
import { type MemberDoc } from "../documents";
import { type Turn } from "../turn";
import { conversationView } from "../views";
import { checkRoom, join, newMember } from "./members";
import { DECLINED_FOR_MS } from "./requests";
import { group, leader } from "./roles";

/** The place of somebody who is asked: as if they had left. */
export const asked = (conversationId: string, userId: number, by: number, now: Date): MemberDoc => ({
  ...newMember(conversationId, userId, "member", now),
  left_at: now,
  invited_by: by,
});

/**
 * @param how `asked`: only by their own acceptance; `unheard`: they have blocked who adds them, which that one must not
 * learn, so that it looks the same and is nothing
 */
export function addMember(turn: Turn, actorId: number, userId: number, how: "added" | "asked" | "unheard"): void {
  const { state } = turn;
  const { participants } = group(state);
  leader(state, actorId, "moderator");
  const known = state.members.get(userId);
  if (known && !known.left_at) throw fail("CONFLICT", "This user is already in the group.");
  checkRoom(state, participants.length);
  if (how === "unheard") return;
  if (how === "asked" || known?.left_freely) invite(turn, actorId, userId);
  else join(turn, actorId, userId);
}

function invite(turn: Turn, actorId: number, userId: number): void {
  const { state, now } = turn;
  const known = state.members.get(userId);
  if (known?.invited_by || now.getTime() - (known?.declined_at?.getTime() ?? 0) < DECLINED_FOR_MS) return;
  if (known) turn.changeMember(known, { invited_by: actorId });
  else turn.addMember(asked(state.conversation._id, userId, actorId, now));
  turn.position();
  tellInvited(turn, userId, "conversation:invited");
}

/** The one thing that reaches somebody who is asked. */
function tellInvited(turn: Turn, userId: number, event: "conversation:invited" | "conversation:created"): void {
  const { conversation, members } = turn.state;
  const view = conversationView(conversation, { member: members.get(userId), lastMessage: null, now: turn.now });
  turn.tell(event, { conversationId: conversation._id, conversation: view }, { to: "users", users: [userId] });
}

/** To those who are asked as the group is born. */
export function tellAllInvited(turn: Turn): void {
  for (const m of turn.state.members.values()) if (m.invited_by) tellInvited(turn, m.user_id, "conversation:created");
}

/** @throws FORBIDDEN, CONFLICT for who is not asked */
function invitedBy(turn: Turn, userId: number): number {
  const member = turn.state.members.get(userId);
  if (member?.invited_by) return member.invited_by;
  turn.state.member(userId);
  throw fail("CONFLICT", "You are in this group already.");
}

export function acceptInvitation(turn: Turn, userId: number): void {
  const by = invitedBy(turn, userId);
  const { _id: conversationId } = turn.state.conversation;
  join(turn, userId, userId);
  turn.tell("request:accepted", { conversationId, acceptedBy: userId }, { to: "users", users: [by] });
}

export function declineInvitation(turn: Turn, userId: number): void {
  const by = invitedBy(turn, userId);
  const { conversation, members } = turn.state;
  const { _id: conversationId } = conversation;
  const member = members.get(userId);
  if (member) turn.changeMember(member, { invited_by: null, declined_at: turn.now });
  turn.position();
  turn.tell("request:declined", { conversationId, declinedBy: userId }, { to: "users", users: [by] });
  const news = { conversationId, changes: { status: "declined" }, actorId: userId };
  turn.tell("conversation:updated", news, { to: "users", users: [userId] });
}
