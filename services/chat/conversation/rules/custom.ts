/** Rules of the product's own data on members. */
import { customAfter, customOf } from "../../../../contracts/custom";
import { type Result } from "../../../../contracts/actions";
import { type CommandBody } from "../commands";
import { type Turn } from "../turn";
import { leader, memberNamed } from "./roles";

type Command = Extract<CommandBody, { kind: "updateMember" }>;

/** One's own; or, of those who lead the group, anyone's. @throws FORBIDDEN, NOTFOUND, TOO_LARGE, BAD_REQUEST */
export function updateMember(turn: Turn, actorId: number, c: Command): Result<"chat.updateMember"> {
  const { state } = turn;
  const { userId } = c;
  if (userId === actorId) state.member(actorId);
  else leader(state, actorId, "moderator");
  const member = memberNamed(state, userId);
  const custom = customAfter(member.custom, c.custom, state.limits.custom.member);
  const shown = { userId, custom: customOf(custom) };
  if (custom === (member.custom ?? null)) return shown;
  turn.changeMember(member, { custom, pos: turn.position() });
  turn.note("member.updated", { userId, actorId });
  const news = { ...shown, conversationId: state.conversation._id, actorId };
  turn.tell("conversation:member-updated", news, { except: state.deafTo(actorId) });
  return shown;
}
