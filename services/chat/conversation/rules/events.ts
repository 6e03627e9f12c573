/** Rules of ephemeral events: told to the members who are there, stored nowhere. */
import { fail } from "../../../../contracts/errors";
import { type CommandBody } from "../commands";
import { type Turn } from "../turn";
import { leader } from "./roles";

const MAX_BYTES = 16_384;
/** In larger conversations only those in the room hear what is said to nobody in particular. */
const TOLD_UP_TO = 50;

type Event = Omit<Extract<CommandBody, { kind: "event" }>, "kind">;

/** @throws FORBIDDEN, TOO_LARGE, NOTFOUND for who is named and no member */
export function tellEvent(turn: Turn, userId: number, { name, data, to, except }: Event): void {
  const { state } = turn;
  state.member(userId);
  if (state.conversation.posting === "staff") leader(state, userId, "moderator");
  if (Buffer.byteLength(JSON.stringify(data)) > MAX_BYTES)
    throw fail("TOO_LARGE", `The data of an event has at most ${MAX_BYTES} bytes as JSON.`, { max: MAX_BYTES });
  const { _id: conversationId, participants } = state.conversation;
  const stranger = to?.find((id) => !participants.includes(id));
  if (stranger !== undefined) throw fail("NOTFOUND", "This user is not in the conversation.", { userId: stranger });
  const deaf = [...except, ...state.deafTo(userId)];
  const event = { conversationId, userId, name, data };
  if (to) turn.tell("event", event, { to: "users", users: to.filter((id) => !deaf.includes(id)) });
  else
    turn.tell("event", event, {
      to: participants.length > TOLD_UP_TO ? "room" : "members",
      except: [userId, ...deaf],
    });
}
