/** What the log of facts tells of messages and conversations: it keeps their ids, and reads the rest here. */
import { type Params, type Result } from "../../../contracts/actions";
import { messageView } from "../conversation/views";
import { type Stores } from "../host/stores";

export async function toldOf(
  { messages, conversations }: Stores,
  { messageIds, conversationIds }: Params<"chat.told">,
): Promise<Result<"chat.told">> {
  const fields = ["type", "name", "external_id", "deleted_at"] as const;
  const [docs, places] = await Promise.all([
    messageIds.length ? messages.find({ _id: { $in: messageIds } }) : [],
    conversationIds.length ? conversations.find({ _id: { $in: conversationIds } }, { fields }) : [],
  ]);
  const standing = places.filter(({ deleted_at }) => !deleted_at);
  const there = new Set(standing.map(({ _id }) => _id));
  return {
    // What was said in a conversation that has ended is nobody's any more, also where it is not buried yet.
    messages: docs.filter(({ conversation_id }) => there.has(conversation_id)).map((doc) => messageView(doc)),
    conversations: standing.map(({ _id, type, name, external_id }) => ({
      ...{ _id, type, name },
      ...(external_id === undefined ? {} : { external_id }),
    })),
  };
}
