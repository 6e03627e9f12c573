/** Legal holds: what is on one is taken away neither for its age nor with the account of who wrote it. */
import { type Params } from "../../../contracts/actions";
import { badField, fail } from "../../../contracts/errors";
import { MOST } from "../../../contracts/most";
import { type Hold } from "../../../contracts/retention";
import { type Documents, newId } from "../../../mixins/documents";
import { type HoldDoc } from "./documents";
import { type Stores } from "../host/stores";

type Holds = Documents<HoldDoc>;

/** Of a conversation, or of somebody who is or was in it. */
export async function isOnHold(
  holds: Holds,
  conversation_id: string,
  hasPart: (userId: number) => boolean,
): Promise<boolean> {
  if (await holds.findOne({ conversation_id }, { fields: ["_id"] })) return true;
  const people = await holds.find({ user_id: { $gt: 0 } }, { fields: ["user_id"] });
  return people.some(({ user_id }) => user_id !== null && hasPart(user_id));
}

const view = ({ _id, placed_at, ...hold }: HoldDoc): Hold => ({
  ...hold,
  hold_id: _id,
  placed_at: placed_at.toISOString(),
});

/** @throws BAD_REQUEST, NOTFOUND, TOO_LARGE */
export async function placeHold(
  { holds, conversations }: Pick<Stores, "holds" | "conversations">,
  placed_by: number,
  { conversationId, userId, reason }: Params<"chat.placeHold">,
): Promise<Hold> {
  if ((conversationId === undefined) === (userId === undefined))
    throw badField("conversationId", "required", "A hold is of a conversation or of a user: name one of the two.");
  if (conversationId !== undefined && !(await conversations.findOne({ _id: conversationId }, { fields: ["type"] })))
    throw fail("NOTFOUND", "There is no such conversation.");
  if ((await holds.count({})) >= MOST.holds) throw fail("TOO_LARGE", `There are at most ${MOST.holds} legal holds.`);
  const doc: HoldDoc = {
    _id: newId(),
    conversation_id: conversationId ?? null,
    user_id: userId ?? null,
    reason,
    placed_by,
    placed_at: new Date(),
  };
  await holds.insert([doc]);
  return view(doc);
}

export async function listHolds(
  holds: Holds,
  { conversationId, userId, limit, before }: Params<"chat.holds">,
): Promise<Hold[]> {
  const filter = {
    ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(before === undefined ? {} : { _id: { $lt: before } }),
  };
  return (await holds.find(filter, { sort: [["_id", -1]], limit })).map(view);
}

/** @throws NOTFOUND */
export async function releaseHold(holds: Holds, holdId: string): Promise<void> {
  if (!(await holds.remove({ _id: holdId }))) throw fail("NOTFOUND", "There is no such hold.");
}
