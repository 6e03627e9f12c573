/** Rules of a member's own settings; told to their own devices only. */
import { type MemberDoc } from "../documents";
import { withRead } from "../ranges";
import { type Turn } from "../turn";
import { checkLength, isBlank } from "./messages";
import { endTyping } from "./typing";
import { isHushed } from "../knowledge";
import { draftView, isHidden, isMuted, unreadOf, unreadShown } from "../views";
import { type CommandBody } from "../commands";

type Settings = Extract<CommandBody, { kind: "settings" }>;

export function settings(turn: Turn, userId: number, c: Settings): void {
  const { state } = turn;
  const member = state.member(userId);
  const fields: Partial<MemberDoc> = {};
  if (c.muted !== undefined) {
    fields.muted = c.muted;
    fields.muted_until = c.muted && c.muteUntil ? new Date(c.muteUntil) : null;
  }
  if (c.pinned !== undefined) fields.pinned = c.pinned;
  const { last_seq } = state.conversation;
  if (c.hidden !== undefined) {
    Object.assign(fields, { hidden: c.hidden, hidden_seq: last_seq });
    state.hiding.delete(userId);
  }
  if (c.hidden) {
    state.hiding.add(userId);
    turn.attended.read.push({ userId, seq: last_seq, runs: [] }); // no badge counts what is put out of sight
  }
  changed(turn, member, fields);
}

/** Threads whose following is remembered; the oldest choices go first. */
const MAX_THREADS = 500;

/** @throws FORBIDDEN, NOTFOUND */
export function followThread(
  turn: Turn,
  userId: number,
  c: { messageId: string; following: boolean },
): { following: boolean } {
  const { _id } = turn.state.messageFor(userId, c.messageId);
  const member = turn.state.member(userId);
  const { [_id]: _, ...others } = member.threads ?? {};
  const kept = Object.entries(others).slice(-MAX_THREADS + 1);
  turn.changeMember(member, {
    threads: { ...Object.fromEntries(kept), [_id]: c.following },
    settings_pos: turn.position(),
  });
  return { following: c.following };
}

/** @throws TOO_LARGE */
export function keepDraft(turn: Turn, userId: number, c: { content: string; replyTo: string | null }): void {
  const member = turn.state.member(userId);
  checkLength(c.content, turn.state.limits.content);
  const draft = isBlank(c.content) ? null : { content: c.content, reply_to: c.replyTo, at: turn.now };
  const before = member.draft ?? null;
  if (draft?.content === before?.content && draft?.reply_to === before?.reply_to) return;
  changed(turn, member, { draft });
}

/** Clears the history for this member; what comes later is there as usual. */
export function clear(turn: Turn, userId: number): void {
  const { conversation } = turn.state;
  const member = turn.state.member(userId);
  turn.attended.gone.push({ userId, seq: conversation.last_seq });
  changed(turn, member, {
    ...withRead(member, 1, conversation.last_seq),
    read_count: member.read_count + unreadOf(conversation, member),
    cleared_seq: conversation.last_seq,
    deleted_seqs: [],
  });
}

function changed(turn: Turn, member: MemberDoc, fields: Partial<MemberDoc>): void {
  const { conversation } = turn.state;
  turn.changeMember(member, { ...fields, settings_pos: turn.position() });
  const muted = isMuted(member, turn.now);
  const changes = {
    muted,
    muted_until: muted ? (member.muted_until?.toISOString() ?? null) : null,
    pinned: member.pinned,
    hidden: isHidden(conversation, member),
    cleared_seq: member.cleared_seq,
    unreadCount: unreadShown(conversation, member),
    draft: draftView(member),
  };
  const news = { conversationId: conversation._id, changes, actorId: member.user_id };
  turn.tell("conversation:updated", news, { to: "users", users: [member.user_id] });
}

/** A private conversation follows the block lists of its two sides. Silent to the one who is blocked. */
export function follow(turn: Turn, blockers: readonly number[]): void {
  const { conversation } = turn.state;
  const { blocked_by, participants } = conversation;
  if (participants.every((id) => blocked_by.includes(id) === blockers.includes(id))) return;
  const before = isHushed(conversation);
  for (const id of participants) endTyping(turn, id);
  turn.changeConversation({ blocked_by: [...blockers] });
  turn.hush(before);
  turn.position();
}
