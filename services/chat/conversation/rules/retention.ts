/** Rules of how long messages are kept: who says so, and how those go whose time has come. */
import { badField, fail } from "../../../../contracts/errors";
import { type CommandBody } from "../commands";
import { type ConversationDoc } from "../documents";
import { type State } from "../state";
import { type Turn } from "../turn";
import { takeAway } from "./deletions";
import { leader } from "./roles";

/** Whose doing it is that time passes. */
const NOBODY = 0;

type Expiry = Pick<Extract<CommandBody, { kind: "expire" }>, "messageIds" | "upTo">;
type Kept = Pick<ConversationDoc, "retention" | "retention_free">;

/** For how many seconds messages of a conversation are kept; undefined: for ever. */
export function keptFor({ retention, retention_free = false }: Kept, general: number | undefined): number | undefined {
  if (retention_free) return retention ? retention : undefined;
  const ages = [retention ?? undefined, general].filter((age) => age !== undefined);
  return ages.length ? Math.min(...ages) : undefined;
}

/** What the admin of a group may say of it. @throws FORBIDDEN, BAD_REQUEST */
export function checkRetention(state: State, actorId: number, retention: number | null): void {
  const { conversation, limits } = state;
  leader(state, actorId, "admin");
  if (conversation.retention_free)
    throw fail("FORBIDDEN", "The admins of the system say how long messages are kept here.");
  if (retention !== null && limits.retention !== undefined && retention > limits.retention)
    throw badField("retention", "max", `Messages are kept for ${limits.retention} seconds in general, and no longer.`);
}

/** By an admin of the system. */
export function setRetention(turn: Turn, actorId: number, retention: number | null): void {
  const { conversation } = turn.state;
  const free = retention !== null;
  if ((conversation.retention ?? null) === retention && (conversation.retention_free ?? false) === free) return;
  turn.changeConversation({ retention, retention_free: free, info_pos: turn.position() });
  turn.note("conversation.updated", { actorId, fields: ["retention"] });
  turn.tell("conversation:updated", { conversationId: conversation._id, changes: { retention }, actorId });
}

/** Those that are still to go; none while a legal hold is on the conversation. */
export function expire(turn: Turn, { messageIds, upTo }: Expiry): { expired: number; held: boolean } {
  const { due, onHold: held } = turn.state;
  const all = messageIds.flatMap((id) => due.get(id) ?? []).filter(({ doc }) => !doc.deleted_at);
  if (all.length) takeAway(turn, all, NOBODY);
  if (upTo && all.length) turn.changeConversation({ retained_at: upTo });
  return { expired: all.length, held };
}
