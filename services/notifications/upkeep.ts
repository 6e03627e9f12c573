/** What is done from time to time: broadcasts that wait are published, read notifications past their age removed. */
import { toWire } from "../../contracts/errors";
import { type LoggerInstance } from "moleculer";
import { type Documents } from "../../mixins/documents";
import { type Broadcasts } from "./broadcasts";
import { type NotificationDoc } from "./documents";
import { type EventLog } from "./webhooks/log";

const OUTBOX_EVERY = 5_000;
const RETENTION_EVERY = 3_600_000;
/** How far back a webhook can be replayed. */
const EVENTS_KEPT = 7 * 86_400_000;

interface Kept {
  readonly logger: LoggerInstance;
  readonly broadcasts: Broadcasts;
  readonly log: EventLog;
  notifications(): Documents<NotificationDoc>;
}

export class Upkeep {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly kept: Kept,
    private readonly retention: number,
  ) {}

  start(): void {
    this.timers = [
      setInterval(() => void this.kept.broadcasts.publish(), OUTBOX_EVERY).unref(),
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
      await this.kept.notifications().remove({ is_read: true, created_at: { $lt: before } });
      await this.kept.log.forget(new Date(Date.now() - EVENTS_KEPT));
    } catch (error) {
      this.kept.logger.warn(`Old notifications could not be removed: ${toWire(error).code}`);
    }
  }
}
