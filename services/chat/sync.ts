/**
 * `sync`: everything that changed for a user since their cursors, in order, in pages. A cursor is a position (see
 * position.ts); what is told is read by position, so it costs by what changed.
 */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { type Params, type Result } from "../../contracts/actions";
import { Slots } from "../../mixins/slots";
import { isMuted, hiddenFor } from "./views";
import { type Seat, seatsOf } from "./access";
import { type ConversationDoc, type MemberDoc, type MessageDoc } from "./documents";
import { seqOf } from "./position";
import { conversationsOf, viewsOf } from "./reads";
import { type Stores } from "./store";

export type SyncResult = Result<"chat.sync">;
type Change = SyncResult["changes"][number];
type Cursors = Record<string, number>;

const PAGE = 500;
/**
 * When a gateway dies all its clients ask at once. Few at a time are served as fast, and leave room for the turns of
 * conversations; who has waited longer than that asks again.
 */
const AT_ONCE = 4;
const MAY_WAIT = 10_000;
const PATIENCE_MS = 8_000;
/** A turn that began this lately may still be writing. */
const SETTLING_MS = 10_000;
/** Older than this, one starts anew. */
const TOO_OLD_MS = 90 * 24 * 3600_000;

interface Placed {
  readonly at: number;
  readonly change: Change;
}
interface Told {
  readonly changes: Change[];
  /** Where the conversation's cursor stands now. */
  readonly cursor: number;
  readonly done: boolean;
}

const positionOf = (doc: MessageDoc): number => Math.max(doc.seq, doc.changed_pos ?? 0);
const asTime = (since: string | number): number => (typeof since === "number" ? since : Date.parse(since));

export class Sync {
  private readonly slots = new Slots(AT_ONCE, MAY_WAIT, PATIENCE_MS);
  private readonly waiting = new Map<string, Promise<SyncResult>>();

  /** `settled` resolves when the conversation's turns that are under way have been written. */
  constructor(
    private readonly stores: Stores,
    private readonly settled: (conversationId: string) => Promise<unknown>,
  ) {}

