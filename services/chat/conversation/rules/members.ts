/** Rules of membership and roles in groups. */
import { fail } from "../../../../contracts/errors";
import { customAfter, customOf } from "../../../../contracts/custom";
import { newId } from "../../../../platform/id";
import { type CommandBody } from "../commands";
import { type ConversationDoc, type MemberDoc } from "../documents";
import { type State } from "../state";
import { type Turn } from "../turn";
import { isLarge } from "../large";
import { termsOf } from "../terms";
import { conversationView } from "../views";
import { tellHistory } from "./messages";
import { checkRetention } from "./retention";
import { group, leader, memberNamed } from "./roles";
import { endTyping } from "./typing";

export function newMember(conversationId: string, userId: number, role: MemberDoc["role"], now: Date): MemberDoc {
  return {
    _id: newId(),
    conversation_id: conversationId,
    user_id: userId,
    role,
    joined_at: now,
    joined_seq: 0,
    left_at: null,
    last_read_seq: 0,
    read_above: [],
    read_count: 0,
    last_read_at: null,
    last_delivered_seq: 0,
    muted: false,
    muted_until: null,
    pinned: false,
    hidden: false,
    hidden_seq: 0,
    cleared_seq: 0,
    deleted_seqs: [],
    pos: 0,
    receipt_pos: 0,
    settings_pos: 0,
  };
}

/** What every member must know of the roles, derived from the members themselves. */
function rolesOf(state: State): Pick<ConversationDoc, "participants" | "admin_id" | "moderator_ids"> {
  const present = [...state.present()];
  return {
    participants: present.map((m) => m.user_id),
    admin_id: present.find((m) => m.role === "admin")?.user_id ?? null,
    moderator_ids: present.filter((m) => m.role === "moderator").map((m) => m.user_id),
  };
}

function rolesChanged(turn: Turn): void {
  turn.changeConversation({ ...rolesOf(turn.state), info_pos: turn.position() });
}

/** @throws TOO_LARGE */
export function checkRoom({ limits }: State, members: number): void {
  if (members >= limits.members) throw fail("TOO_LARGE", `A group has at most ${limits.members} members.`);
}

/** Makes somebody a member, whoever did it: `actorId`, or they themselves by accepting. */
export function join(turn: Turn, actorId: number, userId: number): void {
  const { state, now } = turn;
  const { conversation } = state;
  checkRoom(state, conversation.participants.length);
  const known = state.members.get(userId);
  const read = conversation.countable - (conversation.sent[userId] ?? 0);
  const { last_seq, _id: conversationId } = conversation;
  const joined = {
    role: "member" as const,
    joined_at: now,
    joined_seq: last_seq,
    left_at: null,
    left_freely: false,
    invited_by: null,
    requested_at: null,
    refused_at: null,
    last_read_seq: last_seq,
    read_above: [],
    last_delivered_seq: last_seq,
    read_count: read,
    pos: turn.position(),
  };
  // Who returns keeps what is their own: settings, what they cleared, what they deleted for themselves.
  if (known) turn.changeMember(known, joined);
  else turn.addMember({ ...newMember(conversationId, userId, "member", now), ...joined });
  if (isLarge(conversation))
    // A member more changes no role: all of them need not be walked for it.
    turn.changeConversation({ participants: [...conversation.participants, userId], info_pos: turn.position() });
  else rolesChanged(turn);
  turn.membershipChanged();
  turn.joiners.push({ users: [userId], eager: true });
  const alone = actorId === userId && isLarge(conversation);
  turn.note("member.added", { userId, actorId });
  const { admin_id, moderator_ids } = conversation;
  const told = { to: "users", users: [userId, ...(admin_id === null ? [] : [admin_id]), ...moderator_ids] } as const;
  turn.tell("conversation:member-added", { conversationId, userId, actorId }, alone ? told : {});
  const view = conversationView(conversation, { member: state.member(userId), lastMessage: null, now });
  turn.tell("conversation:invited", { conversationId, conversation: view }, { to: "users", users: [userId] });
  if (!alone) tellHistory(turn, { event: "member_added", actorId, userId });
}

export function removeMember(turn: Turn, actorId: number, userId: number, inactive: readonly number[] = []): void {
  const { state } = turn;
  const conversation = group(state);
  const actor = state.member(actorId);
  const member = memberNamed(state, userId);
  if (actorId !== userId) {
    leader(state, actorId, "moderator");
    if (member.role === "admin" || (member.role === "moderator" && actor.role !== "admin"))
      throw fail("FORBIDDEN", "A moderator can't remove moderators or the admin.");
  }
  endTyping(turn, userId);
  const wasAdmin = member.role === "admin";
  const { _id: conversationId } = conversation;
  // To the one who goes while the audience still is the old one.
  turn.tell("conversation:member-removed", { conversationId, userId, actorId }, { to: "users", users: [userId] });
  turn.changeMember(member, {
    left_at: turn.now,
    left_freely: actorId === userId,
    draft: null,
    role: "member",
    pos: turn.position(),
  });
  turn.leavers.push(userId);
  turn.attended.gone.push({ userId, seq: conversation.last_seq });
  turn.note("member.removed", { userId, actorId });
  if (wasAdmin) handOver(turn, actorId, inactive);
  rolesChanged(turn);
  turn.membershipChanged();
  if (!conversation.participants.length) {
    turn.note("conversation.deleted", { actorId });
    turn.ended = true;
    return;
  }
  turn.tell("conversation:member-removed", { conversationId, userId, actorId });
  if (wasAdmin) tellRoles(turn, actorId);
  tellHistory(turn, { event: actorId === userId ? "member_left" : "member_removed", actorId, userId });
}

