/** What a conversation puts into the log of facts: each new message and all other news, in the order of its positions. */
import { type Happened } from "../../../contracts/facts";
import { type Payload } from "../../../contracts/events";
import { type MessageDoc, type NewsDoc } from "../conversation/documents";
import { type Batch } from "./backlog";

/** Puts facts into the log; resolves when they are kept. @throws UNAVAILABLE */
export type Record = (facts: readonly Happened[]) => Promise<void>;

type Invite = Payload<"group_invite.created">;

const madeOf = ({ _id, conversation_id: conversationId, seq, created_at }: MessageDoc): Happened => ({
  type: "message.created",
  key: _id,
  at: created_at.toISOString(),
  data: { conversationId, messageId: _id, seq },
});

const newsOf = (conversationId: string, { n, at, type, data }: NewsDoc): Happened => ({
  type,
  key: `${conversationId}:${n}`,
  at: at.toISOString(),
  data: { ...data, conversationId },
});

export const inviteOf = ({ factId, at, name: _name, ...data }: Invite): Happened => ({
  type: "group_invite.created",
  key: factId,
  at,
  data,
});

/** @param invites that messages of the batch tell */
export function happenedIn(conversationId: string, batch: Batch, invites: readonly Invite[]): Happened[] {
  const made = batch.docs.filter(({ type }) => type !== "system").map((doc) => ({ at: doc.seq, fact: madeOf(doc) }));
  const news = batch.news.map((doc) => ({ at: doc.pos, fact: newsOf(conversationId, doc) }));
  const invited = invites.map((invite) => ({ at: invite.seq ?? 0, fact: inviteOf(invite) }));
  return [...made, ...news, ...invited].sort((a, b) => a.at - b.at).map(({ fact }) => fact);
}
