/**
 * The outbox: facts of stored and of rewritten messages go to the bus after the turn. Each conversation has a cursor up
 * to which they are safe, and it moves without a gap: what memory did not take is read from the store, whoever writes or
 * does not write meanwhile. The cursor is written down now and then; a sweep finds what a dead process left.
 */
import { type ServiceBroker } from "moleculer";
import { codeOf } from "../../../contracts/errors";
import { here, shared } from "../../../platform/tracing";
import { type ConversationDoc } from "../conversation/documents";
import { type Turn } from "../conversation/turn";
import { Backlog, type Batch } from "./backlog";
import { Gathered } from "./gathered";
import { happenedIn, inviteOf, type Record } from "./logged";
import {
  type BlockersOf,
  greetingsOf,
  invitesIn,
  publishInvites,
  publishMade,
  publishRewritten,
  type Source,
} from "./message-facts";
import { Settling } from "./settling";
import { type Stores } from "./stores";
import { Turns } from "./turns";
import { UNTOLD_MS } from "./untold";

/** What else a dead process may have left half done. */
export interface Upkeep {
  /** Loads a conversation's actor, which mends it and tells what may not have been told. */
  wake(conversationId: string, seq: number): Promise<unknown>;
  /** Takes away what an ended conversation left. */
  bury(conversationId: string): Promise<void>;
}

export interface OutboxLimits {
  /** Messages that wait in memory; more are read from the store when their turn comes. */
  readonly messages: number;
  /** Conversations that are known to have facts on their way; more are left to the sweep. */
  readonly conversations: number;
  /** Messages in one fact. */
  readonly fact: number;
  /** Messages read at once. */
  readonly page: number;
  /** Conversations published at the same time. */
  readonly atOnce: number;
  /** Milliseconds after a failure until the next attempt. */
  readonly rest: number;
  /** Milliseconds a conversation is quiet before its cursor is written, and the longest without writing it. */
  readonly settle: readonly [quiet: number, longest: number];
}
export const outboxLimits: OutboxLimits = {
  messages: 5_000,
  conversations: 10_000,
  fact: 100,
  page: 200,
  atOnce: 8,
  rest: 1_000,
  settle: [1_000, 10_000],
};
const STOP_MS = 2_000;
/** What many conversations have for the log within so long goes there together. */
const LOG_MS = 20;
/** Conversations that one question of the sweep looks at. */
const SWEPT = 500;

export class Outbox {
  private readonly backlogs = new Map<string, Backlog>();
  /** Those with something to publish: one fact each. */
  private readonly ready = new Turns<Backlog>();
  private readonly busy = new Set<Backlog>();
  /** Messages in memory. */
  private held = 0;
  private resting: NodeJS.Timeout | undefined;
  /** Conversations that are greeting just now. */
  private readonly greeting = new Set<string>();
  private sweeping: Promise<void> | undefined;
  private readonly settling: Settling;
  private readonly unlogged = new Gathered<Backlog>(LOG_MS, (backlog) => void this.logAhead(backlog));
  private stopped = false;

  constructor(
    private readonly broker: ServiceBroker,
    private readonly stores: Stores,
    /** True where this node is the one that hosts a conversation. */
    private readonly hosts: (conversationId: string) => boolean,
    private readonly upkeep: Upkeep,
    private readonly limits: OutboxLimits = outboxLimits,
    private readonly blockersOf: BlockersOf = () => Promise.resolve([]),
    /** Into the log of facts; undefined where none is kept. */
    private readonly record?: Record,
  ) {
    this.settling = new Settling(stores, broker.logger, limits.settle, (backlog) => {
      if (!this.busy.has(backlog)) this.forget(backlog);
    });
  }

  /** Messages whose facts are not safe, of the conversations this node knows of; and for how many seconds the oldest. */
  stats(): { waiting: number; oldest: number } {
    const behind = [...this.backlogs.values()].filter((backlog) => backlog.behind);
    if (!behind.length) return { waiting: 0, oldest: 0 };
    const since = behind.reduce((least, backlog) => Math.min(least, backlog.since), Infinity);
    const waiting = behind.reduce((sum, backlog) => sum + backlog.size, 0);
    return { waiting, oldest: Math.max(0, (Date.now() - since) / 1000) };
  }

  /** What of a conversation is not safe, as far as this node knows. */
  untold(conversationId: string): number {
    return this.backlogs.get(conversationId)?.size ?? 0;
  }

