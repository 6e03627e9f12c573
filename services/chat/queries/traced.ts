/** What is known of a message and of those whom it was addressed to, without its words: for operators. */
import { type Params, type Result } from "../../../contracts/actions";
import { fail } from "../../../contracts/errors";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { hasRead } from "../conversation/ranges";
import { isMuted, isPendingFor } from "../conversation/views";
import { type BlockersOf, deafTo } from "../host/message-facts";
import { type Stores } from "../host/stores";

type Traced = Result<"chat.traced">;

const timeOf = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A reaction moves a message's `changed_pos`, too; what the last edit or deletion of them all has passed is out. */
function isRewriteOut({ rewritten_pos = 0, published_pos = 0 }: ConversationDoc, doc: MessageDoc): boolean | null {
  if (!doc.edited_at && !doc.deleted_at) return null;
  return Math.min(rewritten_pos, doc.changed_pos ?? 0) <= published_pos;
}

/** Members then: who came later was not meant, who left before had gone. */
const wasMeant = (doc: MessageDoc, { user_id, joined_seq, left_at }: MemberDoc): boolean =>
  user_id !== doc.sender_id && joined_seq < doc.seq && (!left_at || left_at > doc.created_at);

function recipientOf(
  conversation: ConversationDoc,
  doc: MessageDoc,
  member: MemberDoc,
  deaf: readonly number[],
): Traced["recipients"][number] {
  const { user_id } = member;
  return {
    user_id,
    left: member.left_at !== null,
    delivered: member.last_delivered_seq >= doc.seq,
    read: hasRead(member, doc.seq),
    pending: isPendingFor(conversation, user_id),
    hidden: deaf.includes(user_id),
    named: doc.mention_all === true || doc.mentions.includes(user_id) || doc.reply_to?.sender_id === user_id,
    muted: isMuted(member, new Date()),
  };
}

const storedOf = (conversation: ConversationDoc, doc: MessageDoc): Omit<Traced, "recipients" | "next"> => ({
  message_id: doc._id,
  conversation_id: conversation._id,
  conversation_type: conversation.type,
  conversation_deleted_at: timeOf(conversation.deleted_at),
  seq: doc.seq,
  version: doc.version,
  type: doc.type,
  sender_id: doc.sender_id,
  created_at: doc.created_at.toISOString(),
  edited_at: timeOf(doc.edited_at),
  deleted_at: timeOf(doc.deleted_at),
  members: conversation.participants.length,
  published: conversation.published_seq >= doc.seq,
  rewrite_published: isRewriteOut(conversation, doc),
});

/** @throws NOTFOUND */
export async function tracedOf(
  { messages, conversations, members }: Stores,
  blockersOf: BlockersOf,
  { messageId, after = 0, limit }: Params<"chat.traced">,
): Promise<Traced> {
  const doc = await messages.findOne({ _id: messageId });
  const conversation = doc && (await conversations.findOne({ _id: doc.conversation_id }));
  if (!conversation) throw fail("NOTFOUND", "There is no such message.");
  const beyond = { conversation_id: conversation._id, user_id: { $gt: after } };
  const page = await members.find(beyond, { sort: [["user_id", 1]], limit });
  const deaf = await deafTo({ conversation }, doc, blockersOf);
  return {
    ...storedOf(conversation, doc),
    recipients: page.filter((m) => wasMeant(doc, m)).map((m) => recipientOf(conversation, doc, m, deaf)),
    next: page.length === limit ? (page.at(-1)?.user_id ?? null) : null,
  };
}
