/**
 * Mends a conversation whose process died after its messages were stored and before the rest was: everything the
 * conversation's document says about its messages is counted again from them.
 */
import { lean, type Stores } from "./stores";
import { type ConversationDoc, type MessageDoc } from "../conversation/documents";
import { hasRead } from "../conversation/ranges";
import { type State } from "../conversation/state";

type Counted = Pick<MessageDoc, "_id" | "seq" | "sender_id" | "type" | "deleted_at" | "hidden_from" | "pinned_at">;

export async function recount(stores: Stores, state: State): Promise<void> {
  const { conversation } = state;
  const conversation_id = conversation._id;
  const fields = ["seq", "sender_id", "type", "deleted_at", "hidden_from", "pinned_at"] as const;
  const messages: Counted[] = await stores.messages.find({ conversation_id }, { fields });
  const [last] = await stores.messages.find({ conversation_id }, { sort: [["seq", -1]], limit: 1 });
  if (!last) return;
  const present = [...state.present()];
  const counted = messages.filter((m) => m.type !== "system" && !m.deleted_at);
  const sent: Record<string, number> = {};
  for (const m of counted) sent[m.sender_id] = (sent[m.sender_id] ?? 0) + 1;
  const summary: Partial<ConversationDoc> = {
    last_seq: last.seq,
    pos: Math.max(last.seq, conversation.pos),
    last_message: lean(last),
    updated_at: last.created_at,
    changed_at: new Date(),
    countable: counted.length,
    sent,
    pins: messages.filter((m) => m.pinned_at).length,
    outbox: true,
    participants: conversation.type === "group" ? present.map((m) => m.user_id) : conversation.participants,
    admin_id: present.find((m) => m.role === "admin")?.user_id ?? null,
    moderator_ids: present.filter((m) => m.role === "moderator").map((m) => m.user_id),
  };
  const members = present.map((m) => {
    const isRead = (c: Counted): boolean =>
      c.sender_id !== m.user_id && (hasRead(m, c.seq) || (c.hidden_from?.includes(m.user_id) ?? false));
    const read_count = counted.filter(isRead).length;
    Object.assign(m, { read_count });
    return { filter: { conversation_id, user_id: m.user_id }, change: { $set: { read_count } } };
  });
  await stores.members.updateEach(members);
  await stores.conversations.updateOne({ _id: conversation_id }, { $set: summary });
  Object.assign(conversation, summary);
}
