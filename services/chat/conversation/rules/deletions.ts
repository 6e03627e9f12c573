/** Rules of deleting a message: for all, or for oneself. */
import { fail } from "../../../../contracts/errors";
import { type MemberDoc, type MessageDoc } from "../documents";
import { hasRead, withRead } from "../ranges";
import { type Due } from "../state";
import { type Turn } from "../turn";

/** Members whose documents learn of it with one deletion. */
const LEARN = 20;
/** And in one turn, however many go in it. */
const MOST_LEARN = 500;

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
  takeAway(turn, [{ doc, quoted: true }], userId);
}

/** What messages were goes, for all; their places stay. */
export function takeAway(turn: Turn, all: readonly Due[], actorId: number): void {
  const { conversation } = turn.state;
  uncount(
    turn,
    all.map(({ doc }) => doc).filter(({ type }) => type !== "system"),
  );
  const pinned = all.filter(({ doc }) => doc.pinned_at).length;
  if (pinned) turn.changeConversation({ pins: conversation.pins - pinned });
  for (const { doc, quoted } of all) {
    turn.rewriteMessage(doc, emptied(doc, turn.now));
    turn.note("message.deleted", { messageId: doc._id, seq: doc.seq, actorId });
    if (quoted) turn.requote(doc._id, { content: "", shown: {} });
    const news = { messageId: doc._id, conversationId: doc.conversation_id, seq: doc.seq };
    turn.tellOf("message:deleted", doc, actorId, () => news, { to: "room" });
  }
}

/** Whatever of a message is words, names, or what others did with it. */
function emptied(doc: MessageDoc, now: Date): Partial<MessageDoc> {
  return {
    ...{ content: "", attachments: [], terms: [], mentions: [], reactions: {}, edits: [] },
    ...(doc.files ? { files: [] } : {}),
    ...(doc.poll ? { poll: null } : {}),
    ...(doc.preview ? { preview: null } : {}),
    ...(doc.custom ? { custom: null } : {}),
    ...(doc.marks ? { marks: [] } : {}),
    ...(doc.veils ? { veils: {} } : {}),
    ...(doc.system ? { system: null } : {}),
    reply_to: null,
    pinned_at: null,
    pinned_by: null,
    deleted_at: now,
  };
}

/** See uncounted.ts. */
function uncount(turn: Turn, docs: readonly Pick<MessageDoc, "seq" | "sender_id">[]): void {
  const { owing, members, conversation } = turn.state;
  if (!docs.length) return;
  let n = conversation.uncounted_n ?? 0;
  const deletions = docs.map(({ seq, sender_id }) => ({ n: ++n, seq, sender_id }));
  for (const { sender_id } of docs) turn.countSent(sender_id, -1);
  for (const m of members.values()) {
    m.uncounted_n = n;
    const missed = deletions.filter(({ seq, sender_id }) => m.user_id !== sender_id && hasRead(m, seq));
    const [first] = missed;
    if (!first) continue;
    m.read_count -= missed.length;
    if (!owing.has(m.user_id)) owing.set(m.user_id, first.n);
  }
  turn.changeConversation({ uncounted_n: n });
  for (const userId of [...owing.keys()].slice(0, Math.min(LEARN * docs.length, MOST_LEARN))) {
    const member = members.get(userId);
    if (member) turn.changeMember(member, {});
  }
  const [oldest = Infinity] = owing.values();
  turn.changeConversation({
    uncounted: [...(conversation.uncounted ?? []), ...deletions].filter((d) => d.n >= oldest),
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
