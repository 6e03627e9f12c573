/** `sync` out of an actor's memory: what everybody asks for at once when a gateway dies is read once for all of them. */
import { changesSince, cursorOf, type Told, viewNeeded } from "./changes";
import { type CommandBody } from "./commands";
import { type MessageDoc } from "./documents";
import { type State } from "./state";
import { type Turn } from "./turn";
import { hiddenFor } from "./knowledge";
import { conversationView } from "./views";

type Asked = Extract<CommandBody, { kind: "changes" }>;
export interface Answer {
  /** Absent where the actor does not have all of it at hand. */
  readonly told?: Told;
  /** Everything up to here has been written. */
  readonly upTo: number;
}

/** Where the asker stands; someone who is no member is refused when it is their turn. */
export function cursorFor({ members, conversation }: State, userId: number, { known }: Asked): number {
  const member = members.get(userId);
  return member ? cursorOf(known, member) : conversation.pos;
}

/** @throws FORBIDDEN */
export function changesAtHand(turn: Turn, userId: number, asked: Asked): Answer {
  const { state, base, now } = turn;
  const { conversation, members } = state;
  const member = state.member(userId);
  const { known, limit } = asked;
  if (cursorFor(state, userId, asked) < state.completeSince) return { upTo: base };
  const last = conversation.last_message;
  // What they see as the last message may be an earlier one, which only the store knows.
  if (last && viewNeeded({ conversation, member }, known) && hiddenFor(last, { conversation, member }))
    return { upTo: base };
  const lastMessage = last && state.viewFor(userId, last);
  const messages = state.changedSince(cursorOf(known, member));
  const source = { conversation, member, members: members.values(), messages, horizon: conversation.pos, whole: true };
  const views = {
    message: (doc: MessageDoc) => state.viewFor(userId, doc),
    conversation: () => conversationView(conversation, { member, lastMessage, now }),
  };
  return { told: changesSince(source, views, known, limit), upTo: base };
}
