/** Who is across a block from whom, copied in from the users service and refreshed by its facts. */
import { type ServiceBroker } from "moleculer";
import { type Result } from "../../../contracts/actions";
import { toWire } from "../../../contracts/errors";
import { call } from "../../../platform/bus";

type Around = Result<"users.blocksOf">;

const KEPT = 50_000;
/** A fact may be lost in an outage of the bus. */
const FRESH_MS = 60_000;
const ASK_MS = 2_000;
const NONE: Around = { blockedBy: [], blocking: [] };

export class Blocks {
  private readonly known = new Map<number, { readonly around: Promise<Around>; readonly until: number }>();

  constructor(private readonly broker: ServiceBroker) {}

  changed({ userId, blockedId }: { userId: number; blockedId: number }): void {
    this.known.delete(userId);
    this.known.delete(blockedId);
  }

  /** While the users service is away nobody counts as blocked: signs of life must not stop for all. */
  async of(userId: number): Promise<Around> {
    const now = Date.now();
    const kept = this.known.get(userId);
    if (kept && kept.until > now) return kept.around;
    const around = call(this.broker, "users.blocksOf", { userId }, { timeout: ASK_MS }).catch((error: unknown) => {
      this.broker.logger.debug(`block lists were not to be had: ${toWire(error).code}`);
      this.known.delete(userId);
      return NONE;
    });
    this.keep(userId, { around, until: now + FRESH_MS });
    return around;
  }

  private keep(userId: number, entry: { around: Promise<Around>; until: number }): void {
    this.known.delete(userId);
    this.known.set(userId, entry);
    if (this.known.size <= KEPT) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
