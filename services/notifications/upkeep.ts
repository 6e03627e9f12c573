/** What is done from time to time: broadcasts that wait are published, read notifications past their age removed. */
import { toWire } from "../../contracts/errors";
import { type LoggerInstance } from "moleculer";
import { type Broadcasts } from "./broadcasts";

const OUTBOX_EVERY = 5_000;
const RETENTION_EVERY = 3_600_000;

interface Kept {
  readonly logger: LoggerInstance;
  readonly broadcasts: Broadcasts;
  /** Removes notifications past their age. */
  retire(): Promise<void>;
  retireFacts(): Promise<void>;
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
      await this.kept.retireFacts();
    } catch (error) {
      this.kept.logger.warn(`Old notifications could not be removed: ${toWire(error).code}`);
    }
  }
}
