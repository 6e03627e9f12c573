/**
 * `sync`: everything that changed for a user since their cursors, in order, in pages. A cursor is a position (see
 * position.ts); what is told is read by position, so it costs by what changed.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type Params, type Result } from "../../../contracts/actions";
import { type Plans } from "../../../contracts/chat/later";
import { type Conversation, type Message } from "../../../contracts/shapes";
import { Slots } from "../../../platform/slots";
import { invitationsOf, type Summary, summariesOf } from "./access";
import { type Answer } from "../conversation/at-hand";
import { type Change, changesSince, cursorOf, type Told, viewNeeded } from "../conversation/changes";
import { conversationsOf, seqAt, viewsOf } from "./reads";
import { changedMessages } from "../host/conversation-store";
import { type Stores } from "../host/stores";
import { isLarge } from "../conversation/large";
import { hiddenFor } from "../conversation/knowledge";

export type SyncResult = Result<"chat.sync">;
type Cursors = Record<string, number>;
/** What an actor is asked; see `chat.changes`. */
export type Question = Params<"chat.changes">;

const PAGE = 500;
/**
 * When a gateway dies all its clients ask at once. Few at a time are served as fast, and leave room for the turns of
 * conversations; who has waited longer than that asks again.
 */
const AT_ONCE = 4;
const MAY_WAIT = 10_000;
const PATIENCE_MS = 8_000;
/** What changed this lately is likely to be in its actor's memory, and may be in the middle of a turn. */
const LATELY_MS = 5 * 60_000;
/** Older than this, one starts anew. */
const TOO_OLD_MS = 90 * 24 * 3600_000;

const asTime = (since: string | number): number => (typeof since === "number" ? since : Date.parse(since));

export class Sync {
  private readonly slots = new Slots(AT_ONCE, MAY_WAIT, PATIENCE_MS);
  private readonly waiting = new Map<string, Promise<SyncResult>>();

  constructor(
    private readonly stores: Stores,
    private readonly ask: (question: Question) => Promise<Answer>,
    private readonly plansSince: (userId: number, tag: string) => Promise<Plans | undefined>,
  ) {}

  of(userId: number, p: Params<"chat.sync">): Promise<SyncResult> {
    const key = `${userId} ${JSON.stringify(p)}`;
    return this.waiting.get(key) ?? this.queue(key, () => this.all(userId, p));
  }

  /** Devices of one user that ask for the same share an answer, as long as nothing of it has been read. */
  private queue(key: string, work: () => Promise<SyncResult>): Promise<SyncResult> {
    let begun = false;
    const result = this.slots.run(() => {
      begun = true;
      this.waiting.delete(key);
      return work();
    });
    if (begun) return result;
    this.waiting.set(key, result);
    return result.catch((error: unknown) => {
      if (this.waiting.get(key) === result) this.waiting.delete(key); // refused before it began
      throw error;
    });
  }

  private async all(userId: number, p: Params<"chat.sync">): Promise<SyncResult> {
    const [told, later] = await Promise.all([
      this.told(userId, p),
      p.later === undefined ? undefined : this.plansSince(userId, p.later),
    ]);
    return later ? { ...told, later } : told;
  }

  private async told(userId: number, p: Params<"chat.sync">): Promise<SyncResult> {
    const { places: summaries, asked } = await summariesOf(this.stores, userId);
    const given = p.cursors ?? p.next;
    const invitations = asked.length ? await this.invitations(userId) : [];
    if (given) return this.page(userId, summaries, { ...given }, p.limit ?? PAGE, invitations);
    if (p.since === undefined) return fresh(summaries, false);
    const since = asTime(p.since);
    if (Date.now() - since > TOO_OLD_MS) return fresh(summaries, true);
    return this.page(
      userId,
      summaries,
      await this.cursorsAt(userId, summaries, new Date(since)),
      p.limit ?? PAGE,
      invitations,
    );
  }

  /** Where a client stood that has seen everything up to a time. */
  private async cursorsAt(userId: number, summaries: ReadonlyMap<string, Summary>, since: Date): Promise<Cursors> {
    const cursors: Cursors = {};
    for (const [id, { conversation, member }] of summaries) {
      if (member.joined_at > since) continue; // gained meanwhile
      cursors[id] = conversation.changed_at <= since ? conversation.pos : await seqAt(this.stores, id, { $lte: since });
    }
    const left = await this.stores.members.find({ user_id: userId, left_at: { $gt: since } });
    for (const { conversation_id, left_at, joined_at } of left)
      if (!summaries.has(conversation_id) && Number(left_at) > joined_at.getTime()) cursors[conversation_id] = 0;
    return cursors;
  }

