/** Rules of coming in by oneself: into public groups, by links, and by the staff's approval. */
import { fail } from "../../../../contracts/errors";
import { type JoinLink } from "../../../../contracts/shapes";
import { MOST } from "../../../../contracts/most";
import { newId } from "../../../../platform/id";
import { type CommandBody } from "../commands";
import { type LinkDoc, type MemberDoc } from "../documents";
import { type State } from "../state";
import { type Turn } from "../turn";
import { linkView } from "../views";
import { checkRoom, join, newMember } from "./members";
import { DECLINED_FOR_MS } from "./requests";
import { group, leader } from "./roles";

export type Entered = "member" | "requested";

const isLive = ({ uses, used, expires_at }: LinkDoc, now: Date): boolean =>
  (uses === null || used < uses) && (expires_at === null || expires_at > now);

/** The link of this secret, as long as one may come by it. */
export const liveLink = (links: readonly LinkDoc[] | undefined, secret: string, now: Date): LinkDoc | undefined =>
  links?.find((link) => link.secret === secret && isLive(link, now));

/** The staff has removed them: they come back by the staff's leave alone. */
const wasRemoved = (member: MemberDoc | undefined): boolean =>
  Boolean(member?.left_at) && member?.left_freely === false;

/** @throws FORBIDDEN, NOTFOUND for a link that leads nowhere (any more), TOO_LARGE */
export function enter(turn: Turn, userId: number, secret: string | undefined): Entered {
  const { state, now } = turn;
  const conversation = group(state);
  const known = state.members.get(userId);
  if (known && !known.left_at) return "member";
  checkRoom(state, conversation.participants.length);
  const link = secret === undefined ? undefined : liveLink(conversation.links, secret, now);
  if (secret !== undefined && !link) throw fail("NOTFOUND", "This link leads nowhere.");
  if (!link && conversation.visibility !== "public") throw fail("FORBIDDEN", "You are not in this conversation.");
  if (wasRemoved(known) || (!link && conversation.approval)) return request(turn, userId, known);
  if (link) {
    const used = (l: LinkDoc): LinkDoc => (l === link ? { ...l, used: l.used + 1 } : l);
    turn.changeConversation({ links: (conversation.links ?? []).map(used) });
  }
  join(turn, userId, userId);
  return "member";
}

/** Those who lead the group. */
const staffOf = ({ conversation: { admin_id, moderator_ids } }: State): number[] => [
  ...(admin_id === null ? [] : [admin_id]),
  ...moderator_ids,
];

function request(turn: Turn, userId: number, known: MemberDoc | undefined): Entered {
  const { state, now } = turn;
  const { _id: conversationId } = state.conversation;
  if (known?.requested_at) return "requested";
  if (now.getTime() - (known?.refused_at?.getTime() ?? 0) < DECLINED_FOR_MS)
    throw fail("FORBIDDEN", "Your request was declined.");
  const waiting = [...state.members.values()].filter((m) => m.requested_at).length;
  if (waiting >= MOST.joinRequests) throw fail("TOO_LARGE", "Too many wait for this group's staff already.");
  if (known) turn.changeMember(known, { requested_at: now });
  else turn.addMember({ ...newMember(conversationId, userId, "member", now), left_at: now, requested_at: now });
  turn.position();
  turn.tell("conversation:join-requested", { conversationId, userId }, { to: "users", users: staffOf(state) });
  return "requested";
}

/** @throws FORBIDDEN, NOTFOUND, TOO_LARGE */
export function answerRequest(turn: Turn, actorId: number, userId: number, approved: boolean): void {
  const { state, now } = turn;
  const conversation = group(state);
  leader(state, actorId, "moderator");
  const member = state.members.get(userId);
  if (!member?.requested_at) throw fail("NOTFOUND", "This user does not ask to come in.");
  if (approved) join(turn, actorId, userId);
  else turn.changeMember(member, { requested_at: null, refused_at: now });
  turn.position();
  const news = { conversationId: conversation._id, userId, approved };
  turn.tell("conversation:join-answered", news, { to: "users", users: [userId, ...staffOf(state)] });
}

type NewLink = Omit<Extract<CommandBody, { kind: "createLink" }>, "kind">;

/** @throws FORBIDDEN, TOO_LARGE */
export function createLink(turn: Turn, actorId: number, { secret, uses, expiresAt }: NewLink): JoinLink {
  const { state, now } = turn;
  const conversation = group(state);
  leader(state, actorId, "moderator");
  const live = (conversation.links ?? []).filter((link) => isLive(link, now));
  if (live.length >= MOST.links) throw fail("TOO_LARGE", `A group has at most ${MOST.links} links.`);
  const link: LinkDoc = {
    _id: newId(),
    secret,
    uses: uses ?? null,
    used: 0,
    expires_at: expiresAt ?? null,
    created_by: actorId,
    created_at: now,
  };
  turn.changeConversation({ links: [...live, link] });
  turn.position();
  return linkView(conversation._id, link);
}

/** @throws FORBIDDEN, NOTFOUND */
export function revokeLink(turn: Turn, actorId: number, linkId: string): void {
  const conversation = group(turn.state);
  leader(turn.state, actorId, "moderator");
  const links = conversation.links ?? [];
  if (!links.some(({ _id }) => _id === linkId)) throw fail("NOTFOUND", "There is no such link.");
  turn.changeConversation({ links: links.filter(({ _id }) => _id !== linkId) });
  turn.position();
}
