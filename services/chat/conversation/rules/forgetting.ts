/** Rules of what goes with an account beside its messages: its reactions and votes, and what it kept here for itself. */
import { type CommandBody } from "../commands";
import { type MemberDoc, type MessageDoc, type PollDoc } from "../documents";
import { type Turn } from "../turn";
import { tellUpdated } from "./messages";

type Marked = Pick<MessageDoc, "reactions" | "poll">;
/** As much of a message as it takes to see who has reacted to it, or voted in it. */
export type Markable = Marked & Partial<Pick<MessageDoc, "veils">>;

/** As the message is, and as those know it who must not hear of its changes. */
const versionsOf = (doc: Markable): Marked[] => [doc, ...Object.values(doc.veils ?? {})];

const reacted = ({ reactions }: Marked, userId: number): boolean =>
  Object.values(reactions).some((users) => users.includes(userId));
const voted = ({ poll }: Marked, userId: number): boolean => poll?.votes[userId] !== undefined;

/** Whether a user has reacted to a message, and whether they have voted in it. */
export const marksOf = (doc: Markable, userId: number): { reactions: boolean; votes: boolean } => ({
  reactions: versionsOf(doc).some((version) => reacted(version, userId)),
  votes: versionsOf(doc).some((version) => voted(version, userId)),
});

function withoutReactions(reactions: MessageDoc["reactions"], userId: number): MessageDoc["reactions"] {
  const left = Object.entries(reactions).map(([emoji, users]) => [emoji, users.filter((id) => id !== userId)] as const);
  return Object.fromEntries(left.filter(([, users]) => users.length));
}

function withoutVotes(poll: PollDoc, userId: number): PollDoc {
  const { [userId]: _, ...votes } = poll.votes;
  return { ...poll, votes };
}

const without = <D extends Marked>({ reactions, poll }: D, userId: number): Marked => ({
  reactions: withoutReactions(reactions, userId),
  ...(poll ? { poll: withoutVotes(poll, userId) } : {}),
});

/** Nothing, while a legal hold is on the conversation. */
export function forgetMarks(
  turn: Turn,
  { userId, messageIds }: Extract<CommandBody, { kind: "forgetMarks" }>,
): { held: boolean } {
  const { state } = turn;
  if (state.onHold) return { held: true };
  for (const id of messageIds) {
    const doc = state.knows(id) ? state.message(id) : undefined;
    const marks = doc && marksOf(doc, userId);
    if (!doc || doc.deleted_at || !(marks?.reactions || marks?.votes)) continue;
    noteReactions(turn, doc, userId);
    const veils = Object.entries(doc.veils ?? {}).map(([of, veil]) => [of, { ...veil, ...without(veil, userId) }]);
    turn.changeMessage(doc, {
      ...without(doc, userId),
      ...(veils.length ? { veils: Object.fromEntries(veils) as NonNullable<MessageDoc["veils"]> } : {}),
    });
    // As somebody sees it who is there.
    const [reader] = state.present();
    if (reader) tellUpdated(turn, doc, reader.user_id);
  }
  return { held: false };
}

/** Who follows the facts counts them, too. */
function noteReactions(turn: Turn, doc: MessageDoc, userId: number): void {
  const about = { messageId: doc._id, seq: doc.seq, actorId: userId, added: false };
  for (const [emoji, users] of Object.entries(doc.reactions))
    if (users.includes(userId)) turn.note("message.reacted", { ...about, emoji });
}

const nothingOwn = { saved: [], saved_at: null, draft: null, threads: {}, custom: null, custom_before: null } as const;

/** What of a member is nobody's but theirs, and what the product said of them. */
export const keepsOwn = ({ saved, draft, threads, custom, custom_before }: Partial<MemberDoc>): boolean =>
  Boolean(saved?.length || draft || custom || custom_before || Object.keys(threads ?? {}).length);

export function forgetOwn(turn: Turn, userId: number): void {
  const member = turn.state.members.get(userId);
  if (!member || !keepsOwn(member)) return;
  turn.changeMember(member, { ...nothingOwn, saved: [], threads: {} });
  turn.position();
}
