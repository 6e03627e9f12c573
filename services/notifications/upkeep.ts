/** What is done from time to time: broadcasts that wait are published, read notifications past their age removed. */
import { toWire } from "../../contracts/errors";
import { type NotificationsContext } from "./context";

const OUTBOX_EVERY = 5_000;
const RETENTION_EVERY = 3_600_000;
/** How far back a webhook can be replayed. */
const EVENTS_KEPT = 7 * 86_400_000;

export class Upkeep {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly context: NotificationsContext,
    private readonly retention: number,
  ) {}

  start(): void {
    this.timers = [
      setInterval(() => void this.context.broadcasts.publish(), OUTBOX_EVERY).unref(),
      setInterval(() => void this.retire(), RETENTION_EVERY).unref(),
    ];
    void this.retire();
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** A deleted one counts as read: its mark has kept its fact from making another long enough. */
  private async retire(): Promise<void> {
    const before = new Date(Date.now() - this.retention);
    try {
      await this.context.stores.notifications.remove({ is_read: true, created_at: { $lt: before } });
      await this.context.webhooks.log.forget(new Date(Date.now() - EVENTS_KEPT));
    } catch (error) {
      this.context.service.logger.warn(`Old notifications could not be removed: ${toWire(error).code}`);
    }
  }
}
