/** Mends, when a conversation is woken, what a turn left that was not wholly written. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { Fenced } from "../../../platform/fenced";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "../conversation/documents";
import { after } from "../conversation/position";
import { commit, follow } from "./commits";
import { redo } from "./details";
import { lean, type Stores } from "./stores";

/** Messages looked at between two turns of the loop. */
const SLICE = 1_000;

/**
 * @returns false where the conversation has changed and must be read again
 * @throws UNAVAILABLE
 */
export async function mend(stores: Stores, conversation: ConversationDoc): Promise<boolean> {
  const { _id, pos, last_seq } = conversation;
  if (await follow(stores, _id)) return false;
  if (conversation.redo) {
    await redo(stores, _id, conversation.redo);
    await stores.conversations.updateOne({ _id, pos }, { $set: { redo: null } });
    return false;
  }
  const beyond = { conversation_id: _id, seq: { $gt: last_seq } };
  const tail = await stores.messages.find(beyond, { sort: [["seq", 1]], limit: SLICE, fields: ["seq", "type"] });
  if (!tail.length) {
    if (conversation.redo === null || stores.transact) return true;
    await stores.conversations.updateOne({ _id, pos }, { $set: { redo: null } }); // from here on turns are whole
    return false;
  }
  // Before turns were whole, a message that was stored was there, whatever became of the rest. And what people said is
  // kept in any case: where updates are not atomic it may have been committed, and the commit written over. What tells of
  // a change of the group goes with the change.
  const said = tail.every((doc) => doc.type !== "system");
  const isOneTurn = tail.length < SLICE;
  if (conversation.redo === undefined || said || !isOneTurn) await recount(stores, conversation);
  else await takeBack(stores, conversation, tail);
  return false;
}

/** Nobody was told of them, nobody got an answer. Whoever is about to commit them is fenced off first. */
async function takeBack(
  stores: Stores,
  { _id, pos }: ConversationDoc,
  tail: readonly Pick<MessageDoc, "_id">[],
): Promise<void> {
  if (!(await committed(stores, _id, pos, { pos: after(pos) }))) return;
  // By their ids: another actor may have gone on from the same place meanwhile.
  await stores.messages.remove({ _id: { $in: tail.map((doc) => doc._id) } });
}

/** False where another actor went on. */
async function committed(stores: Stores, _id: string, base: number, set: Partial<ConversationDoc>): Promise<boolean> {
  try {
    await commit(stores, _id, base, { ...set });
    return true;
  } catch (error) {
    if (error instanceof Fenced) return false;
    throw error;
  }
}

type Counted = Pick<
  MessageDoc,
  "_id" | "seq" | "sender_id" | "type" | "deleted_at" | "hidden_from" | "pinned_at" | "created_at"
>;
const COUNTED = ["seq", "sender_id", "type", "deleted_at", "hidden_from", "pinned_at", "created_at"] as const;

/** The places of messages that can count as unread, in order, of all and of each sender. */
class Tally {
  readonly all: number[] = [];
  readonly by = new Map<number, number[]>();
  readonly hidden = new Map<number, number[]>();
  pins = 0;

  add({ seq, sender_id, type, deleted_at, hidden_from, pinned_at }: Counted): void {
    if (pinned_at) this.pins++;
    if (type === "system" || deleted_at) return;
    this.all.push(seq);
    listIn(this.by, sender_id).push(seq);
    for (const id of hidden_from ?? []) listIn(this.hidden, id).push(seq);
  }

  /** Messages of others that a member has read or is not to see. */
  readBy({ user_id, last_read_seq, read_above }: MemberDoc): number {
    const own = this.by.get(user_id) ?? [];
    const runs = [[-Infinity, last_read_seq], ...read_above] as const;
    const read = (seqs: readonly number[]): number =>
      runs.reduce((sum, [from = 0, to = 0]) => sum + upTo(seqs, to) - upTo(seqs, from - 1), 0);
    const hidden = this.hidden.get(user_id) ?? [];
    return read(this.all) - read(own) + hidden.length - read(hidden);
  }
}

function listIn(map: Map<number, number[]>, key: number): number[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

/** How many of these numbers, in order, are at most so much. */
function upTo(seqs: readonly number[], most: number): number {
  let [low, high] = [0, seqs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((seqs[middle] as number) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function tallyOf({ messages }: Stores, conversation_id: string): Promise<{ tally: Tally; last?: Counted }> {
  const tally = new Tally();
  let last: Counted | undefined;
  for (;;) {
    const filter = { conversation_id, seq: { $gt: last?.seq ?? 0 } };
    const page = await messages.find(filter, { sort: [["seq", 1]], limit: SLICE, fields: COUNTED });
    for (const message of page) tally.add(message);
    last = page.at(-1) ?? last;
    if (page.length < SLICE) return { tally, ...(last ? { last } : {}) };
    await turnOfTheLoop();
  }
}

/** Everything the documents say about the messages, counted again from them. */
async function recount(stores: Stores, conversation: ConversationDoc): Promise<void> {
  const { _id, pos } = conversation;
  const { tally, last } = await tallyOf(stores, _id);
  const newest = last && (await stores.messages.findOne({ _id: last._id }));
  const members = (await stores.members.find({ conversation_id: _id })).filter((m) => !m.left_at);
  const reading = members.map((m) => ({
    filter: { conversation_id: _id, user_id: m.user_id },
    change: { $set: { read_count: tally.readBy(m) } },
  }));
  for (let i = 0; i < reading.length; i += SLICE / 10)
    await stores.members.updateEach(reading.slice(i, i + SLICE / 10));
  const counted: Partial<ConversationDoc> = {
    redo: null,
    countable: tally.all.length,
    uncounted: [],
    sent: Object.fromEntries([...tally.by].map(([id, seqs]) => [String(id), seqs.length])),
    pins: tally.pins,
    participants: conversation.type === "group" ? members.map((m) => m.user_id) : conversation.participants,
    admin_id: members.find((m) => m.role === "admin")?.user_id ?? null,
    moderator_ids: members.filter((m) => m.role === "moderator").map((m) => m.user_id),
    changed_at: new Date(),
  };
  const told: Partial<ConversationDoc> = newest
    ? {
        last_seq: newest.seq,
        pos: Math.max(newest.seq, after(pos)),
        last_message: lean(newest),
        updated_at: newest.created_at,
        outbox: true,
      }
    : {};
  await committed(stores, _id, pos, { ...counted, ...told });
}
