/** What a turn changes beside the conversation and its new messages: gathered, as writes of a transaction, and redone. */
import { type Document, type Documents, DuplicateKey, type Write } from "../../../mixins/documents/types";
import { type MemberDoc, type Redo } from "../conversation/documents";
import { type Turn } from "../conversation/turn";
import { type Stores } from "./stores";

/** Null where a turn has none. */
export function detailsOf(turn: Turn): Redo | null {
  const details: Redo = {
    base: turn.base,
    pos: turn.state.conversation.pos,
    quotes: [...turn.quotes].map(([id, quote]) => ({ id, ...quote })),
    messages: [...turn.messages].map(([id, set]) => ({ id, set })),
    newMembers: [...turn.newMembers],
    members: [...turn.members].map(([userId, { _id, ...set }]) => ({ userId, set })),
    receipts: [...turn.receipts],
  };
  const { quotes, messages, newMembers, members, receipts } = details;
  return [quotes, messages, newMembers, members, receipts].some((list) => list.length) ? details : null;
}

/** Before the messages' own changes: a reply that is deleted in the same turn has no quote any more. */
const quoted = ({ id, content, shown }: Redo["quotes"][number]) => ({
  filter: { thread_id: id, deleted_at: null },
  change: { $set: { "reply_to.content": content, "reply_to.shown": shown } },
});

export function writesOf(stores: Stores, conversation_id: string, details: Redo): Write[] {
  const { quotes, messages, newMembers, members, receipts } = details;
  const writes: Write[] = [];
  for (const quote of quotes) writes.push({ in: stores.messages, updateMany: quoted(quote) });
  if (messages.length)
    writes.push({
      in: stores.messages,
      update: messages.map(({ id, set }) => ({ filter: { _id: id }, change: { $set: set } })),
    });
  if (newMembers.length) writes.push({ in: stores.members, insert: newMembers });
  if (members.length)
    writes.push({
      in: stores.members,
      update: members.map(({ userId, set }) => ({
        filter: { conversation_id, user_id: userId },
        change: { $set: set },
      })),
    });
  if (receipts.length) writes.push({ in: stores.receipts, insert: receipts });
  return writes;
}

/**
 * Without a transaction, and as often as it takes. Where a later turn has written already, the earlier one is too late:
 * an actor that hung must not undo what another did after it.
 */
export async function redo(stores: Stores, conversation_id: string, details: Redo): Promise<void> {
  const { pos, messages, newMembers, members, receipts } = details;
  await requote(stores, details);
  const upTo = (field: string, position: number) => ({
    $or: [{ [field]: null }, { [field]: { $lte: position } }] as never,
  });
  await Promise.all([
    stores.messages.updateEach(
      messages.map(({ id, set }) => ({
        filter: { _id: id, ...upTo("changed_pos", set.changed_pos ?? pos) },
        change: { $set: set },
      })),
    ),
    insertMissing<MemberDoc>(
      stores.members,
      newMembers.map((member) => ({ ...member, written_pos: pos })),
    ),
    stores.members.updateEach(
      members.map(({ userId, set }) => ({
        filter: { conversation_id, user_id: userId, ...upTo("written_pos", pos) },
        change: { $set: { ...set, written_pos: pos } },
      })),
    ),
    insertMissing(stores.receipts, receipts),
  ]);
}

async function requote({ messages }: Stores, { pos, quotes }: Redo): Promise<void> {
  if (!quotes.length) return;
  const filter = { _id: { $in: quotes.map(({ id }) => id) } };
  const found = await messages.find(filter, { fields: ["changed_pos"] });
  const changedLater = new Set(found.filter((doc) => (doc.changed_pos ?? 0) > pos).map((doc) => doc._id));
  for (const quote of quotes) {
    const { filter: replies, change } = quoted(quote);
    if (!changedLater.has(quote.id)) await messages.updateMany(replies, change);
  }
}

/** Those that are not there; whoever does the same at the same time is welcome. */
async function insertMissing<D extends Document>(collection: Documents<D>, docs: readonly D[]): Promise<void> {
  if (!docs.length) return;
  try {
    await collection.insert(docs);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    const found = await collection.find({ _id: { $in: docs.map((doc) => doc._id) } } as never, { fields: ["_id"] });
    const there = new Set(found.map((doc) => doc._id));
    for (const doc of docs)
      if (!there.has(doc._id))
        await collection.insert([doc]).catch((again: unknown) => {
          if (!(again instanceof DuplicateKey)) throw again;
        });
  }
}