  of(userId: number, p: Params<"chat.sync">): Promise<SyncResult> {
    const key = `${userId} ${JSON.stringify(p)}`;
    return this.waiting.get(key) ?? this.queue(key, () => this.told(userId, p));
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

  private async told(userId: number, p: Params<"chat.sync">): Promise<SyncResult> {
    const seats = await this.seats(userId);
    const given = p.cursors ?? p.next;
    if (given) return this.page(seats, { ...given }, p.limit ?? PAGE);
    if (p.since === undefined) return fresh(seats, false);
    const since = asTime(p.since);
    if (Date.now() - since > TOO_OLD_MS) return fresh(seats, true);
    return this.page(seats, await this.cursorsAt(userId, seats, new Date(since)), p.limit ?? PAGE);
  }

  /** The caller's conversations, none of them in the middle of a turn. */
  private async seats(userId: number): Promise<Map<string, Seat>> {
    const seats = await seatsOf(this.stores, userId);
    const lately = Date.now() - SETTLING_MS;
    const busy = [...seats.values()].filter(({ conversation }) => conversation.changed_at.getTime() > lately);
    if (!busy.length) return seats;
    await Promise.allSettled(busy.map(({ conversation }) => this.settled(conversation._id)));
    return seatsOf(this.stores, userId);
  }

  /** Where a client stood that has seen everything up to a time. */
  private async cursorsAt(userId: number, seats: ReadonlyMap<string, Seat>, since: Date): Promise<Cursors> {
    const cursors: Cursors = {};
    for (const [id, { conversation, member }] of seats) {
      if (member.joined_at > since) continue; // gained meanwhile
      cursors[id] = conversation.changed_at <= since ? conversation.pos : await this.seqAt(id, since);
    }
    const left = await this.stores.members.find({ user_id: userId, left_at: { $gt: since } });
    for (const { conversation_id } of left) if (!seats.has(conversation_id)) cursors[conversation_id] = 0;
    return cursors;
  }

  private async seqAt(conversation_id: string, since: Date): Promise<number> {
    const filter = { conversation_id, created_at: { $lte: since } };
    const [last] = await this.stores.messages.find(filter, { sort: [["created_at", -1]], limit: 1, fields: ["seq"] });
    return last?.seq ?? 0;
  }

  private async page(seats: ReadonlyMap<string, Seat>, cursors: Cursors, limit: number): Promise<SyncResult> {
    // A cursor ahead of its conversation comes from a store that is no more (a backup was restored).
    if (Object.entries(cursors).some(([id, at]) => at > (seats.get(id)?.conversation.pos ?? Infinity)))
      return fresh(seats, true);
    const changes: Change[] = [];
    for (const id of Object.keys(cursors)) {
      if (seats.has(id)) continue;
      changes.push({ type: "left", conversationId: id });
      delete cursors[id];
    }
    let done = true;
    for (const seat of changed(seats, cursors)) {
      if (changes.length >= limit) {
        done = false;
        break;
      }
      // A store in this process answers without a turn of the loop: others' messages would wait for all of it.
      await turnOfTheLoop();
      const { _id } = seat.conversation;
      const told = await this.since(seat, cursors[_id], limit - changes.length);
      changes.push(...told.changes);
      cursors[_id] = told.cursor;
      done &&= told.done;
    }
    return { changes, cursors, next: done ? null : cursors, reset: false };
  }

  /** What changed in one conversation; a cursor that is not there means that it was gained. */
  private async since(seat: Seat, known: number | undefined, limit: number): Promise<Told> {
    const { conversation, member } = seat;
    const cursor = known ?? member.joined_seq;
    const gained: Change[] = known === undefined ? [await this.conversation(seat)] : [];
    const [messages, horizon] = await this.messages(conversation._id, cursor, limit);
    const shown = messages.filter((doc) => !hiddenFor(doc, member));
    const views = await viewsOf(this.stores, shown);
    const placed: Placed[] = shown.map((doc, i) => ({
      at: positionOf(doc),
      change: {
        type: "message",
        conversationId: conversation._id,
        message: views[i] as NonNullable<Change["message"]>,
      },
    }));
    placed.push(...(await this.others(seat, cursor)));
    const inOrder = placed.filter((p) => p.at <= horizon).sort((a, b) => a.at - b.at);
    const page = inOrder.slice(0, limit);
    const cut = inOrder.length > limit || horizon !== Infinity;
    const last = page.at(-1)?.at ?? cursor;
    // Nothing of the page was visible: go on behind what was read.
    const at = cut ? (page.length ? last : horizon) : Math.max(conversation.pos, last);
    return { changes: [...gained, ...page.map((p) => p.change)], cursor: at, done: !cut };
  }

  /** New and changed messages; up to the horizon none is missing. */
  private async messages(conversation_id: string, cursor: number, limit: number): Promise<[MessageDoc[], number]> {
    const [made, changed] = await Promise.all([
      this.stores.messages.find({ conversation_id, seq: { $gt: seqOf(cursor) } }, { sort: [["seq", 1]], limit }),
      this.stores.messages.find(
        { conversation_id, changed_pos: { $gt: cursor } },
        { sort: [["changed_pos", 1]], limit },
      ),
    ]);
    const horizons = [
      made.length < limit ? Infinity : made.at(-1)?.seq,
      changed.length < limit ? Infinity : changed.at(-1)?.changed_pos,
    ];
    const byId = new Map([...made, ...changed].map((doc) => [doc._id, doc]));
    return [[...byId.values()], Math.min(...horizons.map((h) => h ?? Infinity))];
  }

  /** What changed beside the messages: the conversation, own settings, members, receipts. */
  private async others(seat: Seat, cursor: number): Promise<Placed[]> {
    const { conversation, member } = seat;
    const { _id: conversationId } = conversation;
    const placed: Placed[] = [];
    const add = (at: number, change: Omit<Change, "conversationId">): void => {
      if (at > cursor) placed.push({ at, change: { conversationId, ...change } });
    };
    if (conversation.info_pos > cursor) add(conversation.info_pos, await this.conversation(seat));
    if (member.settings_pos > cursor) {
      const view = (await this.conversation(seat)).conversation as NonNullable<Change["conversation"]>;
      const { cleared_seq, deleted_seqs } = member;
      add(member.settings_pos, {
        type: "settings",
        conversation: view,
        settings: settingsOf(member, cleared_seq, deleted_seqs),
      });
    }
    const members = await this.stores.members.find({ conversation_id: conversationId });
    const hushed =
      conversation.type === "private" && (conversation.status !== "accepted" || conversation.blocked_by.length > 0);
    for (const m of members) {
      if (conversation.type === "group") add(m.pos, { type: "member", userId: m.user_id, member: memberOf(m) });
      if (!hushed || m.user_id === member.user_id)
        add(m.receipt_pos, { type: "receipt", userId: m.user_id, receipt: receiptOf(m) });
    }
    return placed;
  }

  private async conversation(seat: Seat): Promise<Change> {
    const [conversation] = await conversationsOf(this.stores, [seat]);
    return {
      type: "conversation",
      conversationId: seat.conversation._id,
      conversation: conversation as NonNullable<Change["conversation"]>,
    };
  }
}

const memberOf = (m: MemberDoc) => ({
  role: m.role,
  joined_at: m.joined_at.toISOString(),
  left_at: m.left_at?.toISOString() ?? null,
});
const receiptOf = (m: MemberDoc) => ({
  last_read_seq: m.last_read_seq,
  last_read_at: m.last_read_at?.toISOString() ?? null,
  last_delivered_seq: m.last_delivered_seq,
});
const settingsOf = (m: MemberDoc, cleared_seq: number, deleted_seqs: number[]) => ({
  muted: isMuted(m, new Date()),
  pinned: m.pinned,
  cleared_seq,
  deleted_seqs,
});

/** The conversations with news, those that changed longest ago first. */
function changed(seats: ReadonlyMap<string, Seat>, cursors: Cursors): Seat[] {
  const isNews = ({ _id, pos }: ConversationDoc): boolean => pos > (cursors[_id] ?? -1);
  return [...seats.values()]
    .filter(({ conversation }) => isNews(conversation))
    .sort((a, b) => a.conversation.changed_at.getTime() - b.conversation.changed_at.getTime());
}

/** No changes, and the cursors of now. */
function fresh(seats: ReadonlyMap<string, Seat>, reset: boolean): SyncResult {
  const cursors = Object.fromEntries([...seats].map(([id, { conversation }]) => [id, conversation.pos]));
  return { changes: [], cursors, next: null, reset };
}
