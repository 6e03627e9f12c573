/** A few decoders: started when there is an image, ended when one was too much for them or after a rest. */
import { LRUCache } from "lru-cache";
import { fail } from "../../../contracts/errors";
import { atMost } from "../../../platform/caches";
import { type Bounds, FairSlots, type Owner } from "../../../platform/fair-slots";
import { Decoder } from "./decoder";
import { type Limits, type Outcome, type Task } from "./protocol";

/** Two processes, one of them never taken by the images of one user alone. */
export const BOUNDS: Bounds = { atOnce: 2, atOnceEach: 1, waitingEach: 40, waiting: 400, patience: 45_000 };
/** An upright photo of 48 million pixels takes 160 MB, and a second or two. */
const LIMITS: Limits = { memory: 190 * 1024 * 1024, cpuSeconds: 15, deadlineMs: 30_000 };
const IDLE = 60_000;
/** For so long an owner whose image ended a decoder begins with a new one, which is what the next such image ends. */
const SUSPECT_MS = 60_000;
const SUSPECTS = 1_000;

export class Decoders {
  private readonly slots: FairSlots;
  private readonly all = new Set<Decoder>();
  private readonly idle = new Map<Decoder, NodeJS.Timeout>();
  private readonly suspects = new LRUCache<Owner, true>({ ...atMost(SUSPECTS), ttl: SUSPECT_MS });
  private closed = false;

  constructor(
    private readonly limits = LIMITS,
    private readonly bounds = BOUNDS,
  ) {
    this.slots = new FairSlots(bounds);
  }

  /** Their processes, those at rest included. */
  get pids(): number[] {
    return [...this.all].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * @param task read when it is the image's turn, so that those that wait take no memory
   * @throws UNAVAILABLE when too many wait, or no decoder can be had
   */
  decode(owner: Owner, task: () => Promise<Task>): Promise<Outcome> {
    return this.slots.run(owner, async () => {
      const prepared = await task();
      if (this.closed) throw fail("UNAVAILABLE");
      const decoder = this.take(owner);
      try {
        return await decoder.ask(prepared);
      } catch {
        throw fail("UNAVAILABLE", "Images can't be opened now; try again.");
      } finally {
        if (decoder.ended) this.suspects.set(owner, true);
        this.giveBack(decoder);
      }
    });
  }

  close(): void {
    this.closed = true;
    for (const decoder of this.all) this.end(decoder);
  }

  private take(owner: Owner): Decoder {
    for (const [decoder, timer] of this.suspects.has(owner) ? [] : this.idle) {
      clearTimeout(timer);
      this.idle.delete(decoder);
      if (!decoder.ended) return decoder;
      this.end(decoder);
    }
    const [oldest] = this.idle.keys();
    if (oldest && this.all.size >= this.bounds.atOnce) this.end(oldest);
    const fresh = new Decoder(this.limits);
    this.all.add(fresh);
    return fresh;
  }

  private giveBack(decoder: Decoder): void {
    if (this.closed || decoder.ended) return this.end(decoder);
    decoder.rest();
    this.idle.set(decoder, setTimeout(() => this.end(decoder), IDLE).unref());
  }

  private end(decoder: Decoder): void {
    clearTimeout(this.idle.get(decoder));
    this.idle.delete(decoder);
    this.all.delete(decoder);
    decoder.end();
  }
}
