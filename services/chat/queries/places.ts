/** Where a user is a member, as our own services have to know it before they write to them of it. */
import { type Params, type Result } from "../../../contracts/actions";
import { isMuted, isPendingFor } from "../conversation/views";
import { type Stores } from "../host/stores";

export async function placesOf(
  { conversations, members }: Stores,
  { userId, conversationIds }: Params<"chat.places">,
): Promise<Result<"chat.places">> {
  if (conversationIds.length === 0) return [];
  const own = { user_id: userId, conversation_id: { $in: conversationIds }, left_at: null };
  const [docs, places] = await Promise.all([
    conversations.find({ _id: { $in: conversationIds }, deleted_at: null }),
    members.find(own),
  ]);
  const memberOf = new Map(places.map((member) => [member.conversation_id, member]));
  const now = new Date();
  return docs.flatMap((conversation) => {
    const { _id: conversationId, type, name } = conversation;
    const member = memberOf.get(conversationId);
    const pending = isPendingFor(conversation, userId);
    return member ? [{ conversationId, type, name, muted: isMuted(member, now), pending }] : [];
  });
}
