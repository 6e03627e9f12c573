/** Who is in a conversation. */
import { type Params } from "../../../contracts/actions";
import { type Member } from "../../../contracts/shapes";
import { isLarge } from "../conversation/large";
import { memberView } from "../conversation/views";
import { type Stores } from "../host/stores";
import { type Names } from "../people/names";
import { type Presence } from "../people/presence";
import { membershipOf } from "./access";

const PAGE = 1_000;

/** All in the order in which they came; or, where a page is asked for and in large groups, by their ids. */
export async function listMembers(
  stores: Stores,
  names: Names,
  presence: Presence,
  userId: number,
  { conversationId: conversation_id, limit, after }: Params<"chat.members">,
): Promise<Member[]> {
  const viewer = await membershipOf(stores, userId, conversation_id);
  const paged = limit !== undefined || after !== undefined || isLarge(viewer.conversation);
  const docs = paged
    ? await stores.members.find(
        { conversation_id, left_at: null, user_id: { $gt: after ?? 0 } },
        { sort: [["user_id", 1]], limit: limit ?? PAGE },
      )
    : await stores.members.find({ conversation_id });
  const present = docs.filter((m) => !m.left_at);
  if (!paged) present.sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime());
  const ids = present.map((m) => m.user_id);
  const [people, seen] = [await names.of(ids), await presence.get(userId, ids)];
  return present.map((m, i) => memberView(m, viewer, people.get(m.user_id) as never, seen[i]?.online ?? false));
}
