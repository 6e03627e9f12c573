/** Messages past their age go: of one conversation at a time. What is not done when a node dies, the next pass does. */
import { type Service } from "moleculer";
import { codeOf } from "../../../contracts/errors";
import { type ConversationDoc, type MessageDoc } from "../conversation/documents";
import { keptFor } from "../conversation/rules/retention";
import { type Stores } from "../host/stores";
import { PAGE, type Taking } from "./taking";

const EVERY_MS = 600_000;
const FIRST_MS = 30_000;
/** Conversations looked at in one go. */
const PLACES = 50;

type Place = Pick<ConversationDoc, "_id" | "retention" | "retention_free" | "retained_at">;
type Dated = Pick<MessageDoc, "_id" | "seq" | "created_at" | "attachments">;

export class Retention {
  private readonly timers: NodeJS.Timeout[];
  private passing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly service: Service,
    private readonly stores: Stores,
    private readonly hosts: (conversationId: string) => boolean,
    private readonly taking: Taking,
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
    this.taking.stop();
    for (const timer of this.timers) clearTimeout(timer);
    await this.passing;
  }

  private async walk(): Promise<void> {
    const some = this.general === undefined ? { retention: { $gt: 0 } } : { deleted_at: null };
    let gone = 0;
    for (let after = ""; !this.stopped;) {
      const options = {
        sort: [["_id", 1]],
        limit: PLACES,
        fields: ["retention", "retention_free", "retained_at", "deleted_at"],
      } as const;
      const page = await this.stores.conversations.find({ ...some, _id: { $gt: after } }, options);
      for (const place of page) if (!place.deleted_at && this.hosts(place._id)) gone += await this.retire(place);
      if (page.length < PLACES) break;
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
      const page = this.stopped ? [] : await this.taking.step(() => this.old(place._id, since, before));
      const last = page.at(-1);
      if (!last || !(await this.taking.away(place._id, page, (some) => some.at(-1)?.created_at)).gone) return gone;
      gone += page.length;
      since = last.created_at;
    }
  }

  private old(conversation_id: string, since: Date, before: Date): Promise<Dated[]> {
    const filter = { conversation_id, created_at: { $gte: since, $lt: before }, deleted_at: null };
    const fields = ["seq", "created_at", "attachments"] as const;
    return this.stores.messages.find(filter, { sort: [["created_at", 1]], limit: PAGE, fields, aside: true });
  }
}
