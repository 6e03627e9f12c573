/** Who may do what in a group: its kind, its leaders, its members. */
import { fail } from "../../../../contracts/errors";
import { type ConversationDoc, type MemberDoc } from "../documents";
import { type State } from "../state";

/** @throws BAD_REQUEST */
export function group(state: State): ConversationDoc {
  if (state.conversation.type !== "group") throw fail("BAD_REQUEST", "This is no group.");
  return state.conversation;
}

/** @throws FORBIDDEN unless the member is the admin or, where that is enough, a moderator */
export function leader(state: State, userId: number, least: "moderator" | "admin"): MemberDoc {
  const member = state.member(userId);
  if (member.role === "admin" || (member.role === "moderator" && least === "moderator")) return member;
  throw fail(
    "FORBIDDEN",
    least === "admin" ? "Only the admin can do this." : "Only the admin and moderators can do this.",
  );
}

/** @throws NOTFOUND */
export function memberNamed(state: State, userId: number): MemberDoc {
  const member = state.members.get(userId);
  if (!member || member.left_at) throw fail("NOTFOUND", "This user is not in the group.");
  return member;
}
