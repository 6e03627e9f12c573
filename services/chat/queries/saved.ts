/** The messages that somebody saved, in all of their conversations: those that they may still read. */
import { type Params, type Result } from "../../../contracts/actions";
import { type Message } from "../../../contracts/shapes";
import { type Stores } from "../host/stores";
import { type Membership, membershipsIn } from "./access";
import { viewsOf } from "./reads";

interface Saved {
  readonly id: string;
  readonly at: Date;
}

/** Newest first. */
async function allOf(stores: Stores, userId: number, conversationId: string | undefined): Promise<Saved[]> {
  const place = conversationId === undefined ? {} : { conversation_id: conversationId };
  const filter = { user_id: userId, saved_at: { $gt: new Date(0) }, ...place };
  const members = await stores.members.find(filter, { fields: ["saved", "left_at"] });
  const all = members.flatMap(({ saved = [], left_at }) => (left_at ? [] : saved));
  return all.sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
}

/** What of these the user may read now; deleted ones are nowhere. */
async function readable(stores: Stores, userId: number, ids: readonly string[]): Promise<Map<string, Message>> {
  const docs = await stores.messages.find({ _id: { $in: [...ids] }, deleted_at: null });
  const where = [...new Set(docs.map((doc) => doc.conversation_id))];
  const conversations = where.length ? await stores.conversations.find({ _id: { $in: where }, deleted_at: null }) : [];
  const places = await membershipsIn(stores, userId, conversations);
  const there = docs.filter((doc) => places.has(doc.conversation_id));
  const views = await viewsOf(stores, there, (doc) => places.get(doc.conversation_id) as Membership);
  return new Map(views.map((view) => [view._id, view]));
}

/** A page ends between two moments: what was saved at the same one is on it, beyond `limit`. */
export async function savedMessages(
  stores: Stores,
  userId: number,
  { conversationId, limit, before }: Params<"chat.saved">,
): Promise<Result<"chat.saved">> {
  const end = before === undefined ? Infinity : Date.parse(before);
  const left = (await allOf(stores, userId, conversationId)).filter(({ at }) => at.getTime() < end);
  const page: Result<"chat.saved"> = [];
  for (let from = 0; from < left.length && page.length < limit;) {
    let to = Math.min(from + limit, left.length);
    while (to < left.length && left[to]?.at.getTime() === left[to - 1]?.at.getTime()) to += 1;
    const some = left.slice(from, to);
    const views = await readable(
      stores,
      userId,
      some.map(({ id }) => id),
    );
    for (const { id, at } of some) {
      const message = views.get(id);
      const last = page.at(-1)?.saved_at;
      if (message && (page.length < limit || last === at.toISOString()))
        page.push({ message, saved_at: at.toISOString() });
    }
    from = to;
  }
  return page;
}
