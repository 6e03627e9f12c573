/** What a deleted account wrote goes, conversation by conversation, in their turns; what legal holds are on stays. */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { codeOf } from "../../../contracts/errors";
import { type Traces } from "../../../contracts/erasure";
import { type Filter } from "../../../mixins/documents";
import { call } from "../../../platform/bus";
import { type CommandBody } from "../conversation/commands";
import { type MessageDoc } from "../conversation/documents";
import { type Stores } from "../host/stores";
import { takeAway, type Tell } from "./retention";

/** Messages in one turn. */
const SIZE = 50;
/** One call takes about so long. */
const STEP_MS = 2_000;
const MOST_PLACES = 1_000;

/** What they said; what the system told of them stays, without a name. */
const saidBy = (sender_id: number, conversation_id: string): Filter<MessageDoc> => ({
  ...{ conversation_id, sender_id, deleted_at: null },
  type: { $ne: "system" },
});

async function placesOf({ members }: Stores, user_id: number): Promise<string[]> {
  const all = await members.find({ user_id }, { fields: ["conversation_id"] });
  return all.map(({ conversation_id }) => conversation_id).sort();
}

export async function tracesOf(stores: Stores, userId: number): Promise<Traces> {
  const places: Traces["places"] = [];
  let messages = 0;
  let conversations = 0;
  for (const conversation_id of await placesOf(stores, userId)) {
    const n = await stores.messages.count(saidBy(userId, conversation_id));
    if (!n) continue;
    messages += n;
    conversations++;
    if (places.length < MOST_PLACES) places.push({ conversation_id, messages: n });
  }
  const scheduled = await stores.later.count({ user_id: userId });
  const last_seen = await stores.lastSeen.count({ user_id: userId });
  return { counts: { messages, conversations, scheduled, last_seen }, places };
}

export async function eraseFrom(broker: ServiceBroker, stores: Stores, userId: number): Promise<Result<"chat.erase">> {
  await stores.later.remove({ user_id: userId });
  await stores.lastSeen.remove({ user_id: userId });
  const tell = (conversationId: string, command: CommandBody): Promise<unknown> =>
    call(broker, "chat.run", { conversationId, command });
  const end = Date.now() + STEP_MS;
  let isHeld = false;
  for (const conversationId of await placesOf(stores, userId)) {
    const { done, held } = await eraseIn(stores, tell, conversationId, userId, end);
    isHeld ||= held;
    if (!done) return { done: false, held: isHeld };
  }
  return { done: true, held: isHeld };
}

/** In the order of their keys, which an index has. */
async function eraseIn(
  stores: Stores,
  tell: Tell,
  conversationId: string,
  userId: number,
  end: number,
): Promise<{ done: boolean; held: boolean }> {
  for (let after = ""; ;) {
    const filter = { ...saidBy(userId, conversationId), client_id: { $gt: after } };
    const options = { sort: [["client_id", 1]], limit: SIZE, fields: ["client_id", "attachments"] } as const;
    const page = await stores.messages.find(filter, options);
    const last = page.at(-1);
    if (!last) return { done: true, held: false };
    try {
      const { gone, held } = await takeAway(tell, conversationId, page);
      if (!gone) return { done: true, held };
    } catch (error) {
      if (codeOf(error) === "NOTFOUND") return { done: true, held: false }; // it has ended, with all that was said there
      throw error;
    }
    after = last.client_id;
    if (Date.now() > end) return { done: false, held: false };
  }
}
