/** Rules of editing: a new text, whom it mentions, and what quotes it. */
import { customAfter } from "../../../../contracts/custom";
import { badField, fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { MOST } from "../../../../contracts/most";
import { type CommandBody } from "../commands";
import { type Edit, type MessageDoc } from "../documents";
import { linkIn } from "../links";
import { type Turn } from "../turn";
import { mentionsOf } from "./mentions";
import { checkContent, foundBy, standing, tellUpdated } from "./messages";
import { quotedWords } from "./quotes";
import { isEditAgain } from "./retries";

type Command = Extract<CommandBody, { kind: "edit" }>;

export function edit(turn: Turn, userId: number, c: Command): Message {
  const { state, now } = turn;
  const doc = standing(state, userId, c.messageId);
  if (doc.sender_id !== userId || doc.type === "system") throw fail("FORBIDDEN", "Only its sender can edit a message.");
  if (doc.forwarded_from && doc.forwarded_from.sender_id !== userId)
    throw fail("FORBIDDEN", "What was forwarded are another's words; they can't be changed.");
  if (c.content === undefined && c.custom === undefined)
    throw badField("content", "required", "An edit needs a text or `custom`.");
  if (isEditAgain(doc, c)) return state.viewFor(userId, doc);
  if (c.version !== undefined && c.version !== doc.version)
    throw fail("CONFLICT", "The message was changed meanwhile.", { version: doc.version });
  const { content = doc.content } = c;
  checkContent(content, doc.attachments, state.limits.content);
  const mentioned = c.content === undefined ? mentionsIn(doc) : mentionsOf(state, state.member(userId), c);
  const custom = customAfter(doc.custom, c.custom, state.limits.custom.message);
  // An edit whose answer was lost is said once more.
  if (content === doc.content && custom === (doc.custom ?? null) && isSame(doc, mentioned))
    return state.viewFor(userId, doc);
  const fields = {
    content,
    ...mentioned,
    ...(custom === null && doc.custom === undefined ? {} : { custom }),
    ...(doc.preview && doc.preview.url !== linkIn(content) ? { preview: null } : {}),
    ...(c.marks === undefined ? {} : { marks: [...c.marks] }),
    terms: foundBy(content, custom),
    edited_at: now,
    edits: editsOf(doc, now),
  };
  // What a request that waits says is its initiator's to change: whoever was asked reads it as it is.
  const waits = state.conversation.status === "pending" && !state.conversation.blocked_by.length;
  const unheardBy = waits ? [] : state.deafTo(userId);
  turn.changeMessageBy(userId, doc, () => fields, { unheardBy, rewritten: true });
  turn.note("message.updated", { messageId: doc._id, seq: doc.seq, actorId: userId });
  turn.requote(doc._id, quotedWords(doc));
  tellUpdated(turn, doc, userId);
  return state.viewFor(userId, doc);
}

type Mentions = Pick<MessageDoc, "mentions" | "mention_all">;

const mentionsIn = ({ mentions, mention_all = false }: Mentions): Required<Mentions> => ({ mentions, mention_all });

function isSame(doc: Mentions, { mentions, mention_all }: Mentions): boolean {
  const before = new Set(doc.mentions);
  return (
    (doc.mention_all ?? false) === mention_all &&
    before.size === mentions.length &&
    mentions.every((m) => before.has(m))
  );
}

function editsOf({ edits = [], content, version, mentions, mention_all, custom }: MessageDoc, edited_at: Date): Edit[] {
  const rest = { ...(mention_all ? { mention_all } : {}), ...(custom ? { custom } : {}) };
  const all = [...edits, { content, edited_at, version, mentions, ...rest }];
  // The first version stays: it is what the retry of the send is answered with.
  if (all.length > MOST.edits) all.splice(1, 1);
  return all;
}
