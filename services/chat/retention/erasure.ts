/**
 * What a deleted account wrote goes, conversation by conversation, in their turns, and with it its reactions and votes; what
 * legal holds are on stays.
 */
import { type Result } from "../../../contracts/actions";
import { codeOf } from "../../../contracts/errors";
import { type Traces } from "../../../contracts/erasure";
import { type Filter } from "../../../mixins/documents";
import { type MessageDoc } from "../conversation/documents";
import { keepsOwn } from "../conversation/rules/forgetting";
import { type Stores } from "../host/stores";
import { type MarkedPage, markedPages } from "./marks";
import { PAGE, type Taking } from "./taking";

/** Messages whose marks go in one turn. */
const SIZE = 20;
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

/**
 * Where a step ended: a conversation, and in it how far those of its messages were looked at that were changed; or, before
 * that, the key of the last that was taken away.
 */
interface Cursor {
  readonly conversationId: string;
  readonly word?: string;
  readonly mark: number;
}
const WORDS = "w";
function cursorFrom(from = ""): Cursor {
  const [conversationId = "", ...rest] = from.split(":");
  const at = rest.join(":");
  return at.startsWith(WORDS)
    ? { conversationId, word: at.slice(WORDS.length), mark: 0 }
    : { conversationId, mark: Number(at) };
}
const afterWord = (conversationId: string, key: string): string => `${conversationId}:${WORDS}${key}`;
const afterMark = (conversationId: string, position: number): string => `${conversationId}:${position}`;

export class Erasing {
  constructor(
    private readonly stores: Stores,
    private readonly taking: Taking,
  ) {}

  stop(): void {
    this.taking.stop();
  }

  async traces(userId: number, from?: string): Promise<Result<"chat.traces">> {
    const { stores } = this;
    const places: Traces["places"] = [];
    const counts = { messages: 0, conversations: 0, reactions: 0, votes: 0, scheduled: 0, last_seen: 0, own: 0 };
    const end = Date.now() + STEP_MS;
    const first = cursorFrom(from);
    if (from === undefined) Object.assign(counts, await ownOf(stores, userId));
    for (const conversation_id of await placesOf(stores, userId, first.conversationId)) {
      const isAgain = conversation_id === first.conversationId;
      const said = saidBy(userId, conversation_id);
      const n = isAgain ? 0 : await this.taking.step(() => stores.messages.count(said, { aside: true }));
      if (n) {
        counts.messages += n;
        counts.conversations++;
        if (places.length < MOST_PLACES) places.push({ conversation_id, messages: n });
      }
      for await (const { marked, last } of this.marked(conversation_id, userId, isAgain ? first.mark : 0)) {
        counts.reactions += marked.filter(({ reactions }) => reactions).length;
        counts.votes += marked.filter(({ votes }) => votes).length;
        if (Date.now() > end) return { counts, places, next: afterMark(conversation_id, last) };
      }
    }
    return { counts, places };
  }

  /** What nobody but they had of it. */
  async forget(userId: number): Promise<Step> {
    const { later, lastSeen, members } = this.stores;
    await later.remove({ user_id: userId });
    await lastSeen.remove({ user_id: userId });
    const fields = ["conversation_id", "saved", "draft", "threads", "custom", "custom_before"] as const;
    const end = Date.now() + STEP_MS;
    for (const member of await members.find({ user_id: userId }, { fields })) {
      if (!keepsOwn(member)) continue;
      const { _id, conversation_id } = member;
      const forgotten = this.taking.step(() => this.taking.tell(conversation_id, { kind: "forgetOwn", userId }));
      const done = await unlessEnded(
        forgotten.then(() => true),
        false,
      );
      if (!done) await members.remove({ _id });
      if (Date.now() > end) return { done: false, held: false };
    }
    return { done: true, held: false };
  }

  async erase(userId: number, from?: string): Promise<Step> {
    const end = Date.now() + STEP_MS;
    const first = cursorFrom(from);
    let isHeld = false;
    for (const conversationId of await placesOf(this.stores, userId, first.conversationId)) {
      const isAgain = from !== undefined && conversationId === first.conversationId;
      const { word = "", mark } = isAgain ? first : { mark: 0 };
      const steps = [
        ...(isAgain && first.word === undefined ? [] : [() => this.words(conversationId, userId, word, end)]),
        () => this.marks(conversationId, userId, mark, end),
      ];
      for (const step of steps) {
        const { done, held, next } = await unlessEnded(step(), { done: true, held: false });
        isHeld ||= held;
        if (!done) return { done, held: isHeld, ...(next === undefined ? {} : { next }) };
      }
    }
    return { done: true, held: isHeld };
  }

  /** In the order of their keys, which an index has. */
  private async words(conversationId: string, userId: number, from: string, end: number): Promise<Step> {
    for (let after = from; ;) {
      const filter = { ...saidBy(userId, conversationId), client_id: { $gt: after } };
      const fields = ["seq", "client_id", "attachments"] as const;
      const options = { sort: [["client_id", 1]], limit: PAGE, fields, aside: true } as const;
      const page = await this.taking.step(() => this.stores.messages.find(filter, options));
      const last = page.at(-1);
      if (!last) return { done: true, held: false };
      const { gone, held } = await this.taking.away(conversationId, page);
      if (!gone) return { done: true, held };
      after = last.client_id;
      if (Date.now() > end) return { done: false, held: false, next: afterWord(conversationId, after) };
    }
  }

  private async marks(conversationId: string, userId: number, after: number, end: number): Promise<Step> {
    for await (const { marked, last } of this.marked(conversationId, userId, after)) {
      for (let i = 0; i < marked.length; i += SIZE) {
        const messageIds = marked.slice(i, i + SIZE).map(({ _id }) => _id);
        const forgotten = () => this.taking.tell(conversationId, { kind: "forgetMarks", userId, messageIds });
        const { held } = (await this.taking.step(forgotten)) as { held: boolean };
        if (held) return { done: true, held };
      }
      if (Date.now() > end) return { done: false, held: false, next: afterMark(conversationId, last) };
    }
    return { done: true, held: false };
  }

  private marked(conversationId: string, userId: number, after: number): AsyncGenerator<MarkedPage> {
    return markedPages(this.stores, conversationId, userId, after, (work) => this.taking.step(work));
  }
}

/** It has ended, with all that was said there. */
async function unlessEnded<T>(work: Promise<T>, otherwise: T): Promise<T> {
  return work.catch((error: unknown) => {
    if (codeOf(error) !== "NOTFOUND") throw error;
    return otherwise;
  });
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
