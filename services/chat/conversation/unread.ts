/** How many messages a member has not read up to one of them; counted from the messages on the side of it that has fewer. */
import { type MemberDoc } from "./documents";
import { hasRead } from "./ranges";
import { type MessageHead, type State } from "./state";
import { unreadOf } from "./views";

interface Side {
  readonly below: boolean;
  readonly from: number;
  readonly to: number;
}

/** What must be known to count up to `seq`: the messages from the cursor to it, or from it to the last. */
function sidesOf({ conversation }: State, member: MemberDoc, seq: number): readonly Side[] {
  const below = { below: true, from: member.last_read_seq + 1, to: seq };
  const above = { below: false, from: seq + 1, to: conversation.last_seq };
  return below.to - below.from <= above.to - above.from ? [below, above] : [above, below];
}

function known(state: State, { from, to }: Side): MessageHead[] | undefined {
  const bySeq = new Map<number, MessageHead>(state.heads);
  for (const doc of state.atHand()) bySeq.set(doc.seq, doc);
  const docs: MessageHead[] = [];
  for (let seq = from; seq <= to; seq++) {
    const doc = bySeq.get(seq);
    if (!doc) return undefined;
    docs.push(doc);
  }
  return docs;
}

/** The messages that have to be looked up before `unreadUpTo` can count; undefined where all of them are at hand. */
export function missingFor(state: State, userId: number, seq: number): { from: number; to: number } | undefined {
  const member = state.members.get(userId);
  if (!member || seq >= state.conversation.last_seq) return undefined;
  const sides = sidesOf(state, member, seq);
  return sides.some((side) => known(state, side)) ? undefined : sides[0];
}

export function unreadUpTo(state: State, member: MemberDoc, seq: number): number {
  const counts = (doc: MessageHead): boolean =>
    doc.type !== "system" &&
    !doc.deleted_at &&
    doc.sender_id !== member.user_id &&
    !doc.hidden_from?.includes(member.user_id) &&
    !hasRead(member, doc.seq);
  for (const side of sidesOf(state, member, seq)) {
    const docs = known(state, side);
    if (!docs) continue;
    const unread = docs.filter(counts).length;
    return side.below ? unread : unreadOf(state.conversation, member) - unread;
  }
  throw new Error("messages that a count needs were not looked up");
}
