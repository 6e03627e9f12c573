/** What is done from time to time: broadcasts that wait are published, read notifications past their age removed. */
import { toWire } from "../../contracts/errors";
import { type LoggerInstance } from "moleculer";
import { type Broadcasts } from "./broadcasts";
import { type EventLog } from "./webhooks/log";

const OUTBOX_EVERY = 5_000;
const RETENTION_EVERY = 3_600_000;
/** How far back a webhook can be replayed. */
const EVENTS_KEPT = 7 * 86_400_000;

interface Kept {
  readonly logger: LoggerInstance;
  readonly broadcasts: Broadcasts;
  readonly log: EventLog;
  /** Removes notifications past their age. */
  retire(): Promise<void>;
}

export class Upkeep {
  private timers: NodeJS.Timeout[] = [];

  constructor(private readonly kept: Kept) {}

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

  private async retire(): Promise<void> {
    try {
      await this.kept.retire();
      await this.kept.log.forget(new Date(Date.now() - EVENTS_KEPT));
    } catch (error) {
      this.kept.logger.warn(`Old notifications could not be removed: ${toWire(error).code}`);
    }
  }
}
