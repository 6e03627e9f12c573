/**
 * What a deleted account wrote goes, conversation by conversation, in their turns, and with it its reactions and votes; what
 * legal holds are on stays.
 */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { codeOf } from "../../../contracts/errors";
import { type Traces } from "../../../contracts/erasure";
import { type Filter } from "../../../mixins/documents";
import { call } from "../../../platform/bus";
import { type CommandBody } from "../conversation/commands";
import { type MessageDoc } from "../conversation/documents";
import { keepsOwn } from "../conversation/rules/forgetting";
import { type Stores } from "../host/stores";
import { markedPages } from "./marks";
import { takeAway, type Tell } from "./retention";

/** Messages in one turn. */
const SIZE = 50;
/** One call takes about so long. */
const STEP_MS = 2_000;
const MOST_PLACES = 1_000;

type Step = Result<"chat.erase">;

/** What they said; what the system told of them stays, without a name. */
const saidBy = (sender_id: number, conversation_id: string): Filter<MessageDoc> => ({
  ...{ conversation_id, sender_id, deleted_at: null },
  type: { $ne: "system" },
});

export async function everIn(
  stores: Stores,
  userId: number,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  const all = await placesOf(stores, userId, after);
  return all.filter((id) => id !== after).slice(0, limit);
}

/** Where they are or were, in the order of the ids. */
async function placesOf({ members }: Stores, user_id: number, from = ""): Promise<string[]> {
  const all = await members.find({ user_id, conversation_id: { $gte: from } }, { fields: ["conversation_id"] });
  return all.map(({ conversation_id }) => conversation_id).sort();
}

const tellIn =
  (broker: ServiceBroker): Tell =>
  (conversationId: string, command: CommandBody) =>
    call(broker, "chat.run", { conversationId, command });

/** It has ended, with all that was said there. */
async function unlessEnded<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (codeOf(error) !== "NOTFOUND") throw error;
    return otherwise;
  });
}

/** Where a step ended: a conversation, and in it how far those of its messages were looked at that were changed. */
const cursorOf = (conversationId: string, after: number): string => `${conversationId}:${after}`;
function placeOf(from = ""): { conversationId: string; after: number } {
  const [conversationId = "", after = "0"] = from.split(":");
  return { conversationId, after: Number(after) };
}

export async function tracesOf(stores: Stores, userId: number, from?: string): Promise<Result<"chat.traces">> {
  const places: Traces["places"] = [];
  const counts = { messages: 0, conversations: 0, reactions: 0, votes: 0, scheduled: 0, last_seen: 0, own: 0 };
  const end = Date.now() + STEP_MS;
  const first = placeOf(from);
  if (from === undefined) Object.assign(counts, await ownOf(stores, userId));
  for (const conversation_id of await placesOf(stores, userId, first.conversationId)) {
    const isAgain = conversation_id === first.conversationId;
    const n = isAgain ? 0 : await stores.messages.count(saidBy(userId, conversation_id));
    if (n) {
      counts.messages += n;
      counts.conversations++;
      if (places.length < MOST_PLACES) places.push({ conversation_id, messages: n });
    }
    for await (const { marked, last } of markedPages(stores, conversation_id, userId, isAgain ? first.after : 0)) {
      counts.reactions += marked.filter(({ reactions }) => reactions).length;
      counts.votes += marked.filter(({ votes }) => votes).length;
      if (Date.now() > end) return { counts, places, next: cursorOf(conversation_id, last) };
    }
  }
  return { counts, places };
}

/** What they keep for themselves. */
async function ownOf(stores: Stores, user_id: number) {
  const fields = ["saved", "draft", "threads", "custom", "custom_before"] as const;
  const places = await stores.members.find({ user_id }, { fields });
  return {
    scheduled: await stores.later.count({ user_id }),
    last_seen: await stores.lastSeen.count({ user_id }),
    own: places.filter(keepsOwn).length,
  };
}

/** What nobody but they had of it. */
export async function forgetIn(broker: ServiceBroker, stores: Stores, userId: number): Promise<Step> {
  await stores.later.remove({ user_id: userId });
  await stores.lastSeen.remove({ user_id: userId });
  const tell = tellIn(broker);
  const fields = ["conversation_id", "saved", "draft", "threads", "custom", "custom_before"] as const;
  const end = Date.now() + STEP_MS;
  for (const member of await stores.members.find({ user_id: userId }, { fields })) {
    if (!keepsOwn(member)) continue;
    const { _id, conversation_id } = member;
    const done = await unlessEnded(
      tell(conversation_id, { kind: "forgetOwn", userId }).then(() => true),
      false,
    );
    if (!done) await stores.members.remove({ _id });
    if (Date.now() > end) return { done: false, held: false };
  }
  return { done: true, held: false };
}

export async function eraseFrom(broker: ServiceBroker, stores: Stores, userId: number, from?: string): Promise<Step> {
  const tell = tellIn(broker);
  const end = Date.now() + STEP_MS;
  const first = placeOf(from);
  let isHeld = false;
  for (const conversationId of await placesOf(stores, userId, first.conversationId)) {
    const after = conversationId === first.conversationId ? first.after : 0;
    const steps = [
      () => wordsIn(stores, tell, conversationId, userId, end),
      () => marksIn(stores, tell, conversationId, userId, after, end),
    ];
    for (const step of steps) {
      const { done, held, next } = await unlessEnded(step(), { done: true, held: false });
      isHeld ||= held;
      if (!done) return { done, held: isHeld, next: next ?? cursorOf(conversationId, after) };
    }
  }
  return { done: true, held: isHeld };
}

/** In the order of their keys, which an index has. */
async function wordsIn(stores: Stores, tell: Tell, conversationId: string, userId: number, end: number): Promise<Step> {
  for (let after = ""; ;) {
    const filter = { ...saidBy(userId, conversationId), client_id: { $gt: after } };
    const options = { sort: [["client_id", 1]], limit: SIZE, fields: ["client_id", "attachments"] } as const;
    const page = await stores.messages.find(filter, options);
    const last = page.at(-1);
    if (!last) return { done: true, held: false };
    const { gone, held } = await takeAway(tell, conversationId, page);
    if (!gone) return { done: true, held };
    after = last.client_id;
    if (Date.now() > end) return { done: false, held: false };
  }
}

async function marksIn(
  stores: Stores,
  tell: Tell,
  conversationId: string,
  userId: number,
  after: number,
  end: number,
): Promise<Step> {
  for await (const { marked, last } of markedPages(stores, conversationId, userId, after)) {
    for (let i = 0; i < marked.length; i += SIZE) {
      const messageIds = marked.slice(i, i + SIZE).map(({ _id }) => _id);
      const { held } = (await tell(conversationId, { kind: "forgetMarks", userId, messageIds })) as { held: boolean };
      if (held) return { done: true, held };
    }
    if (Date.now() > end) return { done: false, held: false, next: cursorOf(conversationId, last) };
  }
  return { done: true, held: false };
}
