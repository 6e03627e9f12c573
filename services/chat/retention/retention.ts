/**
 * Messages past their age go: of one conversation at a time, a few in one of its turns, and then a rest, so that neither
 * those who write there nor anyone else waits for it. What is not done when a node dies, the next pass does.
 */
import { type Service } from "moleculer";
import { codeOf } from "../../../contracts/errors";
import { Pace } from "../../../platform/facts/pace";
import { type CommandBody } from "../conversation/commands";
import { type ConversationDoc, type MessageDoc } from "../conversation/documents";
import { keptFor } from "../conversation/rules/retention";
import { type Stores } from "../host/stores";

const EVERY_MS = 600_000;
const FIRST_MS = 30_000;
/** Conversations looked at in one go. */
const PAGE = 50;
/** Messages in one turn; as many as it takes to keep that short. */
const SIZES = { least: 5, most: 200 } as const;
const SHORT_MS = 3;
const LONG_MS = 6;
/** Of the event loop's time. */
const SHARE = { least: 0.01, most: 0.1 } as const;

/** Runs a command in a turn of a conversation of this node. */
export type Tell = (conversationId: string, body: CommandBody) => Promise<unknown>;
type Place = Pick<ConversationDoc, "_id" | "retention" | "retention_free" | "retained_at">;
type Old = Pick<MessageDoc, "_id" | "attachments">;
type Dated = Pick<MessageDoc, "_id" | "seq" | "created_at" | "attachments">;

export class Retention {
  private readonly pace = new Pace(SHARE);
  private readonly timers: NodeJS.Timeout[];
  private size: number = SIZES.least;
  private passing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly service: Service,
    private readonly stores: Stores,
    private readonly hosts: (conversationId: string) => boolean,
    private readonly tell: Tell,
    /** Seconds that messages are kept in general. */
    private readonly general: number | undefined,
  ) {
    const pass = () => void this.pass();
    this.timers = [setTimeout(pass, FIRST_MS).unref(), setInterval(pass, EVERY_MS).unref()];
  }

  /** Takes away all that is due now, of the conversations of this node. One at a time. */
  pass(): Promise<void> {
    return (this.passing ??= this.walk()
      .catch((error: unknown) => this.service.logger.warn(`Old messages wait for the next pass: ${codeOf(error)}`))
      .finally(() => (this.passing = undefined)));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    await this.passing;
  }

  private async walk(): Promise<void> {
    const some = this.general === undefined ? { retention: { $gt: 0 } } : { deleted_at: null };
    let gone = 0;
    for (let after = ""; !this.stopped;) {
      const options = {
        sort: [["_id", 1]],
        limit: PAGE,
        fields: ["retention", "retention_free", "retained_at", "deleted_at"],
      } as const;
      const page = await this.stores.conversations.find({ ...some, _id: { $gt: after } }, options);
      for (const place of page) if (!place.deleted_at && this.hosts(place._id)) gone += await this.retire(place);
      if (page.length < PAGE) break;
      after = page.at(-1)?._id ?? after;
    }
    if (gone) this.service.logger.info(`${gone} messages were past their age, and are gone.`);
  }

  private async retire(place: Place): Promise<number> {
    const age = keptFor(place, this.general);
    if (age === undefined) return 0;
    const before = new Date(Date.now() - age * 1000);
    let since = place.retained_at ?? new Date(0);
    for (let gone = 0; ;) {
      const page = this.stopped ? [] : await this.pace.run(() => this.old(place._id, since, before));
      const last = page.at(-1);
      if (!last || !(await this.pace.run(() => this.take(place._id, page)))) return gone;
      gone += page.length;
      since = last.created_at;
    }
  }

  private old(conversation_id: string, since: Date, before: Date): Promise<Dated[]> {
    const filter = { conversation_id, created_at: { $gte: since, $lt: before }, deleted_at: null };
    const sort = [["created_at", 1]] as const;
    return this.stores.messages.find(filter, { sort, limit: this.size, fields: ["seq", "created_at", "attachments"] });
  }

  private async take(conversationId: string, page: readonly Dated[]): Promise<boolean> {
    const inOrder = [...page].sort((a, b) => a.seq - b.seq);
    const began = performance.now();
    const { gone } = await takeAway(this.tell, conversationId, inOrder, page.at(-1)?.created_at);
    this.adapt(performance.now() - began);
    return gone;
  }

  private adapt(tookMs: number): void {
    if (tookMs > LONG_MS) this.size = Math.max(SIZES.least, Math.floor(this.size / 2));
    else if (tookMs < SHORT_MS) this.size = Math.min(SIZES.most, Math.ceil(this.size * 1.5));
  }
}

/** What came of it: all is gone, or a legal hold is on the conversation, or a file can't be closed now. */
export interface Taken {
  readonly gone: boolean;
  readonly held: boolean;
}

/** Their files first: who dies in between has taken from nobody what they could not have again. */
export async function takeAway(tell: Tell, conversationId: string, page: readonly Old[], upTo?: Date): Promise<Taken> {
  const messageIds = page.map(({ _id }) => _id);
  const urls = page.flatMap(({ attachments }) => attachments);
  if (urls.length) {
    const letGo = { kind: "letGo", urls, besides: messageIds } as const;
    const { closed, held } = (await tell(conversationId, letGo)) as { closed: boolean; held: boolean };
    if (!closed) return { gone: false, held };
  }
  const { held } = (await tell(conversationId, { kind: "expire", messageIds, ...(upTo ? { upTo } : {}) })) as Taken;
  return { gone: !held, held };
}
