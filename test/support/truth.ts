/** What the documents of a conversation must say, counted anew from its messages, and what they say instead. */
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../../services/chat/conversation/documents";
import { hasRead } from "../../services/chat/conversation/ranges";
import { unreadOf } from "../../services/chat/conversation/views";
import { type Stores } from "../../services/chat/host/stores";

export interface Documents {
  readonly conversation: ConversationDoc;
  readonly members: MemberDoc[];
  readonly messages: MessageDoc[];
}

export async function documentsOf(stores: Stores, conversation_id: string): Promise<Documents> {
  return {
    conversation: (await stores.conversations.findOne({ _id: conversation_id })) as ConversationDoc,
    members: await stores.members.find({ conversation_id }, { sort: [["user_id", 1]] }),
    messages: await stores.messages.find({ conversation_id }, { sort: [["seq", 1]] }),
  };
}

const countable = (m: MessageDoc): boolean => m.type !== "system" && !m.deleted_at;

function unreadBy(member: MemberDoc, messages: readonly MessageDoc[]): number {
  const hidden = (m: MessageDoc) => m.hidden_from?.includes(member.user_id) ?? false;
  const wanted = messages.filter((m) => countable(m) && m.sender_id !== member.user_id && m.seq > member.joined_seq);
  return wanted.filter((m) => !hidden(m) && !hasRead(member, m.seq)).length;
}

/** Who is in a group, as its history tells. */
function membersTold(founders: readonly number[], messages: readonly MessageDoc[]): number[] {
  const present = new Set(founders);
  for (const { system } of messages) {
    if (system?.event === "member_added") present.add(system.userId as number);
    if (system?.event === "member_removed" || system?.event === "member_left") present.delete(system.userId as number);
  }
  return [...present].sort((a, b) => a - b);
}

const sorted = (ids: readonly number[]): number[] => [...ids].sort((a, b) => a - b);

/** Both sides of every claim, to be compared. */
export function claims({ conversation, members, messages }: Documents, founders: readonly number[]) {
  const present = members.filter((m) => !m.left_at);
  const sent = new Map<number, number>();
  for (const m of messages.filter(countable)) sent.set(m.sender_id, (sent.get(m.sender_id) ?? 0) + 1);
  const quotesOfDeleted = messages.filter((m) => {
    const quoted = messages.find((q) => q._id === m.reply_to?.message_id);
    return quoted?.deleted_at && !m.deleted_at && m.reply_to?.content !== "";
  });
  const last = messages.at(-1);
  return {
    said: {
      seqs: messages.map((m) => m.seq),
      last_seq: conversation.last_seq,
      last: conversation.last_message?._id,
      countable: conversation.countable,
      sent: Object.entries(conversation.sent)
        .filter(([, n]) => n)
        .map(([id, n]) => [Number(id), n]),
      pins: conversation.pins,
      participants: sorted(conversation.participants),
      admin: conversation.admin_id,
      moderators: sorted(conversation.moderator_ids),
      unread: present.map((m) => [m.user_id, unreadOf(conversation, m)]),
      redo: conversation.redo ?? null,
      quotesOfDeleted: quotesOfDeleted.length,
      history: membersTold(founders, messages),
      keys: new Set(messages.map((m) => `${m.sender_id} ${m.client_id}`)).size,
    },
    true: {
      seqs: messages.map((_, i) => i + 1),
      last_seq: messages.length,
      last: last?._id,
      countable: messages.filter(countable).length,
      sent: [...sent].sort(([a], [b]) => a - b),
      pins: messages.filter((m) => m.pinned_at).length,
      participants: sorted(present.map((m) => m.user_id)),
      admin: present.find((m) => m.role === "admin")?.user_id ?? null,
      moderators: sorted(present.filter((m) => m.role === "moderator").map((m) => m.user_id)),
      unread: present.map((m) => [m.user_id, unreadBy(m, messages)]),
      redo: null,
      quotesOfDeleted: 0,
      history: conversation.type === "group" ? sorted(present.map((m) => m.user_id)) : sorted(founders),
      keys: messages.length,
    },
  };
}
