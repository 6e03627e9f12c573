/** The numbered log of events: 1, 2, 3, ... in the order in which they came; what all webhooks read, at their pace. */
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { batched } from "../../../platform/facts/pace";
import { type EventDoc } from "./documents";
import { bodyOf, type Event } from "./events";

/** Another node may take a number first; each time somebody got on. */
const TRIES = 50;
const BATCH = 500;

export class EventLog {
  /** Resolves when the events are kept; those that are there already are not kept twice. */
  readonly append: (events: readonly Event[]) => Promise<void>;

  constructor(private readonly store: () => Documents<EventDoc>) {
    const options = { weight: (events: readonly Event[]) => events.length, max: BATCH };
    this.append = batched<readonly Event[]>((batches) => this.write(batches.flat()), options);
  }

  async last(): Promise<number> {
    const [newest] = await this.store().find({}, { sort: [["position", -1]], limit: 1, fields: ["position"] });
    return newest?.position ?? 0;
  }

  after(position: number, limit: number): Promise<EventDoc[]> {
    return this.store().find({ position: { $gt: position } }, { sort: [["position", 1]], limit });
  }

  /** What is told late, or again, says what a message says by now: words that were taken back are kept nowhere. */
  async rewrite(events: readonly Event[]): Promise<void> {
    const changes = events.map((event) => ({
      filter: { event_id: event.id },
      change: { $set: { body: bodyOf(event) } },
    }));
    await this.store().updateEach(changes);
  }

  /** The newest one stays, whatever its age: it carries the count on. */
  async forget(before: Date): Promise<void> {
    await this.store().remove({ created_at: { $lt: before }, position: { $lt: await this.last() } });
  }

  private async write(events: readonly Event[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      const fresh = await this.missing(events);
      if (fresh.length === 0) return;
      const last = await this.last();
      const created_at = new Date();
      try {
        await this.store().insert(
          fresh.map((event, i) => ({
            _id: newId(),
            position: last + 1 + i,
            event_id: event.id,
            fact: event.fact,
            body: bodyOf(event),
            created_at,
          })),
        );
        return;
      } catch (error) {
        if (!(error instanceof DuplicateKey) || tries >= TRIES) throw error;
      }
    }
  }

  private async missing(events: readonly Event[]): Promise<Event[]> {
    const byId = new Map(events.map((event) => [event.id, event]));
    const there = await this.store().find({ event_id: { $in: [...byId.keys()] } }, { fields: ["event_id"] });
    for (const { event_id } of there) byId.delete(event_id);
    return [...byId.values()];
  }
}
