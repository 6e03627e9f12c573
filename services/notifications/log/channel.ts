/**
 * The log of facts as a Moleculer channel, for services of a product around this: one cursor, kept here, and one node at
 * a time that has it in hand; each fact is published when the one before is safe, so that the order is the log's.
 */
import { type Service } from "moleculer";
import { toWire } from "../../../contracts/errors";
import { type Documents, DuplicateKey } from "../../../mixins/documents";
import { publishFact } from "../../../platform/facts";
import { Telling } from "../../../platform/telling";
import { type ChannelDoc } from "./documents";
import { type FactLog } from "./log";
import { tell } from "./teller";

const THE_CHANNEL = "0".repeat(24);
const PAGE = 100;
/** How long a node may have it in hand without getting on. */
const CLAIM_MS = 30_000;
const AGAIN_MS = 1_000;

export class FactChannel {
  private telling: Telling | undefined;
  private forget: (() => void) | undefined;

  constructor(
    private readonly service: Service,
    private readonly cursors: () => Documents<ChannelDoc>,
    private readonly log: FactLog,
  ) {}

  start(): void {
    const { logger } = this.service;
    this.telling = new Telling(logger, "the channel of facts", AGAIN_MS, (stopped) => this.page(stopped));
    this.forget = this.log.onAppend(() => this.telling?.soon());
  }

  async stop(): Promise<void> {
    this.forget?.();
    await this.telling?.stop();
  }

  /** @returns whether there may be more to publish now */
  private async page(stopped: () => boolean): Promise<boolean> {
    const cursor = await this.claimed();
    if (!cursor) return false;
    const rows = await this.log.after(cursor.position, PAGE);
    let { position } = cursor;
    try {
      for (const fact of await tell(this.service.broker, rows)) {
        if (stopped() || Date.now() > cursor.until.getTime()) break;
        await publishFact(this.service.broker, "fact.told", fact);
        position = fact.position;
      }
    } catch (error) {
      this.service.logger.debug(`the channel of facts waits: ${toWire(error).code}`); // nobody listens, or RabbitMQ is away
    }
    await this.cursors().updateOne(
      { _id: THE_CHANNEL, due_at: cursor.until },
      { $set: { position, due_at: new Date() } },
    );
    return rows.length === PAGE && position === rows.at(-1)?.position;
  }

  /** From the beginning of what is kept, at first. Undefined: another node has it in hand. */
  private async claimed(): Promise<{ position: number; until: Date } | undefined> {
    const cursors = this.cursors();
    const found = await cursors.findOne({ _id: THE_CHANNEL });
    const cursor = found ?? { _id: THE_CHANNEL, position: 0, due_at: new Date(0) };
    if (!found)
      await cursors.insert([cursor]).catch((error: unknown) => {
        if (!(error instanceof DuplicateKey)) throw error;
      });
    const now = new Date();
    if (cursor.due_at > now) return undefined;
    const until = new Date(now.getTime() + CLAIM_MS);
    const mine = await cursors.updateOne({ _id: THE_CHANNEL, due_at: cursor.due_at }, { $set: { due_at: until } });
    return mine ? { position: cursor.position, until } : undefined;
  }
}
