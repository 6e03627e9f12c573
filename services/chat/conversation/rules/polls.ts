/** Rules of polls: one set of votes for each member, who may think again until it is closed. */
import { badField, fail } from "../../../../contracts/errors";
import { type Message } from "../../../../contracts/shapes";
import { type MessageDoc, type PollDoc } from "../documents";
import { knownTo } from "../knowledge";
import { type State } from "../state";
import { type Turn } from "../turn";
import { standing, tellUpdated } from "./messages";

const isClosed = ({ closed_at, closes_at }: PollDoc, now: Date): boolean =>
  closed_at !== null || (closes_at !== null && closes_at <= now);

/** The poll as this member knows it. @throws FORBIDDEN, NOTFOUND */
function pollIn(state: State, userId: number, messageId: string): { doc: MessageDoc; poll: PollDoc } {
  const doc = standing(state, userId, messageId);
  const poll = (knownTo(doc, state.eyes(userId)) ?? doc).poll;
  if (!poll) throw fail("NOTFOUND", "There is no poll in this message.");
  return { doc, poll };
}

const changing =
  (change: (poll: PollDoc) => PollDoc) =>
  ({ poll }: Pick<MessageDoc, "poll">): Partial<MessageDoc> =>
    poll ? { poll: change(poll) } : {};

/** No options take the vote back. @throws CONFLICT once it is closed, BAD_REQUEST for what can't be chosen */
export function vote(turn: Turn, userId: number, c: { messageId: string; options: readonly number[] }): Message {
  const { state, now } = turn;
  const { doc, poll } = pollIn(state, userId, c.messageId);
  if (isClosed(poll, now)) throw fail("CONFLICT", "This poll is closed.");
  const chosen = [...new Set(c.options)].sort((a, b) => a - b);
  if (chosen.some((option) => option >= poll.options.length))
    throw badField("options", "known", `The options are 0 to ${poll.options.length - 1}.`);
  if (chosen.length > 1 && !poll.multiple) throw badField("options", "arrayMax", "One option can be chosen.");
  if ((poll.votes[userId] ?? []).join() === chosen.join()) return state.viewFor(userId, doc);
  const change = changing((known) => {
    const { [userId]: _, ...others } = known.votes;
    return { ...known, votes: chosen.length ? { ...others, [userId]: chosen } : others };
  });
  turn.changeMessageBy(userId, doc, change);
  tellUpdated(turn, doc, userId);
  return state.viewFor(userId, doc);
}

/** @throws FORBIDDEN to who neither made it nor leads the group */
export function closePoll(turn: Turn, userId: number, c: { messageId: string }): Message {
  const { state, now } = turn;
  const { doc, poll } = pollIn(state, userId, c.messageId);
  if (doc.sender_id !== userId && state.member(userId).role === "member")
    throw fail("FORBIDDEN", "Only its maker, a moderator or the admin closes a poll.");
  if (isClosed(poll, now)) return state.viewFor(userId, doc);
  turn.changeMessageBy(
    userId,
    doc,
    changing((known) => ({ ...known, closed_at: now })),
  );
  tellUpdated(turn, doc, userId);
  return state.viewFor(userId, doc);
}
