/** Rules of message requests: a private conversation is pending until the one who was asked accepts it. */
import { fail } from "../../../../contracts/errors";
import { type Turn } from "../turn";
import { isHushed } from "../knowledge";
import { conversationView } from "../views";

/** How long a declined request can't be made again. */
export const DECLINED_FOR_MS = 30 * 24 * 3600_000;

/** @throws FORBIDDEN, CONFLICT */
function checkAsked(turn: Turn, userId: number): void {
  const { state } = turn;
  const { status, initiator_id } = state.conversation;
  state.member(userId);
  if (initiator_id === userId) throw fail("FORBIDDEN", "Only the one who was asked can answer a request.");
  if (status !== "pending") throw fail("CONFLICT", `This request was already ${status}.`);
}

/** From here on both sides hear of everything. */
export function acceptRequest(turn: Turn, userId: number): void {
  const { state, now } = turn;
  const { conversation } = state;
  const before = isHushed(conversation);
  turn.changeConversation({ status: "accepted", declined_at: null, updated_at: now, info_pos: turn.position() });
  turn.hush(before);
  // What they did to its messages while it waited is known from here on.
  if (!isHushed(conversation))
    for (const doc of state.atHand())
      if (doc.veils && Object.keys(doc.veils).length) turn.changeMessage(doc, { veils: {} });
  turn.note("conversation.updated", { actorId: userId, fields: ["status"] });
  const news = { conversationId: conversation._id, acceptedBy: userId };
  const initiator = conversation.initiator_id;
  turn.tell("request:accepted", news, { to: "users", users: [initiator] });
  const changes = { status: "accepted" };
  turn.tell("conversation:updated", { conversationId: conversation._id, changes, actorId: userId }, both(turn));
}

const both = (turn: Turn) => ({ to: "users", users: turn.state.conversation.participants }) as const;

export function accept(turn: Turn, userId: number): void {
  checkAsked(turn, userId);
  acceptRequest(turn, userId);
}

export function decline(turn: Turn, userId: number): void {
  checkAsked(turn, userId);
  const { state, now } = turn;
  const { conversation } = state;
  turn.changeConversation({ status: "declined", declined_at: now, updated_at: now, info_pos: turn.position() });
  turn.note("conversation.updated", { actorId: userId, fields: ["status"] });
  const news = { conversationId: conversation._id, declinedBy: userId };
  turn.tell("request:declined", news, { to: "users", users: [conversation.initiator_id] });
  const changes = { status: "declined" };
  turn.tell(
    "conversation:updated",
    { conversationId: conversation._id, changes, actorId: userId },
    {
      to: "users",
      users: [userId],
    },
  );
}

/** The pair's conversation is created once more: it stays as it is, but a declined request may come to life again. */
export function reopen(turn: Turn, userId: number): void {
  const { state, now } = turn;
  const { conversation } = state;
  state.member(userId);
  if (conversation.status !== "declined") return;
  if (conversation.initiator_id !== userId) return acceptRequest(turn, userId);
  if (now.getTime() - (conversation.declined_at?.getTime() ?? 0) < DECLINED_FOR_MS) return;
  turn.changeConversation({ status: "pending", declined_at: null, updated_at: now, info_pos: turn.position() });
  turn.note("conversation.updated", { actorId: userId, fields: ["status"] });
  tellCreated(turn);
}

/** `conversation:created` to everyone who may know of it; the one thing that a request pushes to its recipient. */
export function tellCreated(turn: Turn): void {
  const { conversation } = turn.state;
  const view = conversationView(conversation, { member: undefined, lastMessage: null, now: turn.now });
  const users = conversation.participants.filter((p) => !conversation.blocked_by.includes(p));
  turn.tell("conversation:created", { conversationId: conversation._id, conversation: view }, { to: "users", users });
}
