/** What a report keeps: a message and what stands around it, as the reporter may know it. */
import { type Params, type Result } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type Evidence } from "../../../contracts/moderation";
import { type MessageDoc } from "../conversation/documents";
import { knownTo } from "../conversation/knowledge";
import { type Stores } from "../host/stores";
import { messageFor, type Membership, placeOf } from "./access";

/** Before and after the message; of a conversation its last ones. */
const AROUND = 5;
const LAST = 20;
const LONGEST = 4_000;

const shown = ({
  _id,
  seq,
  sender_id,
  content,
  attachments,
  created_at,
}: MessageDoc): Evidence["messages"][number] => ({
  message_id: _id,
  seq,
  sender_id,
  content: content.slice(0, LONGEST),
  attachments: [...attachments],
  created_at: created_at.toISOString(),
});

async function around(stores: Stores, place: Membership, from: number, to: number): Promise<Evidence> {
  const filter = { conversation_id: place.conversation._id, seq: { $gte: from, $lte: to } };
  // Who is only asked to be a member sees nothing of what is written.
  const docs = place.member.left_at ? [] : await stores.messages.find(filter, { sort: [["seq", 1]] });
  return {
    subject: place.conversation.name ?? "",
    messages: docs.flatMap((doc) => knownTo(doc, place) ?? []).map(shown),
  };
}

/** @throws NOTFOUND, FORBIDDEN for what the user may not see */
export async function evidenceOf(
  stores: Stores,
  { userId, messageId, conversationId }: Params<"chat.evidence">,
): Promise<Result<"chat.evidence">> {
  if (messageId !== undefined) {
    const { message, ...place } = await messageFor(stores, userId, messageId);
    const { seq, sender_id, type, deleted_at } = message;
    if (deleted_at) throw fail("NOTFOUND", "There is no such message.");
    const evidence = await around(stores, place, seq - AROUND, seq + AROUND);
    return { conversationId: message.conversation_id, senderId: type === "system" ? null : sender_id, evidence };
  }
  const place = await placeOf(stores, userId, conversationId ?? "");
  const { _id, last_seq } = place.conversation;
  return { conversationId: _id, senderId: null, evidence: await around(stores, place, last_seq - LAST + 1, last_seq) };
}