  private async page(
    userId: number,
    summaries: ReadonlyMap<string, Summary>,
    cursors: Cursors,
    limit: number,
    invitations: readonly Change[],
  ): Promise<SyncResult> {
    // A cursor ahead of its conversation comes from a store that is no more (a backup was restored).
    if (Object.entries(cursors).some(([id, at]) => at > (summaries.get(id)?.conversation.pos ?? Infinity)))
      return fresh(summaries, true);
    const changes: Change[] = [];
    for (const id of Object.keys(cursors)) {
      if (summaries.has(id)) continue;
      changes.push({ type: "left", conversationId: id });
      delete cursors[id];
    }
    changes.push(...invitations);
    let done = true;
    for (const summary of changed(summaries, cursors)) {
      if (changes.length >= limit) {
        done = false;
        break;
      }
      // A store in this process answers without a turn of the loop: others' messages would wait for all of it.
      await turnOfTheLoop();
      const { _id } = summary.conversation;
      const told = await this.since(userId, summary, cursors[_id], limit - changes.length);
      if (!told) continue; // lost since it was looked up: told next time
      changes.push(...told.changes);
      cursors[_id] = told.cursor;
      done &&= told.done;
    }
    return { changes, cursors, next: done ? null : cursors, reset: false };
  }

  /** Told as long as they wait: they have no place in the order of changes before the user is in. */
  private async invitations(userId: number): Promise<Change[]> {
    const views = await conversationsOf(this.stores, await invitationsOf(this.stores, userId));
    return views.map((conversation) => ({ type: "conversation", conversationId: conversation._id, conversation }));
  }

  /** What changed in one conversation; a cursor that is not there means that it was gained. */
  private async since(
    userId: number,
    summary: Summary,
    known: number | undefined,
    limit: number,
  ): Promise<Told | undefined> {
    const { _id, pos, changed_at } = summary.conversation;
    if (Date.now() - changed_at.getTime() > LATELY_MS) return this.stored(userId, summary, known, limit, pos);
    const question = { conversationId: _id, userId, limit, atLeast: pos, ...(known === undefined ? {} : { known }) };
    // Whoever is no member any more, and an actor that can't be had, leave it to the store.
    const { told, upTo } = await this.ask(question).catch((): Answer => ({ upTo: pos }));
    return told ?? this.stored(userId, summary, known, limit, upTo);
  }

  /** The same from the store: up to a position up to which everything has been written. */
  private async stored(
    userId: number,
    summary: Summary,
    known: number | undefined,
    limit: number,
    upTo: number,
  ): Promise<Told | undefined> {
    const conversation_id = summary.conversation._id;
    const conversation = await this.stores.conversations.findOne({ _id: conversation_id });
    const whose = conversation && isLarge(conversation) ? { conversation_id, user_id: userId } : { conversation_id };
    const [members, { docs, horizon }] = await Promise.all([
      this.stores.members.find(whose),
      changedMessages(this.stores, conversation_id, cursorOf(known, summary.member), limit),
    ]);
    const member = members.find((m) => m.user_id === userId);
    if (!conversation || conversation.deleted_at || !member || member.left_at) return undefined;
    const membership = { conversation, member };
    const messages = docs.filter((doc) => !hiddenFor(doc, membership));
    // What a turn has not wholly written yet is told next time.
    const end = conversation.redo ? Math.min(upTo, conversation.redo.base) : upTo;
    const [views, [view]] = await Promise.all([
      viewsOf(this.stores, messages, membership, members),
      viewNeeded(membership, known) ? conversationsOf(this.stores, [membership]) : [],
    ]);
    const byId = new Map(views.map((v) => [v._id, v]));
    return changesSince(
      { ...membership, members, messages, horizon: Math.min(horizon, end), whole: horizon >= end },
      { message: ({ _id }) => byId.get(_id) as Message, conversation: () => view as Conversation },
      known,
      limit,
    );
  }
}

/** The conversations with news, those that changed longest ago first. */
function changed(summaries: ReadonlyMap<string, Summary>, cursors: Cursors): Summary[] {
  return [...summaries.values()]
    .filter(({ conversation: { _id, pos } }) => pos > (cursors[_id] ?? -1))
    .sort((a, b) => a.conversation.changed_at.getTime() - b.conversation.changed_at.getTime());
}

/** No changes, and the cursors of now. */
function fresh(summaries: ReadonlyMap<string, Summary>, reset: boolean): SyncResult {
  const cursors = Object.fromEntries([...summaries].map(([id, { conversation }]) => [id, conversation.pos]));
  return { changes: [], cursors, next: null, reset };
}