/** To the longest-serving moderator, else the longest-serving member, of those who can lead. */
function handOver(turn: Turn, actorId: number, inactive: readonly number[]): void {
  const able = [...turn.state.present()].filter((m) => !inactive.includes(m.user_id));
  const present = able.sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime());
  const heir = present.find((m) => m.role === "moderator") ?? present[0];
  if (!heir) return;
  turn.changeMember(heir, { role: "admin", pos: turn.position() });
  turn.note("member.role", { userId: heir.user_id, actorId, role: "admin" });
}

/** The other side of a private conversation is no account any more: nothing waits for them. */
export function accountGone(turn: Turn, userId: number): void {
  turn.changeMember(turn.state.member(userId), { left_at: turn.now, draft: null });
  turn.position();
}

function tellRoles(turn: Turn, actorId: number): void {
  const { _id: conversationId, admin_id, moderator_ids } = turn.state.conversation;
  turn.tell("conversation:updated", { conversationId, changes: { admin_id, moderator_ids }, actorId });
}

export function setRole(turn: Turn, actorId: number, userId: number, role: MemberDoc["role"]): void {
  const { state } = turn;
  group(state);
  const admin = leader(state, actorId, "admin");
  const member = memberNamed(state, userId);
  if (member === admin) throw fail("CONFLICT", "The admin's role changes only by handing the group over.");
  if (member.role === role) throw fail("CONFLICT", `This user is already a ${role}.`);
  turn.changeMember(member, { role, pos: turn.position() });
  turn.note("member.role", { userId, actorId, role });
  if (role === "admin") {
    turn.changeMember(admin, { role: "member", pos: turn.position() });
    turn.note("member.role", { userId: admin.user_id, actorId, role: "member" });
  }
  rolesChanged(turn);
  tellRoles(turn, actorId);
  const event = ({ admin: "admin_transferred", moderator: "moderator_promoted", member: "moderator_demoted" } as const)[
    role
  ];
  tellHistory(turn, { event, actorId, userId });
}

/** What a public group is found by. */
export const publicWords = ({ visibility, name }: Pick<ConversationDoc, "visibility" | "name">): string[] =>
  visibility === "public" ? termsOf(name ?? "") : [];

type Openness = Partial<Pick<ConversationDoc, "visibility" | "posting" | "approval">>;

/** What changes of how open the group is. @throws FORBIDDEN unless the admin says it */
function opened(state: State, actorId: number, { visibility, posting, approval }: Openness): Openness {
  const { conversation } = state;
  const changes: Openness = {
    ...(visibility !== undefined && visibility !== (conversation.visibility ?? "private") ? { visibility } : {}),
    ...(posting !== undefined && posting !== (conversation.posting ?? "all") ? { posting } : {}),
    ...(approval !== undefined && approval !== (conversation.approval ?? false) ? { approval } : {}),
  };
  if (Object.keys(changes).length) leader(state, actorId, "admin");
  return changes;
}

export function update(turn: Turn, actorId: number, c: Omit<Extract<CommandBody, { kind: "update" }>, "kind">): void {
  const { state, now } = turn;
  const conversation = group(state);
  leader(state, actorId, "moderator");
  const changes: Partial<ConversationDoc> = {};
  if (c.name !== undefined && c.name !== conversation.name) changes.name = c.name;
  const avatar = c.avatar === "" ? null : c.avatar;
  if (avatar !== undefined && avatar !== conversation.avatar) changes.avatar = avatar;
  if (c.history !== undefined && c.history !== (conversation.history ?? "all")) changes.history = c.history;
  if (c.slow_mode !== undefined && c.slow_mode !== (conversation.slow_mode ?? 0)) changes.slow_mode = c.slow_mode;
  Object.assign(changes, opened(state, actorId, c));
  if (c.retention !== undefined && c.retention !== (conversation.retention ?? null)) {
    checkRetention(state, actorId, c.retention);
    changes.retention = c.retention;
  }
  const custom = customAfter(conversation.custom, c.custom, state.limits.custom.conversation);
  if (custom !== (conversation.custom ?? null)) changes.custom = custom;
  if (!Object.keys(changes).length) return;
  turn.changeConversation({ ...changes, updated_at: now, info_pos: turn.position() });
  const told = "custom" in changes ? { ...changes, custom: customOf(custom) } : { ...changes };
  if ("name" in changes || "visibility" in changes)
    turn.changeConversation({ public_words: publicWords(conversation) });
  turn.note("conversation.updated", { actorId, fields: Object.keys(changes) });
  turn.tell("conversation:updated", { conversationId: conversation._id, changes: told, actorId });
  if ("name" in changes) tellHistory(turn, { event: "conversation_renamed", actorId, name: conversation.name });
  else if ("avatar" in changes) tellHistory(turn, { event: "avatar_changed", actorId });
}

export function end(turn: Turn, userId: number, staff: boolean): void {
  const { state } = turn;
  const { conversation } = state;
  const role = staff ? "admin" : state.member(userId).role;
  if (conversation.type === "group" && role !== "admin") throw fail("FORBIDDEN", "Only the admin can delete a group.");
  const invited = [...state.members.values()].filter((m) => m.invited_by).map((m) => m.user_id);
  const users = [...conversation.participants, ...invited];
  turn.tell("conversation:deleted", { conversationId: conversation._id }, { to: "users", users });
  turn.leavers.push(...users);
  turn.note("conversation.deleted", { actorId: userId });
  turn.ended = true;
}
