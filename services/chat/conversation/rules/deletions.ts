/** Rules of deleting a message: for all, or for oneself. */
import { fail } from "../../../../contracts/errors";
import { type MemberDoc, type MessageDoc } from "../documents";
import { hasRead, withRead } from "../ranges";
import { type Turn } from "../state";

/** Members whose documents learn of it with one deletion. */
const LEARN = 20;

export function deleteMessage(
  turn: Turn,
  userId: number,
  c: { messageId: string; forMe: boolean },
  staff: boolean,
): void {
  const { state } = turn;
  // The platform's staff need not be in a conversation to remove what was reported.
  const outsider = staff && !c.forMe && !state.isPresent(userId);
  const doc = outsider ? state.message(c.messageId) : state.messageFor(userId, c.messageId);
  if (c.forMe) return deleteForMe(turn, state.member(userId), doc);
  if (doc.deleted_at) return;
  if (doc.type === "system") throw fail("FORBIDDEN", "The history of a conversation can't be deleted.");
  if (doc.sender_id !== userId && !staff && state.member(userId).role === "member")
    throw fail("FORBIDDEN", "Only its sender, a moderator or the admin can delete a message.");
  uncount(turn, doc);
  if (doc.pinned_at) turn.changeConversation({ pins: state.conversation.pins - 1 });
  const gone = { content: "", attachments: [], terms: [], mentions: [], reactions: {}, edits: [] };
  turn.rewriteMessage(doc, {
    ...gone,
    ...(doc.files ? { files: [] } : {}),
    ...(doc.poll ? { poll: null } : {}),
    ...(doc.preview ? { preview: null } : {}),
    ...(doc.custom ? { custom: null } : {}),
    ...(doc.marks ? { marks: [] } : {}),
    veils: {},
    reply_to: null,
    pinned_at: null,
    pinned_by: null,
    deleted_at: turn.now,
  });
  turn.note("message.deleted", { messageId: doc._id, seq: doc.seq, actorId: userId });
  turn.requote(doc._id, { content: "", shown: {} });
  const news = { messageId: doc._id, conversationId: doc.conversation_id, seq: doc.seq };
  turn.tellOf("message:deleted", doc, userId, () => news, { to: "room" });
}

/** See uncounted.ts. */
function uncount(turn: Turn, { seq, sender_id }: Pick<MessageDoc, "seq" | "sender_id">): void {
  const { owing, members, conversation } = turn.state;
  turn.countSent(sender_id, -1);
  const n = (conversation.uncounted_n ?? 0) + 1;
  for (const m of members.values()) {
    m.uncounted_n = n;
    if (m.user_id === sender_id || !hasRead(m, seq)) continue;
    m.read_count--;
    if (!owing.has(m.user_id)) owing.set(m.user_id, n);
  }
  turn.changeConversation({ uncounted_n: n });
  for (const userId of [...owing.keys()].slice(0, LEARN)) {
    const member = members.get(userId);
    if (member) turn.changeMember(member, {});
  }
  const [oldest = Infinity] = owing.values();
  turn.changeConversation({
    uncounted: [...(conversation.uncounted ?? []), { n, seq, sender_id }].filter((d) => d.n >= oldest),
  });
}

function deleteForMe(turn: Turn, member: MemberDoc, doc: MessageDoc): void {
  if (member.deleted_seqs.includes(doc.seq)) return;
  const counts =
    doc.type !== "system" && !doc.deleted_at && doc.sender_id !== member.user_id && !hasRead(member, doc.seq);
  turn.changeMember(member, {
    ...withRead(member, doc.seq, doc.seq),
    read_count: member.read_count + (counts ? 1 : 0),
    deleted_seqs: [...member.deleted_seqs, doc.seq],
    settings_pos: turn.position(),
  });
  turn.attended.dropped.push({ userId: member.user_id, messageId: doc._id });
  const news = { messageId: doc._id, conversationId: doc.conversation_id, seq: doc.seq };
  turn.tell("message:deleted", news, { to: "users", users: [member.user_id] });
}
