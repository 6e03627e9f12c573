/** Who may read what: the one place where membership is checked outside a turn. */
import { fail } from "../../../contracts/errors";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { type Stores } from "../host/stores";
import { isSilenced, knownTo } from "../conversation/knowledge";

export interface Membership {
  readonly conversation: ConversationDoc;
  readonly member: MemberDoc;
}

/** The conversation and the caller's place in it. @throws NOTFOUND, FORBIDDEN */
export async function membershipOf(stores: Stores, userId: number, conversationId: string): Promise<Membership> {
  const place = await placeOf(stores, userId, conversationId);
  if (place.member.left_at) throw fail("FORBIDDEN", "You are not in this conversation.");
  return place;
}

/** The same also for who is asked to be a member. @throws NOTFOUND, FORBIDDEN */
export async function placeOf(stores: Stores, userId: number, conversationId: string): Promise<Membership> {
  const [conversation, member] = await Promise.all([
    stores.conversations.findOne({ _id: conversationId }),
    stores.members.findOne({ conversation_id: conversationId, user_id: userId }),
  ]);
  if (!conversation || conversation.deleted_at) throw fail("NOTFOUND", "There is no such conversation.");
  if (!member || (member.left_at && !member.invited_by)) throw fail("FORBIDDEN", "You are not in this conversation.");
  return { conversation, member };
}

/** A message as the caller may know it, and their place in its conversation. @throws NOTFOUND, FORBIDDEN */
export async function messageFor(
  stores: Stores,
  userId: number,
  messageId: string,
): Promise<Membership & { message: MessageDoc }> {
  const message = await stores.messages.findOne({ _id: messageId });
  if (!message) throw fail("NOTFOUND", "There is no such message.");
  const membership = await membershipOf(stores, userId, message.conversation_id);
  const known = knownTo(message, membership);
  if (!known) throw fail("NOTFOUND", "There is no such message.");
  return { ...membership, message: known };
}

/** The caller's places in all their conversations; requests from people they blocked are none. */
export async function membershipsOf(stores: Stores, userId: number): Promise<Map<string, Membership>> {
  const conversations = await stores.conversations.find({ participants: userId });
  return membershipsIn(stores, userId, conversations);
}

/** Groups that wait for the caller's acceptance, and their places there: they see that they are asked, and no more. */
export async function invitationsOf(stores: Stores, userId: number): Promise<Membership[]> {
  const members = await stores.members.find({ user_id: userId, invited_by: { $gt: 0 } });
  if (!members.length) return [];
  const ids = members.map((m) => m.conversation_id);
  const conversations = await stores.conversations.find({ _id: { $in: ids }, deleted_at: null });
  const byId = new Map(conversations.map((c) => [c._id, c]));
  return members.flatMap((member) => {
    const conversation = byId.get(member.conversation_id);
    return conversation ? [{ conversation, member }] : [];
  });
}

const HEAD = ["type", "pos", "changed_at", "status", "initiator_id", "blocked_by"] as const;
const MEMBERSHIP = ["conversation_id", "joined_at", "joined_seq", "left_at", "invited_by"] as const;
/** As much of a membership as tells whether there is news in it. */
export interface Summary {
  readonly conversation: Pick<ConversationDoc, "_id" | (typeof HEAD)[number]>;
  readonly member: Pick<MemberDoc, (typeof MEMBERSHIP)[number]>;
}

/** By the conversation's id; and the groups that ask the user to be a member. */
export interface Summaries {
  readonly places: ReadonlyMap<string, Summary>;
  readonly asked: readonly string[];
}

/** All places of a user, without what only a closer look needs. */
export async function summariesOf(stores: Stores, userId: number): Promise<Summaries> {
  const [conversations, members] = await Promise.all([
    stores.conversations.find({ participants: userId }, { fields: HEAD }),
    stores.members.find({ user_id: userId }, { fields: MEMBERSHIP }),
  ]);
  const asked = members.flatMap((m) => (m.invited_by ? [m.conversation_id] : []));
  return { places: placesOf(userId, conversations, members), asked };
}

export async function membershipsIn(
  stores: Stores,
  userId: number,
  conversations: readonly ConversationDoc[],
): Promise<Map<string, Membership>> {
  const members = await stores.members.find({
    user_id: userId,
    conversation_id: { $in: conversations.map((c) => c._id) },
  });
  return placesOf(userId, conversations, members);
}

/** The one place where conversations and memberships become what a user may see, by the conversation's id. */
function placesOf<
  C extends Judged & { readonly _id: string },
  M extends Pick<MemberDoc, "conversation_id" | "left_at">,
>(
  userId: number,
  conversations: readonly C[],
  members: readonly M[],
): Map<string, { readonly conversation: C; readonly member: M }> {
  const byId = new Map(members.map((m) => [m.conversation_id, m]));
  const places = new Map<string, { readonly conversation: C; readonly member: M }>();
  for (const conversation of conversations) {
    const member = byId.get(conversation._id);
    if (member && !member.left_at && !isSilenced(conversation, userId))
      places.set(conversation._id, { conversation, member });
  }
  return places;
}

type Judged = Pick<ConversationDoc, "type" | "status" | "initiator_id" | "blocked_by">;
