/** Who may read what: the one place where membership is checked outside a turn. */
import { fail } from "../../contracts/errors";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "./documents";
import { type Stores } from "./store";
import { hiddenFor } from "./views";

export interface Seat {
  readonly conversation: ConversationDoc;
  readonly member: MemberDoc;
}

/** The conversation and the caller's place in it. @throws NOTFOUND, FORBIDDEN */
export async function seatOf(stores: Stores, userId: number, conversationId: string): Promise<Seat> {
  const [conversation, member] = await Promise.all([
    stores.conversations.findOne({ _id: conversationId }),
    stores.members.findOne({ conversation_id: conversationId, user_id: userId }),
  ]);
  if (!conversation || conversation.deleted_at) throw fail("NOTFOUND", "There is no such conversation.");
  if (!member || member.left_at) throw fail("FORBIDDEN", "You are not in this conversation.");
  return { conversation, member };
}

/** A message, and the caller's place in its conversation. @throws NOTFOUND, FORBIDDEN */
export async function messageFor(
  stores: Stores,
  userId: number,
  messageId: string,
): Promise<Seat & { message: MessageDoc }> {
  const message = await stores.messages.findOne({ _id: messageId });
  if (!message) throw fail("NOTFOUND", "There is no such message.");
  const seat = await seatOf(stores, userId, message.conversation_id);
  if (hiddenFor(message, seat.member)) throw fail("NOTFOUND", "There is no such message.");
  return { ...seat, message };
}

/** The caller's places in all their conversations; requests from people they blocked are none. */
export async function seatsOf(stores: Stores, userId: number): Promise<Map<string, Seat>> {
  const conversations = await stores.conversations.find({ participants: userId });
  return seatsIn(stores, userId, conversations);
}

const HEAD = ["pos", "changed_at", "status", "initiator_id", "blocked_by"] as const;
const MEMBERSHIP = ["conversation_id", "joined_at", "joined_seq", "left_at"] as const;
/** As much of a seat as tells whether there is news in it. */
export interface Head {
  readonly conversation: Pick<ConversationDoc, "_id" | (typeof HEAD)[number]>;
  readonly member: Pick<MemberDoc, (typeof MEMBERSHIP)[number]>;
}

/** `seatsOf`, without what only a closer look needs. */
export async function headsOf(stores: Stores, userId: number): Promise<Map<string, Head>> {
  const [conversations, members] = await Promise.all([
    stores.conversations.find({ participants: userId }, { fields: HEAD }),
    stores.members.find({ user_id: userId }, { fields: MEMBERSHIP }),
  ]);
  const byId = new Map(members.map((m) => [m.conversation_id, m]));
  const heads = new Map<string, Head>();
  for (const conversation of conversations) {
    const member = byId.get(conversation._id);
    if (member && !member.left_at && !isSilenced(conversation, userId))
      heads.set(conversation._id, { conversation, member });
  }
  return heads;
}

export async function seatsIn(
  stores: Stores,
  userId: number,
  conversations: readonly ConversationDoc[],
): Promise<Map<string, Seat>> {
  const members = await stores.members.find({
    user_id: userId,
    conversation_id: { $in: conversations.map((c) => c._id) },
  });
  const byId = new Map(members.map((m) => [m.conversation_id, m]));
  const seats = new Map<string, Seat>();
  for (const conversation of conversations) {
    const member = byId.get(conversation._id);
    if (member && !member.left_at && !isSilenced(conversation, userId))
      seats.set(conversation._id, { conversation, member });
  }
  return seats;
}

/** A request that the caller must not even see: they had blocked its initiator. */
export const isSilenced = (
  c: Pick<ConversationDoc, "status" | "initiator_id" | "blocked_by">,
  userId: number,
): boolean => c.status === "pending" && c.initiator_id !== userId && c.blocked_by.includes(userId);
