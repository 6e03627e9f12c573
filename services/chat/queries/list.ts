/** The list of one's conversations, newest activity first, a page at a time out of the store. */
import { type Params, type Result } from "../../../contracts/actions";
import { checkFilter, customOf, fitsFilter } from "../../../contracts/custom";
import { badField } from "../../../contracts/errors";
import { type Filter } from "../../../mixins/documents/types";
import { type ConversationDoc } from "../conversation/documents";
import { activityFor } from "../conversation/knowledge";
import { isHidden } from "../conversation/views";
import { type Stores } from "../host/stores";
import { invitationsOf, type Membership, membershipsIn } from "./access";
import { conversationsOf } from "./reads";

/** Conversations read at once at most, where many of them are not shown. */
const LARGEST_PAGE = 1_000;
/** Further ones than are asked for, as some are not shown. */
const SPARE = 10;

/** A conversation and when something last happened there for the member. */
interface Row {
  readonly _id: string;
  readonly at: number;
  readonly membership: Membership;
}
type Place = Pick<Row, "_id" | "at">;

const cursorAt = ({ at, _id }: Place): string => `${at}_${_id}`;

/** Where a page ends: the activity and the id of its last row. @throws BAD_REQUEST */
function placeAt(cursor: string): Place {
  const match = /^(\d{1,15})_([0-9a-f]{24})$/.exec(cursor);
  if (!match) throw badField("cursor", "cursor", "The 'cursor' field must be one that a list gave.");
  return { at: Number(match[1]), _id: match[2] as string };
}

const newestFirst = (a: Place, b: Place): number => b.at - a.at || (a._id < b._id ? 1 : -1);
const isAfter = (row: Place, place: Place | undefined): boolean =>
  !place || (row._id !== place._id && newestFirst(place, row) < 0);

const rowOf = (membership: Membership): Row => {
  const { conversation, member } = membership;
  return { _id: conversation._id, at: activityFor(conversation, member).at.getTime(), membership };
};

/** Those with their last activity after a place, as the store has it. */
const beyond = ({ at, _id }: Place): Filter<ConversationDoc> => ({
  $or: [{ updated_at: { $lt: new Date(at) } }, { updated_at: new Date(at), _id: { $lt: _id } }],
});

/**
 * The conversations in which the last thing that happened is none for the user, so that the store's order is not theirs: of
 * people they have blocked.
 */
async function unheardOf(stores: Stores, userId: number, filter: Filter<ConversationDoc>): Promise<Membership[]> {
  const members = await stores.members.find(
    { user_id: userId, unheard: { $exists: true } },
    { fields: ["conversation_id", "unheard"] },
  );
  const ids = members.filter((m) => m.unheard).map((m) => m.conversation_id);
  if (!ids.length) return [];
  const conversations = await stores.conversations.find({ ...filter, _id: { $in: ids } });
  return [...(await membershipsIn(stores, userId, conversations)).values()];
}

export async function listConversations(
  stores: Stores,
  userId: number,
  { limit, skip, cursor, status, custom = {}, external_id }: Params<"chat.list">,
): Promise<Result<"chat.list">> {
  checkFilter(custom);
  const from = cursor === undefined ? undefined : placeAt(cursor);
  const filter: Filter<ConversationDoc> = {
    participants: userId,
    ...(status ? { status } : {}),
    ...(external_id === undefined ? {} : { external_id }),
  };
  const isShown = ({ membership: { conversation, member } }: Row): boolean =>
    !isHidden(conversation, member) &&
    (external_id === undefined || conversation.external_id === external_id) &&
    fitsFilter(customOf(conversation.custom), custom);
  const isAsked = status === undefined || status === "pending";
  const [unheard, asked] = await Promise.all([
    unheardOf(stores, userId, filter),
    isAsked ? invitationsOf(stores, userId) : [],
  ]);
  const apart = new Map([...unheard, ...asked].map((membership) => [membership.conversation._id, rowOf(membership)]));
  const wanted = skip + limit;
  const rows = [...apart.values()].filter((row) => isAfter(row, from) && isShown(row));
  let place = from;
  for (let found = 0, size = wanted + SPARE; found < wanted; size = Math.min(size * 2, LARGEST_PAGE)) {
    const options = {
      sort: [
        ["updated_at", -1],
        ["_id", -1],
      ],
      limit: size,
    } as const;
    const page = await stores.conversations.find({ ...filter, ...(place ? beyond(place) : {}) }, options);
    const memberships = await membershipsIn(stores, userId, page);
    const shown = [...memberships.values()].map(rowOf).filter((row) => !apart.has(row._id) && isShown(row));
    rows.push(...shown);
    found += shown.length;
    const last = page.at(-1);
    if (!last || page.length < size) break;
    place = { at: last.updated_at.getTime(), _id: last._id };
  }
  const shown = rows.sort(newestFirst).slice(skip, wanted);
  const views = await conversationsOf(
    stores,
    shown.map(({ membership }) => membership),
  );
  return views.map((view, i) => ({ ...view, cursor: cursorAt(shown[i] as Row) }));
}
