/**
 * Groups beyond this size are scaled: what would tell everybody of everybody (who reads, types, comes and goes) is told to
 * those concerned alone, and lists of members come in pages. Pure.
 */
import { MOST } from "../../../contracts/most";
import { type ConversationDoc } from "./documents";

export const isLarge = ({ participants }: Pick<ConversationDoc, "participants">): boolean =>
  participants.length > MOST.shownMembers;

/** The members that a description of the conversation names. */
export function shownMembers(
  conversation: Pick<ConversationDoc, "participants" | "admin_id" | "moderator_ids">,
  viewer: number | undefined,
): number[] {
  const { participants, admin_id, moderator_ids } = conversation;
  if (!isLarge(conversation)) return participants;
  const own = viewer !== undefined && participants.includes(viewer) ? [viewer] : [];
  return [...new Set([...(admin_id === null ? [] : [admin_id]), ...moderator_ids, ...own])];
}
