/** A conversation that the platform's staff has closed: it is read, and nobody writes in it. */
import { fail } from "../../../../contracts/errors";
import { type Command, type CommandBody } from "../commands";
import { type Turn } from "../turn";

/** What goes on: reading, one's own settings, taking back, leaving, and what the system itself does. */
const open: ReadonlySet<CommandBody["kind"]> = new Set<CommandBody["kind"]>([
  ...([
    "receipt",
    "receiptOfOne",
    "markRead",
    "settings",
    "keepDraft",
    "clear",
    "followThread",
    "saveMessage",
    "decline",
  ] as const),
  ...(["deleteMessage", "removeMember", "accountGone", "setRole", "delete", "revokeLink", "lock"] as const),
  ...(["typingUnheard", "blocks", "letGo", "expire", "setRetention", "preview", "audience", "changes"] as const),
  ...(["forgetMarks", "forgetOwn"] as const),
]);

/** @throws FORBIDDEN; deny first: a command that is not named as open is closed */
export function checkLock({ state }: Turn, { body }: Command): void {
  if (!state.conversation.locked || open.has(body.kind)) return;
  throw fail("FORBIDDEN", "The staff has locked this conversation.", { locked: true });
}

export function lock(turn: Turn, userId: number, staff: boolean, locked: boolean): void {
  if (!staff) throw fail("FORBIDDEN", "Only the staff of the platform can do this.");
  const { conversation } = turn.state;
  if ((conversation.locked ?? false) === locked) return;
  turn.changeConversation({ locked, updated_at: turn.now, info_pos: turn.position() });
  turn.note("moderation.locked", { actorId: userId, locked });
  turn.tell("conversation:updated", { conversationId: conversation._id, changes: { locked }, actorId: userId });
}
