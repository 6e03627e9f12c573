/** Rules of reacting to a message. */
import { badField, fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { reactionOf } from "../emoji";
import { type Turn } from "../state";
import { standing } from "./messages";

const MAX_EMOJIS = 50;

export function react(turn: Turn, userId: number, c: { messageId: string; emoji: string; added: boolean }): Message {
  const { state } = turn;
  const doc = standing(state, userId, c.messageId);
  const emoji = reactionOf(c.emoji, state.limits.reactions);
  if (emoji === undefined)
    throw badField("emoji", "emoji", "A reaction is one emoji or a name that is registered here.");
  const users = (Object.hasOwn(doc.reactions, emoji) && doc.reactions[emoji]) || [];
  if (users.includes(userId) === c.added) return state.view(doc);
  if (c.added && !users.length && Object.keys(doc.reactions).length >= MAX_EMOJIS)
    throw fail("TOO_LARGE", `A message takes at most ${MAX_EMOJIS} different reactions.`);
  const now = c.added ? [...users, userId] : users.filter((u) => u !== userId);
  const { [emoji]: _, ...others } = doc.reactions;
  turn.changeMessage(doc, { reactions: now.length ? { ...others, [emoji]: now } : others });
  const counts = Object.fromEntries(Object.entries(doc.reactions).map(([key, u]) => [key, u.length]));
  const { conversation_id: conversationId } = doc;
  const news = { messageId: doc._id, conversationId, userId, emoji, added: c.added, counts };
  turn.tell("message:reaction", news, { to: "room", except: state.hushed(userId) });
  return state.view(doc);
}
