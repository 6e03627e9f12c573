/** Rules of previews: one stands below a message as long as its link does, and where all may know the message as it is. */
import { type LinkPreview } from "../../../../contracts/shapes";
import { type ConversationDoc, type MessageDoc } from "../documents";
import { isHushed } from "../knowledge";
import { linkIn } from "../links";
import { type Turn } from "../turn";
import { tellUpdated } from "./messages";

/** The link whose preview the message lacks. */
export function linkToPreview(conversation: ConversationDoc, doc: MessageDoc): string | undefined {
  if (doc.deleted_at || doc.type === "system" || isHushed(conversation)) return undefined;
  if (doc.hidden_from?.length || Object.keys(doc.veils ?? {}).length) return undefined;
  const link = linkIn(doc.content);
  return link === doc.preview?.url ? undefined : link;
}

/** Made for the message as it was a moment ago; it may be another by now. */
export function attachPreview(turn: Turn, { messageId, preview }: { messageId: string; preview: LinkPreview }): void {
  const doc = turn.state.message(messageId);
  if (linkToPreview(turn.state.conversation, doc) !== preview.url) return;
  turn.changeMessage(doc, { preview });
  turn.note("message.updated", { messageId: doc._id, seq: doc.seq, actorId: doc.sender_id });
  tellUpdated(turn, doc, doc.sender_id);
}
