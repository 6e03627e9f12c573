/** The outbox of `system.broadcast`: stored first, published until the bus has it, also after a crash. */
import { toWire } from "../../contracts/errors";
import { type Service } from "moleculer";
import { type Happened } from "../../contracts/facts";
import { type Documents, newId } from "../../mixins/documents";
import { publishFact } from "../../platform/facts";
import { type BroadcastDoc } from "./documents";

export class Broadcasts {
  private publishing: Promise<void> | undefined;

  constructor(
    private readonly service: Service,
    private readonly stored: () => Documents<BroadcastDoc>,
    private readonly record: ((facts: readonly Happened[]) => Promise<void>) | undefined,
  ) {}

  /** Stored when it resolves; it goes out behind the caller's back, for that may take a while. */
  async announce(title: string, content: string): Promise<BroadcastDoc> {
    const doc: BroadcastDoc = { _id: newId(), title, content, created_at: new Date(), published: false, reached: 0 };
    await this.stored().insert([doc]);
    void this.publish();
    return doc;
  }

  /** Publishes what is not published yet; what can't be now is left for the next time. */
  publish(): Promise<void> {
    return (this.publishing ??= this.publishAll()
      .catch((error: unknown) => this.service.logger.warn(`A broadcast waits to be published: ${toWire(error).code}`))
      .finally(() => (this.publishing = undefined)));
  }

  private async publishAll(): Promise<void> {
    const broadcasts = this.stored();
    for (;;) {
      const [doc] = await broadcasts.find({ published: false }, { limit: 1 });
      if (!doc) return;
      const { _id: factId, title, content, created_at } = doc;
      const at = created_at.toISOString();
      await this.record?.([{ type: "system.broadcast", key: factId, at, data: { factId, title, content } }]);
      await publishFact(this.service.broker, "system.broadcast", { factId, title, content, at });
      await broadcasts.updateOne({ _id: factId }, { $set: { published: true } });
    }
  }
}
