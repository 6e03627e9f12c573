/** Rules of quotes: what a reply says of what it answers, which follows what that says. */
import { cut } from "../../../../platform/graphemes";
import { type MessageDoc, type ReplyDoc } from "../documents";
import { type State } from "../state";

const QUOTED = 200;

type Words = Required<Pick<ReplyDoc, "content" | "shown">>;

/** The words of a message as its quotes have them: for those who know it otherwise, what they know. */
export function quotedWords(doc: MessageDoc): Words {
  const shown: Record<string, string> = {};
  for (const [id, veil] of Object.entries(doc.veils ?? {})) shown[id] = cut(veil.content, QUOTED);
  for (const id of doc.hidden_from ?? []) shown[id] = "";
  return { content: cut(doc.content, QUOTED), shown };
}

/** @throws NOTFOUND for what this member can't see */
export function quote(state: State, userId: number, messageId: string): ReplyDoc {
  const doc = state.messageFor(userId, messageId);
  const { content, shown } = quotedWords(doc);
  return {
    message_id: doc._id,
    seq: doc.seq,
    sender_id: doc.sender_id,
    content,
    ...(Object.keys(shown).length ? { shown } : {}),
  };
}
