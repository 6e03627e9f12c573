/**
 * The commit of a turn: one update of its conversation, from the position that the turn began at. Some servers that speak
 * MongoDB's protocol find first and write then, and of two updates at once one is written over the other, though both are told
 * that they fitted. There the commit is the insertion of a row, which no other turn from the same position can insert too; the
 * conversation only follows it, and follows it again where something late was written over it.
 */
import { DuplicateKey } from "../../../mixins/documents/types";
import { Fenced } from "../../../platform/fenced";
import { newId } from "../../../platform/id";
import { type CommitDoc, type ConversationDoc } from "../conversation/documents";
import { redo } from "./details";
import { type Stores } from "./stores";

export type Fields = Readonly<Record<string, unknown>>;

/** So long an update may be under way, and be written over a later one. */
const LATE_MS = 30_000;
/** What is quiet for this long is looked at once more. */
const QUIET_MS = 5_000;
const SWEPT = 1_000;

const keyOf = (conversationId: string, base: number): string => `${conversationId}:${base}`;

/** @throws Fenced where another turn went on from there: nothing was committed */
export async function commit(stores: Stores, _id: string, base: number, set: Fields): Promise<void> {
  const { conversations, commits } = stores;
  const { pos } = set;
  const isFenced = commits && typeof pos === "number" && pos !== base;
  if (isFenced) await claim(commits, { _id: newId(), key: keyOf(_id, base), conversation_id: _id, pos, ...rowOf(set) });
  if (await conversations.updateOne({ _id, pos: base }, { $set: set })) return;
  if (!isFenced) throw new Fenced(_id);
  await follow(stores, _id); // it is committed, whatever has been written over where it began
}

async function claim(commits: NonNullable<Stores["commits"]>, row: CommitDoc): Promise<void> {
  try {
    await commits.insert([row]);
  } catch (error) {
    throw error instanceof DuplicateKey ? new Fenced(row.conversation_id) : error;
  }
}

/** Fields have dots in their names, which not every server takes. */
const rowOf = (set: Fields): Pick<CommitDoc, "set" | "at"> => ({
  set: Object.entries(set).map(([field, value]) => ({ field, value })),
  at: new Date(),
});

/**
 * Brings a conversation to where its commits have got.
 * @returns whether there was anything to do
 */
export async function follow({ commits, ...stores }: Stores, _id: string): Promise<boolean> {
  if (!commits) return false;
  for (let steps = 0; ; steps++) {
    const conversation = await stores.conversations.findOne({ _id }, { fields: ["pos", "redo"] });
    const next = conversation && (await commits.findOne({ key: keyOf(_id, conversation.pos) }));
    if (!next) return steps > 0;
    if (conversation.redo) await redo(stores, _id, conversation.redo);
    const set = Object.fromEntries(next.set.map(({ field, value }) => [field, value]));
    const change = { $set: set as Partial<ConversationDoc> };
    await stores.conversations.updateOne({ _id, pos: conversation.pos }, change);
  }
}

/** Conversations that have come to rest have followed all their commits; those that nothing can be late for any more go. */
export async function tidyCommits(stores: Stores, isOurs: (conversationId: string) => boolean): Promise<void> {
  const { commits, conversations } = stores;
  if (!commits) return;
  const now = Date.now();
  const filter = { at: { $lt: new Date(now - QUIET_MS) } };
  const rows = await commits.find(filter, { sort: [["at", 1]], limit: SWEPT, fields: ["conversation_id"] });
  for (const id of new Set(rows.map(({ conversation_id }) => conversation_id)))
    if (isOurs(id)) {
      await follow(stores, id);
      const { pos = Infinity } = (await conversations.findOne({ _id: id }, { fields: ["pos"] })) ?? {};
      await commits.remove({ conversation_id: id, pos: { $lte: pos }, at: { $lt: new Date(now - LATE_MS) } });
    }
}