  /** Takes what a turn has stored. */
  add(turn: Turn): void {
    const { conversation } = turn.state;
    if (turn.opened) void this.greet(conversation);
    if (turn.inserts.length + turn.rewritten.size + turn.news.length === 0 && !(turn.opened && conversation.news))
      return;
    if (turn.ended) return void this.farewell(conversation);
    const backlog = this.backlogOf(conversation, turn.now);
    if (!backlog) return;
    this.changing(backlog, () => backlog.add(turn, this.limits.messages - this.held, here()));
    if (this.record) this.unlogged.add(backlog);
    this.publishSoon(backlog);
  }

  /** A turn could not be stored: who is in the conversation is asked of the store before more of it is told. */
  doubt(conversationId: string): void {
    this.backlogs.get(conversationId)?.doubt();
  }

  /** Finds what an earlier process or an outage left, of this node's conversations. One at a time. */
  sweep(): Promise<void> {
    return (this.sweeping ??= this.look().finally(() => (this.sweeping = undefined)));
  }

  /** What is safe is written down, as far as there is time for it: the next process tells that much less again. */
  async stop(): Promise<void> {
    this.unlogged.now();
    this.stopped = true;
    clearTimeout(this.resting);
    const end = Date.now() + STOP_MS;
    while (this.busy.size && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    const settled = this.settling.stop([...this.backlogs.values()]);
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, end - Date.now()).unref())]);
  }

  private backlogOf(conversation: ConversationDoc, since: Date): Backlog | undefined {
    const known = this.backlogs.get(conversation._id);
    if (known || this.backlogs.size >= this.limits.conversations) return known;
    const backlog = new Backlog(conversation, since);
    this.backlogs.set(backlog.id, backlog);
    return backlog;
  }

  /** Whatever changes a backlog, the sum of what is in memory follows; one that was forgotten meanwhile counts no more. */
  private changing(backlog: Backlog, change: () => void): void {
    const before = backlog.held;
    change();
    if (this.knows(backlog)) this.held += backlog.held - before;
  }

  private knows(backlog: Backlog): boolean {
    return this.backlogs.get(backlog.id) === backlog;
  }

  private async look(): Promise<void> {
    for (let after = ""; ;) {
      const filter = { outbox: true, _id: { $gt: after } };
      const page = await this.stores.conversations.find(filter, { sort: [["_id", 1]], limit: SWEPT });
      for (const conversation of page) {
        if (this.stopped || this.backlogs.size >= this.limits.conversations) return;
        if (this.hosts(conversation._id))
          await this.found(conversation).catch((error: unknown) => {
            this.broker.logger.debug(`outbox: ${conversation._id} is left to the next sweep: ${String(error)}`);
          });
      }
      if (page.length < SWEPT) return;
      after = page.at(-1)?._id ?? "";
    }
  }

  private async found(conversation: ConversationDoc): Promise<void> {
    const { _id, last_seq, updated_at } = conversation;
    if (conversation.deleted_at) return this.farewell(conversation);
    // Whoever stored it may have died before telling it live, too.
    const lately = Date.now() - updated_at.getTime() < UNTOLD_MS;
    if (conversation.redo || (lately && !this.backlogs.has(_id))) await this.upkeep.wake(_id, last_seq);
    await this.greet(conversation);
    const backlog = this.backlogOf(conversation, updated_at);
    if (!backlog) return;
    backlog.expect(conversation);
    if (backlog.behind) this.publishSoon(backlog);
    else this.settling.soon(backlog);
  }

  /** What fails is left to the sweep, which a conversation stays marked for until this is done. */
  private async greet(conversation: ConversationDoc): Promise<void> {
    if (!conversation.greet || this.greeting.has(conversation._id)) return;
    this.greeting.add(conversation._id);
    try {
      const invites = greetingsOf(conversation);
      await this.record?.(invites.map(inviteOf));
      await publishInvites(this.broker, invites);
      await this.stores.conversations.updateOne({ _id: conversation._id }, { $set: { greet: null } });
      conversation.greet = null;
      const backlog = this.backlogOf(conversation, conversation.created_at);
      if (backlog) this.settling.soon(backlog);
    } catch (error) {
      this.broker.logger.debug(`outbox: ${conversation._id} greets later: ${String(error)}`);
    } finally {
      this.greeting.delete(conversation._id);
    }
  }

  /** Of an ended conversation only the log is told, first what memory has; what fails is left to the sweep. */
  private async farewell(conversation: ConversationDoc): Promise<void> {
    const { _id, news = [] } = conversation;
    const known = this.backlogs.get(_id);
    if (known) this.forget(known);
    try {
      if (known) {
        known.source ??= { conversation, members: new Map() };
        await this.logAll(known);
      }
      await this.record?.(happenedIn(_id, { kind: "made", docs: [], news }, []));
      await this.stores.conversations.updateOne({ _id }, { $unset: { news: true, news_n: true } });
      await this.upkeep.bury(_id);
    } catch (error) {
      this.broker.logger.debug(`outbox: the end of ${_id} is told later: ${String(error)}`);
    }
  }

  private publishSoon(backlog: Backlog): void {
    if (!this.busy.has(backlog)) this.ready.add(backlog);
    this.pump();
  }

  /** Whoever fills also drains, and each drain begins the next: it needs nobody to come. */
  private pump(): void {
    while (!this.stopped && !this.resting && this.busy.size < this.limits.atOnce) {
      const backlog = this.ready.take();
      if (!backlog) return;
      this.busy.add(backlog);
      void this.advance(backlog).finally(() => {
        this.busy.delete(backlog);
        if (backlog.behind && this.knows(backlog)) this.ready.add(backlog);
        this.pump();
      });
    }
  }

  /** Publishes one fact and moves the cursor; where that fails, everything rests for a moment. */
  private async advance(backlog: Backlog): Promise<void> {
    try {
      const { page } = this.limits;
      if (!(await backlog.read(this.stores, page, (learn) => this.changing(backlog, learn))))
        return this.forget(backlog);
      const { source } = backlog;
      if (!source) return; // doubted meanwhile: it is read again
      const batch = backlog.next(this.limits.fact);
      if (batch) {
        await shared("facts of messages", backlog.traced, () => this.publish(backlog, source, batch));
        this.changing(backlog, () => backlog.told(batch));
        const { conversation } = source;
        if (conversation.news) conversation.news = conversation.news.filter(({ n }) => n > backlog.heardNews);
      } else if (backlog.behind) return this.forget(backlog); // nothing to be had of it now: the sweep comes back to it
      this.settling.soon(backlog);
    } catch (error) {
      this.failed(backlog, error);
    }
  }

  /** Who reads the log does not wait for notifications, which give readers a moment and take their time. */
  private async logAhead(backlog: Backlog): Promise<void> {
    if (backlog.isLoggingAhead) return;
    backlog.isLoggingAhead = true;
    try {
      await this.logAll(backlog);
    } catch {
      // Publishing comes to the same, and says so.
    } finally {
      backlog.isLoggingAhead = false;
    }
  }

  private async logAll(backlog: Backlog): Promise<void> {
    for (let next; this.record && !this.stopped && !this.resting && (next = backlog.unlogged(this.limits.fact));) {
      if (!backlog.source) return; // publishing reads it, and logs what is left
      await this.log(backlog, backlog.source, next);
    }
  }

  /** Or waits for what is on its way there. */
  private log(backlog: Backlog, source: Source, batch: Batch): Promise<void> {
    return (backlog.logging ??= this.keepInLog(backlog, source, batch).finally(() => (backlog.logging = undefined)));
  }

  private async keepInLog(backlog: Backlog, source: Source, batch: Batch): Promise<void> {
    await this.record?.(happenedIn(backlog.id, batch, invitesIn(source, batch.docs)));
    backlog.keptInLog(batch);
  }

  /** Into the log first: what it could not take would else be told once more with every attempt. */
  private async publish(backlog: Backlog, source: Source, batch: Batch): Promise<void> {
    const { docs, kind } = batch;
    if (kind === "rewritten") return publishRewritten(this.broker, source, docs, this.blockersOf);
    for (let rest; this.record && (rest = backlog.unloggedOf(batch));) await this.log(backlog, source, rest);
    if (docs.length) await publishMade(this.broker, source, docs, this.blockersOf);
  }

  private failed(backlog: Backlog, error: unknown): void {
    if (codeOf(error) !== "UNAVAILABLE") {
      // A bug with this one must hold up no other; the sweep comes back to it.
      this.broker.logger.error(`The facts of conversation ${backlog.id} can't be published.`, error);
      return this.forget(backlog);
    }
    this.broker.logger.debug(`outbox: ${String(error)}`);
    this.resting ??= setTimeout(() => {
      this.resting = undefined;
      this.pump();
    }, this.limits.rest).unref();
  }

  private forget(backlog: Backlog): void {
    clearTimeout(backlog.settling);
    this.unlogged.delete(backlog);
    if (!this.knows(backlog)) return;
    this.held -= backlog.held;
    this.ready.delete(backlog);
    this.backlogs.delete(backlog.id);
  }
}
