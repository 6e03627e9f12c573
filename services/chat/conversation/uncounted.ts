/**
 * A message that is deleted is neither sent nor read nor unread: everybody who had read it has read one less. Their
 * documents need not all say so at once: the conversation lists the deletions that some of them don't know of, and a few
 * of them learn with each deletion, so that it writes as little in a group of thousands as in a small one.
 */
import { type ConversationDoc, type MemberDoc } from "./documents";
import { hasRead } from "./ranges";

type Reader = Pick<MemberDoc, "user_id" | "last_read_seq" | "read_above" | "uncounted_n">;

/** How many messages that a member's `read_count` counts were deleted since. */
export function deletedSince({ uncounted = [] }: Pick<ConversationDoc, "uncounted">, member: Reader): number {
  const { user_id, uncounted_n = 0 } = member;
  return uncounted.filter(({ n, seq, sender_id }) => n > uncounted_n && sender_id !== user_id && hasRead(member, seq))
    .length;
}

/** Brings the members in memory up to date; says whose documents are not. */
export function learnDeletions(conversation: ConversationDoc, members: Iterable<MemberDoc>): Map<number, number> {
  const owing = new Map<number, number>();
  const { uncounted_n, uncounted } = conversation;
  if (uncounted_n === undefined) return owing;
  for (const m of members) {
    const missed = deletedSince(conversation, m);
    if (missed) owing.set(m.user_id, uncounted?.[0]?.n ?? uncounted_n);
    Object.assign(m, { read_count: m.read_count - missed, uncounted_n });
  }
  return owing;
}
