/** Rules of reacting to a message. */
import { badField, fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { MOST } from "../../../../contracts/most";
import { reactionOf } from "../emoji";
import { type MessageDoc } from "../documents";
import { knownTo } from "../knowledge";
import { type Turn } from "../turn";
import { standing } from "./messages";

export function react(turn: Turn, userId: number, c: { messageId: string; emoji: string; added: boolean }): Message {
  const { state } = turn;
  const doc = standing(state, userId, c.messageId);
  const emoji = reactionOf(c.emoji, state.limits.reactions);
  if (emoji === undefined)
    throw badField("emoji", "emoji", "A reaction is one emoji or a name that is registered here.");
  const known = knownTo(doc, state.eyes(userId)) ?? doc;
  const users = usersOf(known.reactions, emoji);
  if (users.includes(userId) === c.added) return state.viewFor(userId, doc);
  if (c.added && !users.length && Object.keys(doc.reactions).length >= MOST.emojis)
    throw fail("TOO_LARGE", `A message takes at most ${MOST.emojis} different reactions.`);
  if (c.added && users.length >= MOST.members) throw fail("TOO_LARGE", "So many have reacted with it already.");
  const change = ({ reactions }: Pick<MessageDoc, "reactions">) => {
    const { [emoji]: _, ...others } = reactions;
    const without = usersOf(reactions, emoji).filter((u) => u !== userId);
    const now = c.added ? [...without, userId] : without;
    return { reactions: now.length ? { ...others, [emoji]: now } : others };
  };
  turn.changeMessageBy(userId, doc, change);
  turn.note("message.reacted", { messageId: doc._id, seq: doc.seq, actorId: userId, emoji, added: c.added });
  const { conversation_id: conversationId } = doc;
  const news = { messageId: doc._id, conversationId, userId, emoji, added: c.added };
  turn.tellOf(
    "message:reaction",
    doc,
    userId,
    ({ reactions, version }) => ({ ...news, counts: countsOf(reactions), version }),
    {
      to: "room",
    },
  );
  return state.viewFor(userId, doc);
}

/** A document's map has a prototype, whose names nobody reacted with. */
const usersOf = (reactions: MessageDoc["reactions"], emoji: string): readonly number[] =>
  (Object.hasOwn(reactions, emoji) && reactions[emoji]) || [];

const countsOf = (reactions: MessageDoc["reactions"]): Record<string, number> =>
  Object.fromEntries(Object.entries(reactions).map(([emoji, users]) => [emoji, users.length]));
