/** What there is below a message, in a few numbers: of the replies that the caller may know, by the one rule. */
import { fail } from "../../../contracts/errors";
import { type ThreadSummary } from "../../../contracts/shapes";
import { MOST } from "../../../contracts/most";
import { type MessageDoc } from "../conversation/documents";
import { hiddenFor } from "../conversation/knowledge";
import { hasRead } from "../conversation/ranges";
import { type Stores } from "../host/stores";
import { type Membership, membershipOf } from "./access";

const HEAD = ["thread_id", "seq", "sender_id", "created_at", "deleted_at", "hidden_from"] as const;
type Head = Pick<MessageDoc, "_id" | (typeof HEAD)[number]>;

function summaryOf(root: MessageDoc, replies: readonly Head[], { member }: Membership): ThreadSummary {
  const last = replies.at(-1);
  const latest = [...new Set(replies.map((r) => r.sender_id).reverse())];
  const takesPart = root.sender_id === member.user_id || latest.includes(member.user_id);
  return {
    message_id: root._id,
    reply_count: replies.length,
    last_reply: last
      ? { message_id: last._id, seq: last.seq, sender_id: last.sender_id, created_at: last.created_at.toISOString() }
      : null,
    repliers: latest.slice(0, MOST.repliers),
    unread: replies.filter((r) => r.sender_id !== member.user_id && !hasRead(member, r.seq)).length,
    following: member.threads?.[root._id] ?? takesPart,
  };
}

/** In the order asked for. @throws FORBIDDEN, NOTFOUND for a message that is none for the caller */
export async function threadSummaries(
  stores: Stores,
  userId: number,
  messageIds: readonly string[],
): Promise<ThreadSummary[]> {
  const ids = [...new Set(messageIds)];
  const [roots, replies] = await Promise.all([
    stores.messages.find({ _id: { $in: ids } }),
    stores.messages.find({ thread_id: { $in: ids }, deleted_at: null }, { sort: [["seq", 1]], fields: HEAD }),
  ]);
  const byId = new Map(roots.map((doc) => [doc._id, doc]));
  const places = new Map<string, Membership>();
  for (const { conversation_id } of roots)
    if (!places.has(conversation_id)) places.set(conversation_id, await membershipOf(stores, userId, conversation_id));
  return ids.map((id) => {
    const root = byId.get(id);
    const place = root && places.get(root.conversation_id);
    if (!place || hiddenFor(root, place)) throw fail("NOTFOUND", "There is no such message.", { messageId: id });
    return summaryOf(
      root,
      replies.filter((r) => r.thread_id === id && !hiddenFor(r, place)),
      place,
    );
  });
}
