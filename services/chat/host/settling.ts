/** Writes down how far a conversation's facts are safe: when it has been quiet, and now and then where it never is. */
import { type LoggerInstance } from "moleculer";
import { type Backlog } from "./backlog";
import { type Stores } from "./stores";

export class Settling {
  private stopped = false;

  constructor(
    private readonly stores: Stores,
    private readonly logger: LoggerInstance,
    /** Milliseconds a conversation is quiet before its cursor is written, and the longest without writing it. */
    private readonly times: readonly [quiet: number, longest: number],
    /** All of it is written. */
    private readonly settled: (backlog: Backlog) => void,
  ) {}

  soon(backlog: Backlog): void {
    const [quiet, longest] = this.times;
    if (this.stopped || (backlog.settling && Date.now() - backlog.settledAt > longest)) return;
    clearTimeout(backlog.settling);
    backlog.settling = setTimeout(() => {
      backlog.settling = undefined;
      void this.settle(backlog);
    }, quiet);
  }

  /** Writes at once what is left. */
  async stop(backlogs: readonly Backlog[]): Promise<void> {
    this.stopped = true;
    for (const { settling } of backlogs) clearTimeout(settling);
    await Promise.allSettled(backlogs.filter((b) => b.unwritten).map((b) => this.write(b)));
  }

  private async settle(backlog: Backlog): Promise<void> {
    backlog.settledAt = Date.now();
    try {
      await this.write(backlog);
      if (!backlog.behind && !backlog.unwritten) this.settled(backlog);
    } catch (error) {
      this.logger.debug(`outbox: ${String(error)}`);
      this.soon(backlog);
    }
  }

  private async write(backlog: Backlog): Promise<void> {
    const { conversations } = this.stores;
    const { id, made, rewritten, source } = backlog;
    const cursors = { published_seq: made.safe, published_pos: rewritten.safe };
    backlog.unwritten = false;
    const { heardNews } = backlog;
    const changes = [{ rewritten_pos: null as never }, { rewritten_pos: { $lte: cursors.published_pos } }];
    const news = [{ news_n: null as never }, { news_n: { $lte: heardNews } }];
    const all = { _id: id, last_seq: made.safe, greet: null, $and: [{ $or: changes }, { $or: news }] };
    const done = { ...cursors, outbox: false, ...(heardNews ? { news: [] } : {}) };
    const settled = await conversations.updateOne(all, { $set: done });
    if (!settled) await conversations.updateOne({ _id: id, published_seq: { $lte: made.safe } }, { $set: cursors });
    if (!source) return;
    // The actor's copy: nobody else writes these fields, and it may have gone on meanwhile.
    Object.assign(source.conversation, cursors);
    if (settled && !backlog.behind) source.conversation.outbox = false;
  }
}
