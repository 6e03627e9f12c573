/** The numbered log of events: 1, 2, 3, ... in the order in which they came; what all webhooks read, at their pace. */
import { DuplicateKey, type Documents, newId } from "../../../mixins/documents";
import { batched } from "../../../platform/facts/pace";
import { keyOf } from "../ids";
import { type EventDoc, type RewriteDoc } from "./documents";
import { bodyOf, type Event } from "./events";

/** Another node may take a number first; each time somebody got on. */
const TRIES = 50;
const BATCH = 500;

type Words = Pick<RewriteDoc, "body" | "version">;

export class EventLog {
  /** Resolves when the events are kept; those that are there already are not kept twice. */
  readonly append: (events: readonly Event[]) => Promise<void>;

  constructor(
    private readonly store: () => Documents<EventDoc>,
    private readonly rewrites: () => Documents<RewriteDoc>,
  ) {
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

  /**
   * What is told late, or again, says what a message says by now: words that were taken back are kept nowhere. Facts of
   * changes may overtake each other and the message's own.
   * @param remembering that an event, which is not there, may come yet
   */
  async rewrite(events: readonly Event[], remembering: boolean): Promise<void> {
    for (const { id, version = 1, ...event } of events) {
      const words = { body: bodyOf({ id, ...event }), version };
      if ((await this.renew(id, words)) || !remembering) continue;
      await this.remember({ _id: keyOf(id), ...words, created_at: new Date() });
      await this.renew(id, words); // it may have come meanwhile
    }
  }

  /** The newest one stays, whatever its age: it carries the count on. */
  async forget(before: Date): Promise<void> {
    await this.store().remove({ created_at: { $lt: before }, position: { $lt: await this.last() } });
    await this.rewrites().remove({ created_at: { $lt: before } });
  }

  private async renew(event_id: string, words: Words): Promise<boolean> {
    const older = [{ version: null as never }, { version: { $lt: words.version } }];
    return (await this.store().updateOne({ event_id, $or: older }, { $set: words })) > 0;
  }

  private async remember(doc: RewriteDoc): Promise<void> {
    try {
      await this.rewrites().insert([doc]);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const { _id, ...words } = doc;
      await this.rewrites().updateOne({ _id, version: { $lt: doc.version } }, { $set: words });
    }
  }

  /** What of these has been edited or deleted before it came. */
  private async rewritten(events: readonly Event[]): Promise<ReadonlyMap<string, RewriteDoc>> {
    const found = await this.rewrites().find({ _id: { $in: events.map(({ id }) => keyOf(id)) } });
    const byKey = new Map(found.map((doc) => [doc._id, doc]));
    const known = events.flatMap(({ id, version = 1 }) => {
      const doc = byKey.get(keyOf(id));
      return doc && doc.version > version ? [[id, doc] as const] : [];
    });
    return new Map(known);
  }

  private async write(events: readonly Event[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      const fresh = await this.missing(events);
      if (fresh.length === 0) return;
      const last = await this.last();
      const rewritten = await this.rewritten(fresh);
      const created_at = new Date();
      try {
        await this.store().insert(
          fresh.map((event, i) => ({
            _id: newId(),
            position: last + 1 + i,
            event_id: event.id,
            fact: event.fact,
            body: rewritten.get(event.id)?.body ?? bodyOf(event),
            version: rewritten.get(event.id)?.version ?? event.version ?? 1,
            created_at,
          })),
        );
        // While they were being stored they were not there to be changed.
        for (const [id, { body, version }] of await this.rewritten(fresh)) await this.renew(id, { body, version });
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
